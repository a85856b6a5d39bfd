// One span of one truck or terminal: what was asked, what came, where the cursor is.
import { computed, effect, signal } from '@preact/signals';
import { api, Problem, type TrackOf } from '../api/client.ts';
import type { MapData, Reason, Rule, Track, TrackPoint, VehicleCard, ViolationDetail, ViolationRow } from '../api/types.ts';
import { param, setParams } from '../shared/address.ts';
import { needReason } from '../shared/reason.tsx';
import { Resource } from '../shared/resource.ts';
import { parse, rfc } from '../shared/time.ts';
import { events, indexAt, timelineOf, timeOf, type Timeline } from './timeline.ts';

export interface Ask { of: TrackOf; from: number; to: number }
const MARGIN_MS = 600_000, MOST_FIXES = 100_000;
export const MOST_SPAN_MS = 7 * 86_400_000;

export const ask = signal<Ask | null>(null);
export const why = signal<Reason | null>(null);
export const refused = signal(false);
export const fetched = signal(0);
export const track = new Resource<Track>('by_hand');
export const violation = new Resource<ViolationDetail>();
export const findings = new Resource<ViolationRow[]>();
export const card = new Resource<VehicleCard>('by_hand');
export const mapData = new Resource<MapData>();
export const rules = new Resource<Rule[]>();

export const cursor = signal(0);
export const hover = signal<number | null>(null);
export const range = signal<{ from: number; to: number } | null>(null);
export const showRejected = signal(param('rejected') === '1');

export const line = computed<Timeline | null>(() => { const t = track.state.value; return t.is === 'ready' ? timelineOf(t.data.items, t.data.gaps) : null; });
export const index = computed(() => (line.value ? indexAt(line.value.good, cursor.value) : -1));
export const fix = computed<TrackPoint | null>(() => line.value?.good[index.value] ?? null);
export const episodes = computed(() => (findings.state.value.is === 'ready' ? findings.state.value.data.filter((v) => v.state !== 'withdrawn') : []));
export const stops = computed(() => (line.value ? events(line.value, episodes.value.map((v) => v.start_ms)) : []));
export const shown = computed(() => range.value ?? (ask.value ? { from: ask.value.from, to: ask.value.to } : null));
export const current = computed(() => episodes.value.find((v) => cursor.value >= v.start_ms && cursor.value <= (v.end_ms ?? Infinity)) ?? null);

export async function start(): Promise<void> {
  mapData.load((s) => api.map(s));
  rules.load((s) => api.rules(s));
  const id = param('violation');
  if (id) { await openViolation(id); return; }
  const from = parse(param('from')), to = parse(param('to'));
  const of = { vehicle: param('vehicle'), terminal: param('terminal') };
  if ((of.vehicle || of.terminal) && from !== null && to !== null) await open({ of, from, to }, parse(param('t')) ?? from);
}
async function openViolation(id: string): Promise<void> {
  violation.load((s) => api.violation(id, s));
  const off = effect(() => {
    const state = violation.state.value;
    if (state.is !== 'ready') return;
    const v = state.data;
    const of = v.subject.kind === 'vehicle' ? { vehicle: v.subject.id } : { terminal: v.terminal };
    queueMicrotask(() => { off(); void open({ of, from: v.start_ms - MARGIN_MS, to: (v.end_ms ?? v.start_ms + v.duration_s * 1000) + MARGIN_MS }, parse(param('t')) ?? v.start_ms); });
  });
}

export async function open(a: Ask, at: number): Promise<void> {
  ask.value = a;
  cursor.value = at;
  range.value = null;
  const reason = await needReason();
  refused.value = !reason;
  if (!reason) return;
  why.value = reason;
  track.load((s) => wholeTrack(a, reason, s));
  findings.load(async (s) => (await api.violations({ vehicle: a.of.vehicle ?? undefined, terminal: a.of.vehicle ? undefined : a.of.terminal ?? undefined, from: rfc(a.from), to: rfc(a.to), limit: 200 }, s)).items);
  if (a.of.vehicle) { const id = a.of.vehicle; card.load((s) => api.vehicle(id, reason, s)); }
}
/** All pages of the span; says how far it is. */
async function wholeTrack(a: Ask, reason: Reason, stop: AbortSignal): Promise<Track> {
  fetched.value = 0;
  const span = { from: rfc(a.from), to: rfc(a.to), reason };
  const whole = await api.track(a.of, span, null, stop);
  fetched.value = whole.items.length;
  for (let next = whole.next_cursor; next !== null;) {
    if (whole.items.length > MOST_FIXES) throw new Problem(0, 'too_large', String(MOST_FIXES));
    const page = await api.track(a.of, span, next, stop);
    whole.items.push(...page.items);
    fetched.value = whole.items.length;
    next = page.next_cursor;
  }
  return whole;
}

export function seek(t: number): void {
  const a = ask.value;
  if (a) cursor.value = Math.min(a.to, Math.max(a.from, t));
}
export function stepFix(by: 1 | -1): void {
  const good = line.value?.good ?? [];
  const next = good[Math.min(good.length - 1, Math.max(0, index.value + by))];
  if (next) seek(timeOf(next));
}
export function stepEvent(by: 1 | -1): void {
  const t = cursor.value, list = stops.value;
  const next = by > 0 ? list.find((x) => x > t + 500) : list.findLast((x) => x < t - 500);
  if (next !== undefined) seek(next);
}
export function toggleRejected(): void {
  showRejected.value = !showRejected.value;
  setParams({ rejected: showRejected.value ? '1' : null });
}
/** Keeps the place in the address, so that the view can be sent. */
export function keepPlace(): void { if (ask.value) setParams({ t: rfc(cursor.value) }); }
