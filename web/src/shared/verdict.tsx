// One verdict, full width: colour, sign and words, and what it rests on. Old data weakens the picture: striped edge, light ground.
import type { Verdict as Data, VerdictCode } from '../api/types.ts';
import { pick, t } from './text.ts';

type Look = 'ok' | 'black' | 'yellow' | 'hours' | 'breach' | 'none';
const LOOK: Record<VerdictCode, Look> = {
  scrapped_moving: 'black', black_truck: 'black', yellow_in_zone: 'yellow', outside_window: 'hours', other_breach: 'breach', in_order: 'ok', not_in_ledger: 'none', no_data: 'none',
};
const SIGN: Record<Look, string> = {
  ok: 'M7 21 16 30 33 10', black: 'M10 10 30 30M30 10 10 30', yellow: 'M20 6 36 34H4ZM20 16v9M20 28v3.4', hours: 'M20 5a15 15 0 1 0 .01 0ZM20 11v10l7 5', breach: 'M20 6 36 34H4ZM20 16v9M20 28v3.4', none: 'M14 14.5a6 6 0 1 1 8.4 5.5c-1.6.8-2.4 2-2.4 4v1.5M20 30v3.4',
};
const OLD = 'M20 5a15 15 0 1 0 .01 0ZM20 11v10l7 4';

export function Verdict({ verdict }: { verdict: Data }) {
  const look = LOOK[verdict.code] ?? 'none';
  const sign = verdict.stale && look === 'ok' ? OLD : SIGN[look];
  return (
    <section class={`verdict ${look} ${verdict.stale ? 'old' : ''}`} aria-live="polite" data-code={verdict.code}>
      <h2><svg viewBox="0 0 40 40" aria-hidden="true"><path d={sign} fill="none" stroke="currentColor" stroke-width={look === 'ok' || look === 'black' ? 5.5 : 3.6} stroke-linejoin="round" /></svg>{pick(verdict.headline_zh, verdict.headline_en)}</h2>
      {pick(verdict.reason_zh, verdict.reason_en) ? <p>{pick(verdict.reason_zh, verdict.reason_en)}</p> : null}
      {pick(verdict.rests_on_zh, verdict.rests_on_en) ? <p class="basis">{t('rests_on')}{t('colon')}{pick(verdict.rests_on_zh, verdict.rests_on_en)}</p> : null}
    </section>
  );
}
