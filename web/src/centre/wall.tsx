// Read from five metres: counters, clock, one finding, the queue. It cycles between the district and the newest open alarms.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Grade, RuleWord, FAMILIES, familyClass } from '../shared/grade.tsx';
import { Notice } from '../shared/notice.tsx';
import { SyntheticBanner } from '../shared/top.tsx';
import { district } from '../shared/district.ts';
import { Troubles } from '../shared/troubles.tsx';
import { told } from '../shared/sentence.ts';
import { t } from '../shared/text.ts';
import { FAMILY_TOKEN } from '../shared/family.ts';
import { Clock } from './clock.tsx';
import { openByFamily } from './counters.tsx';
import { view } from './mapbox.tsx';
import { MapPanel } from './mappanel.tsx';
import { Age, Subject } from './row.tsx';
import { alarms, live, selectAlarm, summary } from './store.ts';

const TURN_MS = 8000;
const MOST = 6;
const turn = signal(0);
const queue = () => alarms.sorted.value.filter((v) => v.end_ms === null).slice(0, MOST);

export function Wall() {
  useEffect(() => {
    const timer = setInterval(() => {
      const list = queue();
      turn.value = (turn.value + 1) % (list.length + 1);
      const next = list[turn.value - 1];
      selectAlarm(next?.id ?? null);
      if (!next) view.value?.goHome();
    }, TURN_MS);
    return () => clearInterval(timer);
  }, []);
  const s = summary.data, by = openByFamily();
  const v = alarms.selected.value ? alarms.rows.value.get(alarms.selected.value) : undefined;
  return (
    <div class="wallpage">
      <header class="pagehead"><h1 class="sr">{t('wall')}</h1>
      <SyntheticBanner show={district.data?.synthetic ?? false} />
      <Notice live={() => live} />
      <Troubles />
      <div class="wtop">
        {s ? <><div class="g">{t('online')}<b>{s.terminals.online}</b></div><div class="g">{t('moving')}<b>{s.terminals.moving}</b></div></> : null}
        {by ? FAMILIES.map((f) => <div key={f} class={by.get(f) ? familyClass(f) : 'z'}>{t(`f_${f}`)}<b>{by.get(f) ?? 0}</b></div>) : null}
        <Clock />
      </div></header>
      <main class="wmain"><MapPanel onLayers={() => undefined} />
        {v ? <section class="wsay" style={{ borderLeftColor: `var(--${FAMILY_TOKEN[v.family]})` }}><div class="h"><Grade grade={v.grade} family={v.family} size={44} /><RuleWord family={v.family} grade={v.grade} /><Subject v={v} size="wall" /><span class="t2">{v.company_name}</span><Age v={v} /></div><p>{told(v).rest}</p></section> : null}
        <Queue selected={v?.id ?? null} />
      </main>
    </div>
  );
}
function Queue({ selected }: { selected: string | null }) {
  const list = queue(), state = alarms.state.value.is;
  return (
    <section class="wq" aria-label={t('alarms')}>
      <ol>{list.map((v) => <li key={v.id} class={v.id === selected ? 'on' : ''}><Grade grade={v.grade} family={v.family} size={30} /><RuleWord family={v.family} grade={v.grade} /><Subject v={v} size="wall" /><Age v={v} /></li>)}</ol>
      <p>{list.length > 0 ? t('wall_cycle', list.length) : state === 'ready' ? t('wall_none') : ''}{state === 'failed' ? <b role="alert"> {t('wall_unloaded')}</b> : state === 'loading' ? t('loading') : ''}</p>
    </section>
  );
}
