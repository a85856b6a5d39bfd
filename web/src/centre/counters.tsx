// Who is out there and what is open, with the time of the count.
import type { Family } from '../api/types.ts';
import { familyClass, FAMILIES } from '../shared/grade.tsx';
import { health } from '../shared/health.ts';
import { Truck } from '../shared/icons.tsx';
import { explain } from '../shared/resource.ts';
import { t } from '../shared/text.ts';
import { clock, stamp } from '../shared/time.ts';
import { alarms, rules, summary } from './store.ts';

/** Open findings by family: the server counts by rule, the catalogue says the family. */
export function openByFamily(): Map<Family, number> | null {
  const counts = summary.data?.open, catalogue = rules.data;
  if (!counts || !catalogue) return null;
  const by = new Map<Family, number>(FAMILIES.map((f) => [f, 0]));
  for (const rule of catalogue) by.set(rule.family, (by.get(rule.family) ?? 0) + (counts[rule.id] ?? 0));
  return by;
}

export function Counters() {
  const s = summary.data;
  const state = summary.state.value;
  const since = health.value?.trucks_unknown_since_ms ?? s?.terminals_unknown_since_ms ?? null;
  const unknown = since !== null ? <b class="unknown">{t('trucks_unknown', stamp(since))}</b> : null;
  if (!s) return <section class="count" aria-label={t('counts')}>{unknown}{state.is === 'failed' ? <span class="t2">{t('failed_what', t('failed', t('w_summary')), explain(state.problem))}</span> : <div class="bone" style={{ width: '40%' }} />}</section>;
  const by = openByFamily();
  const total = by ? [...by.values()].reduce((a, b) => a + b, 0) : null;
  return (
    <section class="count" aria-label={t('counts')}>
      {unknown}
      <dl>
        <Item name={t('online')} n={s.terminals.online} />
        <Item name={t('moving')} n={s.terminals.moving} symbol="moving" />
        <Item name={t('stopped')} n={s.terminals.stopped} symbol="stopped" />
        <Item name={t('lost')} n={s.terminals.lost} symbol="lost" dim />
        <Item name={t('never')} n={s.terminals.never} dim />
        <Item name={t('quarantined')} n={s.quarantined} symbol="unknown" dim={s.quarantined === 0} />
      </dl>
      <span class="sep" />
      <span class="head">{t('pending')} <b>{total ?? ''}</b></span>
      {by ? <dl class="fams">{FAMILIES.map((f) => <FamilyCount key={f} family={f} n={by.get(f) ?? 0} />)}</dl> : null}
      <span class="src">{t('counts_at', s.vehicles, clock(s.counts_ms))}</span>
    </section>
  );
}
function Item({ name, n, symbol, dim }: { name: string; n: number; symbol?: 'moving' | 'stopped' | 'lost' | 'unknown'; dim?: boolean }) {
  return <div class={dim ? 'dim' : ''}><dt>{symbol ? <Truck kind={symbol} /> : null}{name}</dt><dd>{n}</dd></div>;
}
function FamilyCount({ family, n }: { family: Family; n: number }) {
  const on = alarms.filter.value.family === family;
  return (
    <div class={n === 0 ? 'zero' : ''}>
      <dt class={n === 0 ? '' : familyClass(family)}><button type="button" aria-pressed={on} onClick={() => alarms.setFilter({ family: on ? null : family })}>{t(`f_${family}`)}</button></dt><dd>{n}</dd>
    </div>
  );
}
