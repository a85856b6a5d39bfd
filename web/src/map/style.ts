// The style of the map: ground, roads, sites, zones, then what belongs to a finding or a track. No glyphs are named, so labels are drawn with the fonts of the machine.
import type { LayerSpecification, StyleSpecification } from 'maplibre-gl';
import type { MapData } from '../api/types.ts';
import { labelPoints } from './labels.ts';
import { overlayLayers, overlaySources } from './overlay.ts';
import { token } from './tokens.ts';

const source = (data: MapData['roads'] | GeoJSON.FeatureCollection) => ({ type: 'geojson' as const, data });
const FONT = ['Noto Sans SC']; // only a name: without glyphs the map draws text locally

export function styleOf(data: MapData): StyleSpecification {
  return {
    version: 8,
    sources: {
      district: source(data.district), townships: source(data.townships), roads: source(data.roads), sites: source(data.sites), places: source(data.places), zones: source(data.zones),
      'label-points': source(labelPoints(data)), ...overlaySources(),
    },
    layers: [...ground(), ...roads(), ...zones(), ...sites(), ...overlayLayers(), ...labels()] as LayerSpecification[],
  };
}

function ground(): unknown[] {
  return [
    { id: 'land', type: 'background', paint: { 'background-color': token('map-land') } },
    { id: 'district-fill', type: 'fill', source: 'district', paint: { 'fill-color': token('map-built') } },
    { id: 'townships-line', type: 'line', source: 'townships', paint: { 'line-color': token('line-strong'), 'line-width': 1, 'line-dasharray': [2, 3] } },
    { id: 'district-line', type: 'line', source: 'district', paint: { 'line-color': token('line-control'), 'line-width': 1.6, 'line-dasharray': [6, 3] } },
  ];
}
const isExpress = ['in', ['get', 'kind'], ['literal', ['expressway', 'express', 'motorway', 'highway']]];
const isMinor = ['in', ['get', 'kind'], ['literal', ['minor', 'service', 'branch', 'local']]];
function roads(): unknown[] {
  const colour = ['case', isExpress, token('map-express'), isMinor, token('map-minor'), token('map-arterial')];
  const scaled = (f: number) => ['interpolate', ['exponential', 1.6], ['zoom'], 10, ['case', isMinor, 0.5 * f, isExpress, 2 * f, 1.2 * f], 16, ['case', isMinor, 4 * f, isExpress, 13 * f, 9 * f]];
  return [
    { id: 'roads-casing', type: 'line', source: 'roads', layout: { 'line-join': 'round', 'line-cap': 'round' }, paint: { 'line-color': token('map-casing'), 'line-width': scaled(1.4) } },
    { id: 'roads-line', type: 'line', source: 'roads', layout: { 'line-join': 'round', 'line-cap': 'round' }, paint: { 'line-color': colour, 'line-width': scaled(1) } },
  ];
}
function zones(): unknown[] {
  const yellow = ['==', ['get', 'kind'], 'yellow_label'];
  const edge = ['case', yellow, token('yellow-label'), token('off-hours')];
  return [
    { id: 'zones-fill', type: 'fill', source: 'zones', paint: { 'fill-pattern': ['case', yellow, 'hatch-yellow', 'hatch-muck'] } },
    { id: 'zones-line', type: 'line', source: 'zones', paint: { 'line-color': edge, 'line-opacity': 0.7, 'line-width': 1.4, 'line-dasharray': [5, 3] } },
  ];
}
function sites(): unknown[] {
  const both = (id: string) => [
    { id: `${id}-fill`, type: 'fill', source: id, paint: { 'fill-color': token('map-site'), 'fill-opacity': 0.24 } },
    { id: `${id}-line`, type: 'line', source: id, paint: { 'line-color': token('map-site'), 'line-width': 1.2 } },
  ];
  return [...both('places'), ...both('sites')];
}

const halo = (colour: string) => ({ 'text-color': colour, 'text-halo-color': token('map-halo'), 'text-halo-width': 1.6 });
function labels(): unknown[] {
  const name = ['coalesce', ['get', 'name'], ''];
  const of = (kind: string) => ['==', ['get', 'layer'], kind];
  const icon = (prefix: string) => ['concat', prefix, ['get', 'kind']];
  return [
    { id: 'roads-name', type: 'symbol', source: 'roads', minzoom: 11.5, layout: { 'symbol-placement': 'line', 'text-field': ['step', ['zoom'], ['case', isMinor, '', name], 14, name], 'text-font': FONT, 'text-size': 12, 'text-letter-spacing': 0.2, 'symbol-spacing': 380, 'text-max-angle': 30 }, paint: halo(token('map-label')) },
    { id: 'townships-name', type: 'symbol', source: 'label-points', filter: of('townships'), maxzoom: 14, layout: { 'text-field': ['get', 'name'], 'text-font': FONT, 'text-size': 13, 'text-letter-spacing': 0.1 }, paint: halo(token('map-label-2')) },
    { id: 'zones-name', type: 'symbol', source: 'label-points', filter: of('zones'), minzoom: 10.5, layout: { 'text-field': ['get', 'name'], 'text-font': FONT, 'text-size': 12, 'text-max-width': 16 }, paint: halo(token('text')) },
    { id: 'places-name', type: 'symbol', source: 'label-points', filter: of('places'), minzoom: 12.5, layout: { 'icon-image': icon('place-'), 'icon-allow-overlap': true, 'text-field': ['step', ['zoom'], '', 13.5, ['get', 'name']], 'text-font': FONT, 'text-size': 11, 'text-offset': [0, 1.2], 'text-anchor': 'top', 'text-optional': true }, paint: halo(token('map-label')) },
    { id: 'sites-name', type: 'symbol', source: 'label-points', filter: of('sites'), layout: { 'icon-image': icon('site-'), 'icon-allow-overlap': true, 'icon-size': ['interpolate', ['linear'], ['zoom'], 10, 0.7, 13, 1], 'text-field': ['step', ['zoom'], '', 11.5, ['get', 'name']], 'text-font': FONT, 'text-size': 12, 'text-offset': [0, 1.1], 'text-anchor': 'top', 'text-optional': true }, paint: halo(token('text-2')) },
  ];
}

/** Which layers a toggle of the panel shows or hides. */
export const LAYER_GROUPS: Record<string, string[]> = {
  sites: ['sites-fill', 'sites-line', 'sites-name'], places: ['places-fill', 'places-line', 'places-name'],
  zones: ['zones-fill', 'zones-line', 'zones-name'], roads: ['roads-casing', 'roads-line', 'roads-name'], labels: ['townships-name', 'roads-name'],
};
