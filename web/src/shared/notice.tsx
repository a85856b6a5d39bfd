// Amber and red across the top: only for the state of the data itself, never for a finding.
import { attempt, serverNow, silentFor, status, type Live } from './live.ts';
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
/** A dot with a word: live, delayed or cut off. */
export function LiveDot() {
  const s = status.value;
  const text = s === 'live' ? t('live') : s === 'stale' ? t('stale_short') : s === 'lost' ? t('lost_short') : t('connecting');
  return <div class={`live is-${s}`}><i aria-hidden="true" /><span>{text}{s === 'live' || s === 'stale' ? ` · ${t('ago', span(silentFor.value))}` : ''}</span></div>;
}
