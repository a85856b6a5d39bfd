// What the server side says of itself: the processes with their figures in a dialog. The bars are in troubles.tsx.
import { useEffect, useRef } from 'preact/hooks';
import type { Health, Process } from '../api/types.ts';
import { health, systemOpen } from './health.ts';
import { lang } from './prefs.ts';
import { span } from './say.ts';
import { t, tOr } from './text.ts';
import { stamp } from './time.ts';

/** The state of the whole, opened from the dot that says live. */
export function System() {
  const box = useRef<HTMLDialogElement>(null);
  const open = systemOpen.value, h = health.value;
  useEffect(() => {
    if (open && !box.current?.open) box.current?.showModal();
    if (!open && box.current?.open) box.current.close();
  }, [open]);
  return (
    <dialog class="system" ref={box} aria-labelledby="system-title" onClose={() => { systemOpen.value = false; }}>
      <h2 id="system-title">{t('sys_title')}{h ? ` · ${t(`sys_${h.status}`)}` : ''}</h2>
      {h ? <Whole h={h} /> : <p>{t('e_unreachable')}</p>}
      <form method="dialog"><button type="submit" class="btn">{t('close')}</button></form>
    </dialog>
  );
}
/** Frames that are kept at a gateway and wait to be copied before they are acknowledged; null where nothing is copied. */
function waitingOf(h: Health): number | null {
  const lags = h.processes.flatMap((p) => p.role === 'gateway' ? p.figures['copy_lag_inputs'] ?? [] : []);
  return lags.length === 0 ? null : lags.reduce((sum, lag) => sum + lag, 0);
}
function Whole({ h }: { h: Health }) {
  const waiting = waitingOf(h);
  return (
    <>
      <dl class="facts">
        <div><dt>{t('sys_connections')}</dt><dd>{count(h.connections)}</dd></div>
        <div><dt>{t('sys_frames')}</dt><dd>{count(h.gateway['frames'])}</dd></div>
        <div><dt>{t('sys_recorded')}</dt><dd>{count(h.gateway['recorded'])}</dd></div>
        {waiting !== null ? <div><dt>{t('sys_waiting')}</dt><dd>{count(waiting)}</dd></div> : null}
        <div><dt>{t('sys_unacknowledged')}</dt><dd>{count(h.gateway['unacknowledged'])}</dd></div>
        {h.worker.lag_inputs !== null && h.worker.lag_inputs !== undefined ? <div><dt>{t('sys_behind')}</dt><dd>{count(h.worker.lag_inputs)}</dd></div> : null}
      </dl>
      {h.processes.length > 0 ? <Processes all={h.processes} since={h.processes_unknown_since_ms ?? null} /> : null}
    </>
  );
}
const OLD_S = 15;
function Processes({ all, since }: { all: Process[]; since: number | null }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={t('sys_processes')}>
      <table>
        <thead><tr><th>{t('sys_process')}</th><th>{t('sys_state')}</th><th class="n">{t('sys_connections')}</th><th class="n">{t('sys_recorded')}</th><th class="n">{t('sys_to_copy')}</th><th class="n">{t('sys_to_publish')}</th><th class="n">{t('sys_shards')}</th></tr></thead>
        <tbody>{all.map((p) => <One key={`${p.role}/${p.name}`} p={p} since={since} />)}</tbody>
      </table>
    </div>
  );
}
/** A process that told how it is until the store went away is not silent: how it is now is unknown. */
function One({ p, since }: { p: Process; since: number | null }) {
  const failing = Object.entries(lang.value === 'zh' ? { ...p.failing, ...p.failing_zh } : p.failing);
  const unknown = p.is_unknown && since !== null, silent = !unknown && p.age_s > OLD_S;
  const state = unknown ? t('sys_unknown', stamp(since)) : silent ? t('sys_silent', span(p.age_s)) : failing.length === 0 ? t('sys_ok') : failing.map(([check, why]) => `${tOr(`chk_${check}`, check)} (${why})`).join('; ');
  const cell = (role: string, name: string) => <td class="n">{p.role === role ? count(p.figures[name]) : ''}</td>;
  return (
    <tr class={unknown ? 'unknown' : silent || failing.length > 0 ? 'bad' : ''}>
      <th scope="row">{t(`role_${p.role}` as 'role_gateway')} {p.name}</th><td>{state}</td>
      {cell('gateway', 'gateway_connections')}{cell('gateway', 'gateway_recorded')}{cell('gateway', 'copy_lag_inputs')}{cell('gateway', 'bus_publish_lag_inputs')}{cell('worker', 'crew_shards')}
    </tr>
  );
}
const count = (n: number | undefined) => (n === undefined ? '–' : Math.round(n).toLocaleString('en'));
