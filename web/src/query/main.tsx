// 交警查询: this plate, here, now: may it? One hand, sun on the screen, no map library.
import '../styles/base.ts';
import '../styles/query.css';
import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Vehicles } from '../api/types.ts';
import { askDistrict, district, serverTime } from '../shared/district.ts';
import { watchHealth } from '../shared/health.ts';
import { Help, type KeyLine } from '../shared/help.tsx';
import { Plate } from '../shared/plate.tsx';
import { isComplete } from '../shared/plates.ts';
import { param } from '../shared/address.ts';
import { reason } from '../shared/prefs.ts';
import { ReasonChips } from '../shared/reason.tsx';
import { Failed, Loading } from '../shared/states.tsx';
import { t } from '../shared/text.ts';
import { stamp } from '../shared/time.ts';
import { Switches, SyntheticBanner } from '../shared/top.tsx';
import { Troubles } from '../shared/troubles.tsx';
import { Verdict } from '../shared/verdict.tsx';
import { Pad, PlateField } from './pad.tsx';
import { Result } from './result.tsx';
import { again, ask, asked, chosen, complaint, found, shown } from './state.ts';

const KEYS: KeyLine[] = [[['Enter'], 'q_go'], [['Esc'], 'q_again']];

function Query() {
  useEffect(() => {
    const hear = (e: KeyboardEvent) => { if (e.key === 'Escape' && !document.querySelector('dialog[open]')) again(); };
    addEventListener('keydown', hear);
    return () => removeEventListener('keydown', hear);
  }, []);
  useEffect(() => { document.title = `${t('q_title')} · ${t('brand')}`; });
  return (
    <div class="phone">
      <header class="qtop"><a href="/">{t('brand')}</a><b>{t('q_title')}</b><Switches /></header>
      <main><SyntheticBanner show={district.data?.synthetic ?? false} /><Troubles />{shown.value ? <Result c={shown.value} /> : <Entry />}</main>
      <Help lines={KEYS} />
    </div>
  );
}

function Entry() {
  const state = found.state.value;
  return (
    <>
      <h1 class="sr">{t('q_title')}</h1>
      <div class="entry">
        <PlateField />
        <div class="reason"><div class="lab">{t('reason')}<span>{t('reason_must')}</span></div><ReasonChips /></div>
        <button type="button" class="btn primary go" onClick={ask} disabled={state.is === 'loading'}>{t('q_go')}</button>
        {complaint.value ? <p class="complaint" role="alert">{t(complaint.value === 'short' ? 'q_need' : 'q_need_reason')}</p> : null}
      </div>
      {state.is === 'loading' ? <Loading what={t('searching')} rows={3} /> : null}
      {state.is === 'failed' ? <Failed what={t('w_query')} problem={state.problem} retry={ask} /> : null}
      {state.is === 'ready' ? <Found answer={state.data} /> : null}
      <Pad />
    </>
  );
}
function Found({ answer: { items, more, verdict } }: { answer: Vehicles }) {
  if (items.length > 0) {
    return (
      <section class="cand"><p>{t('q_candidates', more ? `${items.length}+` : items.length)}</p>
        <ul>{items.map((c) => <li key={c.id}><button type="button" onClick={() => { chosen.value = c; }}><Plate plate={c.plate} size="lg" /><span>{c.company?.name ?? t('no_company')}</span></button></li>)}</ul></section>
    );
  }
  if (!asked.value || !isComplete(asked.value.plate) || !verdict) return <p class="complaint" role="status">{t('q_none_partial')}</p>;
  const at = serverTime();
  return <><Verdict verdict={verdict} />{at !== null ? <p class="logged" role="status">{t('logged', asked.value.plate, t(`r_${asked.value.reason}`), stamp(at))}</p> : null}</>;
}
askDistrict();
watchHealth();
if (param('plate') && reason.value) ask();
else if (param('plate')) complaint.value = 'reason';
render(<Query />, document.getElementById('app')!);
