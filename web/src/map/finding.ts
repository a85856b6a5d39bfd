// A violation on the map: the approved corridor, the track, the offending part, and the measure where it was largest.
import type { TrackPoint, ViolationDetail } from '../api/types.ts';
import { boxOf, geometryOf, judged, lineOf, nearest, place, positionsOf, type Box, type Position } from '../shared/geometry.ts';
import type { Overlay } from './overlay.ts';
import { linesOf, pointsOf, type Look } from './strokes.ts';

export interface Finding { overlay: Overlay; box: Box | null; entry: TrackPoint | null; exit: TrackPoint | null; peak: { at: Position; measure: [Position, Position] | null } | null }

/** Half the width of the approved corridor, from the parameters that judged it; null where this rule has none. */
export function halfWidth(v: ViolationDetail): number | null {
  const out = v.parameters?.['out_m'];
  return typeof out === 'number' && out > 0 ? out : null;
}

export function findingOf(v: ViolationDetail): Finding {
  const end = v.end_ms ?? Infinity;
  const look: Look = { offences: [{ from: v.start_ms, to: end, family: v.family }] };
  const good = judged(v.fixes);
  const inside = good.filter((f) => f.at_ms! >= v.start_ms && f.at_ms! <= end);
  const route = lineOf(v.route);
  const peak = v.rule === 'off_route' ? farthest(inside, route) : null;
  const overlay: Overlay = {
    corridor: geometryOf(v.route), halfWidthM: halfWidth(v) ?? 80, object: geometryOf(v.object_area),
    lines: linesOf(v.fixes, look), points: pointsOf(v.fixes, look, null), measure: peak?.measure ?? null,
  };
  const seen = [...(inside.length > 0 ? inside : good).map(place), ...(inside.length > 0 ? [] : route)];
  const around = seen.length > 0 ? seen : v.place ? [[v.place.lon, v.place.lat] as Position] : positionsOf(v.object_area);
  return { overlay, box: boxOf(around), entry: inside[0] ?? null, exit: v.end_ms === null ? null : inside.at(-1) ?? null, peak };
}
function farthest(fixes: TrackPoint[], route: Position[]): Finding['peak'] {
  let best: { fix: TrackPoint; on: Position; m: number } | null = null;
  for (const fix of fixes) {
    const n = nearest(route, place(fix));
    if (n && (!best || n.m > best.m)) best = { fix, on: n.at, m: n.m };
  }
  if (!best) return null;
  const a = place(best.fix);
  return { at: [(a[0] + best.on[0]) / 2, (a[1] + best.on[1]) / 2], measure: [a, best.on] };
}
