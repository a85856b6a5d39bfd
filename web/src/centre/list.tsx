// The list at the right: counts, filters, rows, and its four states.
import type { Family, Grade } from '../api/types.ts';
import { FAMILIES } from '../shared/grade.tsx';
import { Bell } from '../shared/icons.tsx';
import { muted, setMuted } from '../shared/prefs.ts';
import { Empty, Failed, Loading } from '../shared/states.tsx';
import { t } from '../shared/text.ts';
import { allowSound } from './ring.ts';
import { AlarmRow } from './row.tsx';
import { alarms, rules, selectAlarm, summary } from './store.ts';

export function AlarmList() {
  const n = alarms.matching.value.length;
  return (
    <aside class="list" aria-label={t('alarms')} onPointerEnter={() => alarms.hold(true)} onPointerLeave={() => alarms.hold(false)}>
      <div class="lh">
        <h2>{t('alarms')}</h2><span class="t2">{alarms.state.value.is === 'ready' ? t('alarms_sub', n) : ''}</span>
        <button type="button" class="btn ghost f" aria-pressed={muted.value} aria-label={t(muted.value ? 'unmute' : 'mute')} onClick={() => { allowSound(); setMuted(!muted.value); }}><Bell off={muted.value} /></button>
      </div>
      <Filters />
      <Held />
      <Body />
    </aside>
  );
}

function Filters() {
  const f = alarms.filter.value;
  return (
    <div class="filters">
      <select aria-label={t('all_families')} value={f.family ?? ''} onChange={(e) => alarms.setFilter({ family: (e.currentTarget.value || null) as Family | null })}>
        <option value="">{t('all_families')}</option>{FAMILIES.map((x) => <option key={x} value={x}>{t(`f_${x}`)}</option>)}
      </select>
      <select aria-label={t('all_grades')} value={f.grade ?? ''} onChange={(e) => alarms.setFilter({ grade: (e.currentTarget.value || null) as Grade | null })}>
        <option value="">{t('all_grades')}</option>{(['A', 'B', 'C'] as const).map((g) => <option key={g} value={g}>{t('grade', g)}</option>)}
      </select>
      <label><input type="checkbox" checked={f.open} onChange={(e) => alarms.setFilter({ open: e.currentTarget.checked })} />{t('only_open')}</label>
    </div>
  );
}
function Held() {
  const held = alarms.held.value;
  const waiting = held ? alarms.matching.value.filter((v) => !held.has(v.id)).length : 0;
  return waiting > 0 ? <p class="held" role="status">{t('new_held', waiting)}</p> : null;
}

function Body() {
  const state = alarms.state.value;
  const rows = alarms.shown.value;
  if (state.is === 'loading') return <Loading what={t('loading_alarms')} rows={9} />;
  const failed = state.is === 'failed' ? <Failed what={t('w_alarms')} problem={state.problem} retry={() => void alarms.load()} /> : null;
  if (rows.length === 0) return failed ?? <Nothing />;
  return (
    <div class="rows" tabIndex={0} role="region" aria-label={t('alarms')}>
      {failed}
      <ul>{rows.map((v) => <AlarmRow key={v.id} v={v} selected={v.id === alarms.selected.value} fresh={alarms.fresh.value.has(v.id)} onOpen={selectAlarm} />)}</ul>
      <Foot />
    </div>
  );
}
function Nothing() {
  if (alarms.sorted.value.length > 0) {
    return <Empty title={t('empty_filtered')}><p>{t('filtered_out', alarms.sorted.value.length)}</p><button type="button" class="btn" onClick={() => alarms.setFilter({ family: null, grade: null, company: null, open: false })}>{t('clear_filter')}</button></Empty>;
  }
  const trucks = summary.data?.vehicles, kinds = rules.data?.length;
  return <Empty title={t('empty_alarms')}>{trucks !== undefined && kinds !== undefined ? <p>{t('empty_alarms_2', trucks, kinds)}</p> : null}</Empty>;
}
function Foot() {
  const all = alarms.sorted.value.length, hidden = all - alarms.matching.value.length;
  return (
    <div class="end">
      {hidden > 0 ? <p>{t('filtered_out', hidden)}</p> : null}
      {alarms.next.value ? <><p>{t('too_many', all)}</p><button type="button" class="btn" onClick={() => void alarms.more()}>{t('more', 200)}</button></> : <p>{t('end_of_list', alarms.matching.value.length)}</p>}
    </div>
  );
}
