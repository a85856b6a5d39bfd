// The map with its head, legend and buttons; says so when it stands still or cannot be drawn.
import { health } from '../shared/health.ts';
import { serverNow, status } from '../shared/live.ts';
import { Failed, Loading } from '../shared/states.tsx';
import { district } from '../shared/district.ts';
import { t } from '../shared/text.ts';
import { stamp } from '../shared/time.ts';
import { Legend } from './legend.tsx';
import { choice, inView, MapBox, view } from './mapbox.tsx';
import { mapData } from './store.ts';

function canDraw(): boolean {
  try { return document.createElement('canvas').getContext('webgl2') !== null; } catch { return false; }
}
const drawable = canDraw();

export function MapPanel({ onLayers }: { onLayers: () => void }) {
  const state = mapData.state.value;
  const stands = health.value?.trucks_unknown_since_ms ?? (status.value === 'lost' ? serverNow.value : null);
  return (
    <section class={`map is-${status.value}`} aria-label={t('map')}>
      {!drawable ? <p class="nomap">{t('no_webgl')}</p> : null}
      {drawable && state.is === 'loading' ? <Loading what={t('loading_map')} rows={3} /> : null}
      {state.is === 'failed' ? <Failed what={t('w_map')} problem={state.problem} retry={() => mapData.retry()} /> : null}
      {drawable && state.is === 'ready' && district.data ? <MapBox data={state.data} /> : null}
      <div class="head"><button type="button" class="btn lay-btn" onClick={onLayers}>{t('layers')}</button>{inView.value !== null ? <span>{t('in_view', inView.value)}</span> : null}{choice().selected ? <span class="opt">{t('others_faded')}</span> : null}</div>
      <Legend />
      <div class="zoom"><div class="z">
        <button type="button" aria-label={t('zoom_in')} onClick={() => view.value?.map.zoomIn()}>+</button>
        <button type="button" aria-label={t('zoom_out')} onClick={() => view.value?.map.zoomOut()}>−</button>
        <button type="button" aria-label={t('whole_district')} title={t('whole_district')} onClick={() => view.value?.goHome()}>⌂</button>
      </div></div>
      {stands !== null ? <div class="mapwarn"><span>{t('map_stopped', stamp(stands))}</span></div> : null}
    </section>
  );
}
