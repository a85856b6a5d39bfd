// Fixes into lines. A gap is never a track: the two ends are joined by a dashed line with a ring at each.
import type { Feature, FeatureCollection } from 'geojson';
import type { Family, TrackPoint } from '../api/types.ts';
import { isGood, judged, place, type Position } from '../shared/geometry.ts';
import type { Stroke } from './overlay.ts';

export interface Offence { from: number; to: number; family: Family }
export interface Look { offences: Offence[]; gaps?: { from_ms: number; to_ms: number }[]; colour?: string; chevron?: string }
const GAP_MS = 120_000; // where the server gives no list of gaps: no interval above this is drawn as driven

export function linesOf(fixes: TrackPoint[], look: Look): FeatureCollection {
  const good = judged(fixes);
  const features: Feature[] = [];
  let open: { stroke: Stroke; family: Family | null; line: Position[] } | null = null;
  const close = () => { if (open) features.push(line(open, look)); open = null; };
  for (let i = 1; i < good.length; i += 1) {
    const a = good[i - 1]!, b = good[i]!;
    const { stroke, family } = strokeOf(a, b, look);
    if (!open || open.stroke !== stroke || open.family !== family || stroke === 'gap') { close(); open = { stroke, family, line: [place(a)] }; }
    open.line.push(place(b));
  }
  close();
  return { type: 'FeatureCollection', features };
}
function strokeOf(a: TrackPoint, b: TrackPoint, look: Look): { stroke: Stroke; family: Family | null } {
  const from = a.at_ms!, to = b.at_ms!;
  const gap = look.gaps ? look.gaps.some((g) => g.from_ms < to && g.to_ms > from) : to - from > GAP_MS;
  if (gap) return { stroke: 'gap', family: null };
  const offence = look.offences.find((o) => from >= o.from && to <= o.to);
  if (offence) return { stroke: 'offence', family: offence.family };
  return { stroke: b.origin, family: null };
}
function line(open: { stroke: Stroke; family: Family | null; line: Position[] }, look: Look): Feature {
  return { type: 'Feature', geometry: { type: 'LineString', coordinates: open.line }, properties: { stroke: open.stroke, family: open.family, colour: look.colour, chevron: look.chevron } };
}

const dot = (at: Position, properties: Record<string, unknown>): Feature => ({ type: 'Feature', geometry: { type: 'Point', coordinates: at }, properties });

/** Received fixes, ends of gaps, ends of offences, and (asked for) the rejected ones with their reason. */
export function pointsOf(fixes: TrackPoint[], look: Look, why: ((quality: string) => string) | null): FeatureCollection {
  const good = judged(fixes);
  const features = good.map((f) => dot(place(f), { point: 'fix' }));
  for (let i = 1; i < good.length; i += 1) {
    const a = good[i - 1]!, b = good[i]!;
    if (strokeOf(a, b, look).stroke === 'gap') features.push(dot(place(a), { point: 'ring', of: 'gap' }), dot(place(b), { point: 'ring', of: 'gap' }));
  }
  for (const o of look.offences) {
    const inside = good.filter((f) => f.at_ms! >= o.from && f.at_ms! <= o.to);
    for (const end of [inside[0], inside.at(-1)]) if (end) features.push(dot(place(end), { point: 'ring', of: 'offence', family: o.family }));
  }
  if (why) for (const f of fixes) if (!isGood(f) && (f.lat !== 0 || f.lon !== 0)) features.push(dot(place(f), { point: 'rejected', why: why(f.quality) }));
  return { type: 'FeatureCollection', features };
}
