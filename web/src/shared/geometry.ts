// A little geometry for drawing: lengths, nearest points, gaps. Verdicts are the server's; nothing here decides.
import type { Feature, Geometry, TrackPoint } from '../api/types.ts';

export type Position = [lon: number, lat: number];
const M_PER_DEG = 111_320;
type Shape = Geometry | Feature | null | undefined;

export const geometryOf = (shape: Shape): Geometry | null => (!shape ? null : shape.type === 'Feature' ? shape.geometry : shape);

export function lineOf(shape: Shape): Position[] {
  const g = geometryOf(shape);
  return g?.type === 'LineString' ? g.coordinates : g?.type === 'MultiLineString' ? g.coordinates.flat() : [];
}
export function metres(a: Position, b: Position): number {
  const k = Math.cos(((a[1] + b[1]) / 2) * Math.PI / 180);
  return Math.hypot((a[0] - b[0]) * k, a[1] - b[1]) * M_PER_DEG;
}
export function lengthOf(shape: Shape): number {
  const line = lineOf(shape);
  return line.slice(1).reduce((sum, p, i) => sum + metres(line[i] ?? p, p), 0);
}

/** The point of the line nearest to `p`, and how far it is. */
export function nearest(line: Position[], p: Position): { at: Position; m: number } | null {
  let best: { at: Position; m: number } | null = null;
  for (let i = 1; i < line.length; i += 1) {
    const at = onSegment(line[i - 1]!, line[i]!, p);
    const m = metres(at, p);
    if (!best || m < best.m) best = { at, m };
  }
  return best;
}
function onSegment(a: Position, b: Position, p: Position): Position {
  const k = Math.cos(p[1] * Math.PI / 180);
  const dx = (b[0] - a[0]) * k, dy = b[1] - a[1];
  const len = dx * dx + dy * dy;
  const u = len === 0 ? 0 : Math.min(1, Math.max(0, ((p[0] - a[0]) * k * dx + (p[1] - a[1]) * dy) / len));
  return [a[0] + (b[0] - a[0]) * u, a[1] + dy * u];
}

export type Box = [number, number, number, number];
export function boxOf(points: Position[]): Box | null {
  if (points.length === 0) return null;
  const box: Box = [180, 90, -180, -90];
  for (const [x, y] of points) {
    box[0] = Math.min(box[0], x); box[1] = Math.min(box[1], y); box[2] = Math.max(box[2], x); box[3] = Math.max(box[3], y);
  }
  return box;
}
export function positionsOf(shape: Shape): Position[] {
  const g = geometryOf(shape);
  if (!g) return [];
  if (g.type === 'Point') return [g.coordinates];
  if (g.type === 'LineString') return g.coordinates;
  if (g.type === 'Polygon' || g.type === 'MultiLineString') return g.coordinates.flat();
  return g.coordinates.flat(2);
}
/** What the rules saw: good, or slow with the ignition off, which counts at the place where the truck stood. */
export const isGood = (fix: TrackPoint) => (fix.quality === 'good' || fix.quality === 'held') && fix.at_ms !== null;
/** The judged fixes, those that were held drawn where the truck stood. */
export function judged(fixes: TrackPoint[]): TrackPoint[] {
  let stood: TrackPoint | null = null;
  return fixes.filter(isGood).map((f) => {
    if (f.quality === 'held' && stood) return { ...f, lat: stood.lat, lon: stood.lon };
    stood = f;
    return f;
  });
}
export const place = (fix: TrackPoint): Position => [fix.lon, fix.lat];
