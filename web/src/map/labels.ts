// One label point per feature: a polygon in tiles would be named once per tile.
import type { Feature as Point, FeatureCollection } from 'geojson';
import type { Feature, MapData } from '../api/types.ts';
import { positionsOf, boxOf, type Position } from '../shared/geometry.ts';
import { pick } from '../shared/text.ts';

const LAYERS = ['townships', 'sites', 'places', 'zones'] as const;

export function labelPoints(data: MapData): FeatureCollection {
  const features = LAYERS.flatMap((layer) => data[layer].features.flatMap((f) => point(f, layer) ?? []));
  return { type: 'FeatureCollection', features };
}
function point(feature: Feature, layer: string): Point | null {
  const at = middle(positionsOf(feature));
  if (!at) return null;
  const p = feature.properties;
  const name = [pick(p.name, p.name_en), layer === 'zones' ? pick(p.hours_zh, p.hours_en) : null].filter(Boolean).join(' · ');
  return { type: 'Feature', geometry: { type: 'Point', coordinates: at }, properties: { layer, name, kind: p.kind } };
}
/** Area centroid of a ring; the middle of the box where it has no area. */
export function middle(ring: Position[]): Position | null {
  let area = 0, x = 0, y = 0;
  for (let i = 0; i < ring.length; i += 1) {
    const [ax, ay] = ring[i]!, [bx, by] = ring[(i + 1) % ring.length]!;
    const cross = ax * by - bx * ay;
    area += cross; x += (ax + bx) * cross; y += (ay + by) * cross;
  }
  if (Math.abs(area) > 1e-12) return [x / (3 * area), y / (3 * area)];
  const box = boxOf(ring);
  return box && [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
}
