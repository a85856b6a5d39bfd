// The map of the replay with its legend.
import { Failed, Loading } from '../shared/states.tsx';
import { district } from '../shared/district.ts';
import { t } from '../shared/text.ts';
import { distance } from '../shared/units.ts';
import { corridorWidth, MapBox, view } from './mapbox.tsx';
import { approvalsAt } from './side.tsx';
import { episodes, line, mapData, showRejected, violation } from './store.ts';
import { FAMILY_TOKEN } from '../shared/family.ts';

export function MapArea() {
  const state = mapData.state.value;
  return (
    <section class="map" aria-label={t('map')}>
      {state.is === 'loading' ? <Loading what={t('loading_map')} rows={3} /> : null}
      {state.is === 'failed' ? <Failed what={t('w_map')} problem={state.problem} retry={() => mapData.retry()} /> : null}
      {state.is === 'ready' && district.data ? <MapBox data={state.data} /> : null}
      <div class="head"><span>{t('datum')}</span></div>
      <Legend />
      <div class="zoom"><div class="z"><button type="button" aria-label={t('zoom_in')} onClick={() => view.value?.map.zoomIn()}>+</button><button type="button" aria-label={t('zoom_out')} onClick={() => view.value?.map.zoomOut()}>−</button></div></div>
    </section>
  );
}
const stroke = (colour: string, width: number, dash?: string) => <svg viewBox="0 0 22 12" aria-hidden="true"><path d="M0 6H22" stroke={`var(--${colour})`} stroke-width={width} stroke-dasharray={dash} /></svg>;

function Legend() {
  const l = line.value, families = [...new Set(episodes.value.map((v) => v.family))];
  const late = l?.good.some((f) => f.origin === 'backfill');
  return (
    <div class="foot">
      <span>{stroke('track-1', 3)}{t('k_live')}</span>
      {l?.good.some((f) => f.origin === 'batch') ? <span>{stroke('track-1', 1.5)}{t('k_batch')}</span> : null}
      {late ? <span>{stroke('backfill', 3, '3 4')}{t('k_backfill')}</span> : null}
      {l && l.gaps.length > 0 ? <span>{stroke('gap', 2, '7 5')}{t('k_gap')}</span> : null}
      {families.map((f) => <span key={f}>{stroke(FAMILY_TOKEN[f], 7)}{t(`f_${f}`)}</span>)}
      {violation.data?.route || approvalsAt()[0]?.route ? <span><svg viewBox="0 0 22 12" aria-hidden="true"><rect y="1" width="22" height="10" fill="var(--corridor-approved)" fill-opacity=".25" /><path d="M0 1H22M0 11H22" stroke="var(--corridor-approved)" /></svg>{t('k_corridor', distance(corridorWidth()))}</span> : null}
      {l && l.stays.length > 0 ? <span><i class="square" />{t('k_stay')}</span> : null}
      {showRejected.value ? <span><svg viewBox="0 0 12 12" aria-hidden="true"><circle cx="6" cy="6" r="4" fill="none" stroke="var(--text-3)" stroke-width="1.5" /></svg>{t('k_rejected')}</span> : null}
    </div>
  );
}
