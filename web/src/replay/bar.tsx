// The controls: who and when, play and steps, speed, cursor time, export.
import { url } from '../api/client.ts';
import { t } from '../shared/text.ts';
import { clock, day, rfc, stamp } from '../shared/time.ts';
import { SPEEDS, playing, skipIdle, speed, toggle } from './player.ts';
import { ask, card, cursor, episodes, line, range, showRejected, stepEvent, stepFix, toggleRejected, why } from './store.ts';
import { Who } from './side.tsx';

const icon = (d: string, stroke = true) => <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d={d} fill="currentColor" stroke={stroke ? 'currentColor' : 'none'} stroke-width="1.4" stroke-linejoin="round" /></svg>;

export function Bar() {
  const a = ask.value;
  if (!a) return null;
  const rejected = line.value?.rejected.length ?? 0;
  return (
    <div class="bar">
      <div class="trk"><Who /><span class="t2">{card.data?.company?.name ?? ''}</span></div>
      <span class="when">{stamp(a.from)} – {stamp(a.to)}</span>
      <a class="btn ghost" href="/replay">{t('rp_pick')}</a>
      <span class="gap" />
      <button type="button" class="btn ic" aria-label={t('prev_event')} title={t('prev_event')} onClick={() => stepEvent(-1)}>{icon('M3.5 3v10M12.5 3.2 6 8l6.5 4.8Z')}</button>
      <button type="button" class="btn ic" aria-label={t('prev_fix')} title={t('prev_fix')} onClick={() => stepFix(-1)}>{icon('M10.5 3.2 4 8l6.5 4.8Z')}</button>
      <button type="button" class="btn primary play" aria-label={t(playing.value ? 'pause' : 'play')} onClick={toggle}>{playing.value ? icon('M4.5 3h2v10h-2ZM9.5 3h2v10h-2Z') : icon('M4.5 2.8 13 8l-8.5 5.2Z', false)}</button>
      <button type="button" class="btn ic" aria-label={t('next_fix')} title={t('next_fix')} onClick={() => stepFix(1)}>{icon('M5.5 3.2 12 8l-6.5 4.8Z')}</button>
      <button type="button" class="btn ic" aria-label={t('next_event')} title={t('next_event')} onClick={() => stepEvent(1)}>{icon('M12.5 3v10M3.5 3.2 10 8l-6.5 4.8Z')}</button>
      <select aria-label={t('speed_x')} value={speed.value} onChange={(e) => { speed.value = Number(e.currentTarget.value); }}>{SPEEDS.map((s) => <option key={s} value={s}>{s}×</option>)}</select>
      <button type="button" class="btn" aria-pressed={skipIdle.value} onClick={() => { skipIdle.value = !skipIdle.value; }}>{t('skip_idle')}</button>
      <span class="tc"><small>{day(cursor.value)}</small>{clock(cursor.value)}</span>
      <div class="fin">
        {range.value ? <button type="button" class="btn" onClick={() => { range.value = null; }}>{t('zoom_reset')}</button> : null}
        {rejected > 0 ? <button type="button" class="btn" aria-pressed={showRejected.value} onClick={toggleRejected}>{t('show_rejected', rejected)}</button> : null}
        <span class="t2">{t('episodes_n', episodes.value.length)}</span>
        <Exports />
        <button type="button" class="btn" onClick={() => window.print()}>{t('print')}</button>
      </div>
    </div>
  );
}
function Exports() {
  const a = ask.value;
  if (!a || !why.value) return null;
  const params = { vehicle: a.of.vehicle, terminal: a.of.vehicle ? null : a.of.terminal, from: rfc(a.from), to: rfc(a.to), reason: why.value };
  return <><a class="btn" href={url('export/track.csv', params)} download>{t('export')} CSV</a><a class="btn" href={url('export/track.geojson', params)} download>GeoJSON</a></>;
}
