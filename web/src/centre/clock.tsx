// The server's time as of the last tick. A scaled clock says so; the browser's own clock is never shown.
import { clockInfo, serverNow } from '../shared/live.ts';
import { t } from '../shared/text.ts';
import { clock, day, utcTitle, weekday } from '../shared/time.ts';

export function Clock() {
  const now = serverNow.value, kind = clockInfo.value;
  if (now === null) return <div class="clock" />;
  return (
    <div class="clock" title={utcTitle(now)}>
      {kind && kind.kind !== 'wall' ? <span class="sim">{kind.kind === 'scaled' ? t('clock_scaled', kind.factor) : t('clock_given')}</span> : null}
      <span class="t2">{day(now)} {t('weekdays').split(' ')[weekday(now)]}</span><b>{clock(now)}</b>
    </div>
  );
}
