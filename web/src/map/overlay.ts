// What a finding or a track adds to the map. Approved is a band of true width, driven is a line, a gap is dashed and never solid, the offence alone is thick.
import type { GeoJSONSource, Map as MapGL } from 'maplibre-gl';
import type { Feature, FeatureCollection } from 'geojson';
import type { Geometry } from '../api/types.ts';
import type { Position } from '../shared/geometry.ts';
import { familyColour, token } from './tokens.ts';

export type Stroke = 'live' | 'batch' | 'backfill' | 'gap' | 'offence';
export interface Overlay { corridor: Geometry | null; halfWidthM: number; object: Geometry | null; lines: FeatureCollection; points: FeatureCollection; measure: [Position, Position] | null }

export const NOTHING: FeatureCollection = { type: 'FeatureCollection', features: [] };
export const EMPTY: Overlay = { corridor: null, halfWidthM: 80, object: null, lines: NOTHING, points: NOTHING, measure: null };
const NAMES = ['ov-corridor', 'ov-object', 'ov-lines', 'ov-points', 'ov-measure'] as const;

export function overlaySources(): Record<string, { type: 'geojson'; data: FeatureCollection }> {
  return Object.fromEntries(NAMES.map((n) => [n, { type: 'geojson' as const, data: NOTHING }]));
}

/** Pixels for a width on the ground: doubles with each zoom step. `metresPerPixel` at zoom 0 is that of the latitude. */
function trueWidth(m: number, lat: number): unknown[] {
  const at0 = 40_075_016.7 * Math.cos(lat * Math.PI / 180) / 512;
  return ['interpolate', ['exponential', 2], ['zoom'], 0, m / at0, 22, (m / at0) * 2 ** 22];
}
const is = (kind: Stroke) => ['==', ['get', 'stroke'], kind];
const round = { 'line-join': 'round', 'line-cap': 'round' };

export function overlayLayers(): unknown[] {
  const blue = token('corridor-approved');
  return [
    { id: 'ov-corridor-band', type: 'line', source: 'ov-corridor', layout: round, paint: { 'line-color': blue, 'line-opacity': 0.22, 'line-width': 1 } },
    { id: 'ov-corridor-edge', type: 'line', source: 'ov-corridor', layout: { 'line-join': 'round' }, paint: { 'line-color': blue, 'line-opacity': 0.8, 'line-width': 1.2, 'line-gap-width': 1 } },
    { id: 'ov-object-fill', type: 'fill', source: 'ov-object', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': blue, 'fill-opacity': 0.2 } },
    { id: 'ov-object-line', type: 'line', source: 'ov-object', paint: { 'line-color': blue, 'line-width': 2 } },
    { id: 'ov-gap', type: 'line', source: 'ov-lines', filter: is('gap'), paint: { 'line-color': token('gap'), 'line-width': 2, 'line-dasharray': [4, 3] } },
    { id: 'ov-track-halo', type: 'line', source: 'ov-lines', filter: ['in', ['get', 'stroke'], ['literal', ['live', 'batch']]], layout: round, paint: { 'line-color': token('map-halo'), 'line-width': 5.5 } },
    { id: 'ov-track', type: 'line', source: 'ov-lines', filter: is('live'), layout: round, paint: { 'line-color': ['coalesce', ['get', 'colour'], token('track')], 'line-width': 2.8 } },
    { id: 'ov-batch', type: 'line', source: 'ov-lines', filter: is('batch'), layout: round, paint: { 'line-color': ['coalesce', ['get', 'colour'], token('track')], 'line-width': 1.7, 'line-opacity': 0.85 } },
    { id: 'ov-backfill', type: 'line', source: 'ov-lines', filter: is('backfill'), layout: { 'line-cap': 'round' }, paint: { 'line-color': token('backfill'), 'line-width': 3, 'line-dasharray': [0.1, 1.8] } },
    { id: 'ov-offence-halo', type: 'line', source: 'ov-lines', filter: is('offence'), layout: round, paint: { 'line-color': token('map-halo'), 'line-width': 11 } },
    { id: 'ov-offence', type: 'line', source: 'ov-lines', filter: is('offence'), layout: round, paint: { 'line-color': familyColour(), 'line-width': 6.5 } },
    { id: 'ov-direction', type: 'symbol', source: 'ov-lines', filter: ['in', ['get', 'stroke'], ['literal', ['live', 'batch']]], layout: { 'symbol-placement': 'line', 'symbol-spacing': 110, 'icon-image': ['coalesce', ['get', 'chevron'], 'chevron'], 'icon-allow-overlap': true, 'icon-ignore-placement': true } },
    { id: 'ov-measure', type: 'line', source: 'ov-measure', paint: { 'line-color': token('text'), 'line-width': 1.6, 'line-dasharray': [2, 2] } },
    { id: 'ov-fixes', type: 'circle', source: 'ov-points', filter: ['==', ['get', 'point'], 'fix'], minzoom: 12.5, paint: { 'circle-radius': ['interpolate', ['linear'], ['zoom'], 12.5, 1.2, 16, 3], 'circle-color': token('map-halo'), 'circle-stroke-color': token('text-2'), 'circle-stroke-width': 0.6 } },
    { id: 'ov-rings', type: 'circle', source: 'ov-points', filter: ['==', ['get', 'point'], 'ring'], paint: { 'circle-radius': 5, 'circle-color': token('map-land'), 'circle-stroke-width': 2.2, 'circle-stroke-color': ['match', ['get', 'of'], 'gap', token('gap'), familyColour()] } },
    { id: 'ov-rejected', type: 'circle', source: 'ov-points', filter: ['==', ['get', 'point'], 'rejected'], paint: { 'circle-radius': 4, 'circle-color': 'rgba(0,0,0,0)', 'circle-stroke-width': 1.5, 'circle-stroke-color': token('text-3') } },
    { id: 'ov-rejected-why', type: 'symbol', source: 'ov-points', filter: ['==', ['get', 'point'], 'rejected'], minzoom: 12, layout: { 'text-field': ['get', 'why'], 'text-font': ['Noto Sans SC'], 'text-size': 11, 'text-offset': [0, 0.9], 'text-anchor': 'top' }, paint: { 'text-color': token('text-2'), 'text-halo-color': token('map-halo'), 'text-halo-width': 1.6 } },
  ];
}

export function drawOverlay(map: MapGL, o: Overlay): void {
  const set = (name: (typeof NAMES)[number], data: FeatureCollection) => (map.getSource(name) as GeoJSONSource | undefined)?.setData(data);
  set('ov-corridor', feature(o.corridor));
  set('ov-object', feature(o.object));
  set('ov-lines', o.lines);
  set('ov-points', o.points);
  set('ov-measure', o.measure ? feature({ type: 'LineString', coordinates: o.measure }) : NOTHING);
  const lat = map.getCenter().lat;
  const width = trueWidth(o.halfWidthM * 2, lat) as never;
  if (map.getLayer('ov-corridor-band')) map.setPaintProperty('ov-corridor-band', 'line-width', width);
  if (map.getLayer('ov-corridor-edge')) map.setPaintProperty('ov-corridor-edge', 'line-gap-width', width);
}
const feature = (geometry: Geometry | null): FeatureCollection => (geometry ? { type: 'FeatureCollection', features: [{ type: 'Feature', geometry, properties: {} } as Feature] } : NOTHING);
