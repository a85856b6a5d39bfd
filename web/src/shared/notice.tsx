// Amber and red across the top: only for the state of the data itself, never for a finding.
import { attempt, serverNow, silentFor, status, type Live } from './live.ts';
import { health, systemOpen } from './health.ts';
import { span } from './say.ts';
import { t } from './text.ts';
import { clock, stamp } from './time.ts';

export function Notice({ live }: { live: () => Live | undefined }) {
  const last = serverNow.value, seconds = silentFor.value;
  if (status.value === 'stale') {
    return <div class="notice stale" role="status"><b>{t('stale_bar', seconds)}</b>{last !== null ? <span>{t('stale_bar_2', clock(last))}</span> : null}</div>;
  }
  if (status.value !== 'lost') return null;
  return (
    <div class="notice lost" role="alert">
      <b>{t('lost_bar')}</b>
      <span>{last !== null ? t('lost_bar_2', stamp(last), span(seconds), attempt.value) : t('lost_none', attempt.value)}</span>
      <button type="button" class="btn" onClick={() => live()?.reconnect()}>{t('reconnect')}</button>
    </div>
  );
}
/** A dot with a word: live, delayed or cut off; it opens the state of the whole. Positions that come while the house behind them stands are no live ones. */
export function LiveDot() {
  const s = status.value === 'live' && (health.value?.troubles.length ?? 0) > 0 ? 'ill' : status.value;
  const text = s === 'live' ? t('live') : s === 'ill' ? t('ill') : s === 'stale' ? t('stale_short') : s === 'lost' ? t('lost_short') : t('connecting');
  return <button type="button" class={`live is-${s}`} title={t('sys_title')} onClick={() => { systemOpen.value = true; }}><i aria-hidden="true" /><span>{text}{s === 'live' || s === 'stale' ? ` · ${t('ago', span(silentFor.value))}` : ''}</span></button>;
}
