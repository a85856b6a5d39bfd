// A track on the axis of time: ordered fixes, gaps, stays, runs of one value. Pure; the pictures are drawn from it.
import type { TrackPoint } from '../api/types.ts';
import { isGood, judged, metres, place, type Position } from '../shared/geometry.ts';

export interface Run<V> { from: number; to: number; value: V }
export interface Stay { from: number; to: number; at: Position }
export interface Gap { from_ms: number; to_ms: number }
export interface Timeline { all: TrackPoint[]; good: TrackPoint[]; rejected: TrackPoint[]; gaps: Gap[]; stays: Stay[] }

const STAY_MS = 180_000, STAY_M = 60, STILL_KMH = 5;
/** Event time; a fix whose date is impossible is listed by its receive time. */
export const timeOf = (f: TrackPoint) => f.at_ms ?? f.received_ms;

export function timelineOf(items: TrackPoint[], gaps: Gap[]): Timeline {
  const all = [...items].sort((a, b) => timeOf(a) - timeOf(b) || a.seq - b.seq || a.part - b.part);
  const good = judged(all);
  return { all, good, rejected: all.filter((f) => !isGood(f)), gaps: [...gaps].sort((a, b) => a.from_ms - b.from_ms), stays: staysOf(good) };
}

export function staysOf(good: TrackPoint[]): Stay[] {
  const stays: Stay[] = [];
  for (let i = 0; i < good.length;) {
    const first = good[i]!;
    let j = i;
    while (j < good.length && good[j]!.speed_kmh < STILL_KMH && metres(place(first), place(good[j]!)) <= STAY_M) j += 1;
    const last = good[j - 1];
    if (last && j > i && timeOf(last) - timeOf(first) >= STAY_MS) stays.push({ from: timeOf(first), to: timeOf(last), at: place(first) });
    i = Math.max(j, i + 1);
  }
  return stays;
}

/** Index of the last fix at or before `t`; -1 before the first. */
export function indexAt(fixes: TrackPoint[], t: number): number {
  let low = 0, high = fixes.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (timeOf(fixes[mid]!) <= t) low = mid + 1; else high = mid;
  }
  return low - 1;
}
export const gapAt = (line: Timeline, t: number): Gap | null => line.gaps.find((g) => t > g.from_ms && t < g.to_ms) ?? null;

export interface Where { at: Position; heading: number; exact: boolean; fix: TrackPoint }
/** Where the truck is drawn at `t`: on its fix, or between two of them (then it is drawn lighter); inside a gap it stands at the last fix. */
export function whereAt(line: Timeline, t: number): Where | null {
  const i = indexAt(line.good, t);
  const a = line.good[Math.max(0, i)];
  if (!a) return null;
  const b = line.good[i + 1];
  const from = timeOf(a);
  if (i < 0 || !b || t - from < 500 || gapAt(line, t)) return { at: place(a), heading: a.heading_deg, exact: i >= 0 && t - from < 500, fix: a };
  const u = (t - from) / Math.max(1, timeOf(b) - from);
  return { at: [a.lon + (b.lon - a.lon) * u, a.lat + (b.lat - a.lat) * u], heading: a.heading_deg, exact: false, fix: a };
}

/** Runs of one value, broken at gaps; each fix holds until the next one. */
export function runs<V>(line: Timeline, value: (f: TrackPoint) => V): Run<V>[] {
  const out: Run<V>[] = [];
  line.good.forEach((f, i) => {
    const next = line.good[i + 1];
    const from = timeOf(f), end = next ? timeOf(next) : from;
    const gap = line.gaps.find((g) => g.from_ms < end && g.to_ms > from);
    const to = gap ? Math.max(from, gap.from_ms) : end;
    const last = out.at(-1), v = value(f);
    if (last && last.value === v && last.to === from) last.to = to;
    else out.push({ from, to, value: v });
  });
  return out;
}

/** Where a jump lands: beginnings of episodes, stays and gaps. */
export function events(line: Timeline, episodes: number[]): number[] {
  return [...new Set([...episodes, ...line.stays.map((s) => s.from), ...line.gaps.map((g) => g.from_ms)])].sort((a, b) => a - b);
}

/** Speeds for the chart: seconds, live and backfilled apart, nothing across a gap. */
export function speeds(line: Timeline): [number[], (number | null)[], (number | null)[]] {
  const x: number[] = [], live: (number | null)[] = [], late: (number | null)[] = [];
  line.good.forEach((f, i) => {
    const before = line.good[i - 1];
    if (before && line.gaps.some((g) => g.from_ms < timeOf(f) && g.to_ms > timeOf(before))) { x.push((timeOf(before) + timeOf(f)) / 2000); live.push(null); late.push(null); }
    const joins = f.origin === 'backfill' || line.good[i + 1]?.origin === 'backfill' || before?.origin === 'backfill';
    x.push(timeOf(f) / 1000);
    live.push(f.origin === 'backfill' ? null : f.speed_kmh);
    late.push(joins ? f.speed_kmh : null);
  });
  return [x, live, late];
}

/** Rows for things that overlap: each goes into the first row that is free; what finds none shares the last. */
export function stack(spans: { from: number; to: number }[], most = 4): number[] {
  const free: number[] = [];
  return spans.map((s) => {
    let row = free.findIndex((end) => end <= s.from);
    if (row < 0) row = Math.min(free.length, most - 1);
    free[row] = Math.max(free[row] ?? 0, s.to);
    return row;
  });
}

/** Round marks for a ruler of this length: at most about a dozen. */
export function ticks(from: number, to: number, most = 12): number[] {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400].map((s) => s * 1000);
  const step = steps.find((s) => (to - from) / s <= most) ?? 86_400_000;
  const east8 = 8 * 3600_000;
  const out: number[] = [];
  for (let t = Math.ceil((from + east8) / step) * step - east8; t <= to; t += step) out.push(t);
  return out;
}
