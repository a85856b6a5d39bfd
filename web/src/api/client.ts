// One way to ask the server: JSON in, typed answer or a Problem that a person can act on.
import type {
  Clock, Command, Commands, District, Frame, Health, MapData, Order, Reason, Rule, Stranger, Summary, Track, VehicleCard, Vehicles, ViolationDetail, ViolationsPage,
} from './types.ts';

export class Problem extends Error {
  constructor(readonly status: number, readonly code: string, detail: string, readonly zh = '', readonly en = '') { super(detail); }
}

type Params = Record<string, string | number | boolean | null | undefined>;
const TIMEOUT_MS = 20_000;

export function url(path: string, params: Params = {}): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) if (value !== null && value !== undefined && value !== '') query.set(key, String(value));
  const text = query.toString();
  return `/api/v1/${path}${text ? `?${text}` : ''}`;
}

export const get = <T>(path: string, params: Params = {}, signal?: AbortSignal): Promise<T> => ask<T>(url(path, params), {}, signal);
export const post = <T>(path: string, body: unknown): Promise<T> => ask<T>(url(path), { method: 'POST', body: JSON.stringify(body), headers: { accept: 'application/json', 'content-type': 'application/json' } });

async function ask<T>(address: string, how: RequestInit, signal?: AbortSignal): Promise<T> {
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const both = signal ? AbortSignal.any([signal, limit]) : limit;
  let answer: Response;
  try {
    answer = await fetch(address, { headers: { accept: 'application/json' }, ...how, signal: both });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new Problem(0, limit.aborted ? 'timeout' : 'unreachable', '');
  }
  if (!answer.ok) throw await problemOf(answer);
  return (await answer.json()) as T;
}

async function problemOf(answer: Response): Promise<Problem> {
  try {
    const body = (await answer.json()) as { code?: string; detail?: string; title?: string; title_zh?: string };
    return new Problem(answer.status, body.code ?? 'http', body.detail ?? '', body.title_zh ?? '', body.title ?? '');
  } catch {
    return new Problem(answer.status, 'http', '');
  }
}

export interface ViolationFilter {
  rule?: string; state?: string; grade?: string; vehicle?: string; terminal?: string; from?: string; to?: string; open?: boolean; limit?: number; cursor?: string | null;
}
export interface Span { from: string; to: string; reason: Reason }

export const api = {
  clock: (s?: AbortSignal) => get<Clock>('clock', {}, s),
  health: (s?: AbortSignal) => get<Health>('health', {}, s),
  district: (s?: AbortSignal) => get<District>('district', {}, s),
  map: (s?: AbortSignal) => get<MapData>('map', {}, s),
  rules: (s?: AbortSignal) => get<Rule[]>('rules', {}, s),
  summary: (s?: AbortSignal) => get<Summary>('summary', {}, s),
  search: (plate: string, reason: Reason, s?: AbortSignal) => get<Vehicles>('vehicles', { plate, reason }, s),
  vehicle: (id: string, reason: Reason, s?: AbortSignal) => get<VehicleCard>(`vehicles/${encodeURIComponent(id)}`, { reason }, s),
  violations: (filter: ViolationFilter, s?: AbortSignal) => get<ViolationsPage>('violations', { ...filter }, s),
  violation: (id: string, s?: AbortSignal) => get<ViolationDetail>(`violations/${encodeURIComponent(id)}`, {}, s),
  quarantined: (s?: AbortSignal) => get<Stranger[]>('terminals', { quarantined: true }, s),
  commands: (terminal: string, limit: number, s?: AbortSignal) => get<Commands>('commands', { terminal, limit }, s),
  order: (order: Order) => post<Command>('commands', order),
  frame: (seq: number, s?: AbortSignal) => get<Frame>(`frames/${seq}`, {}, s),
  track: (of: TrackOf, span: Span, cursor: string | null, s?: AbortSignal) => get<Track>(trackPath(of), { ...span, limit: 5000, cursor }, s),
};

export interface TrackOf { vehicle?: string | null; terminal?: string | null }
function trackPath(of: TrackOf): string {
  return of.vehicle ? `vehicles/${encodeURIComponent(of.vehicle)}/track` : `terminals/${encodeURIComponent(of.terminal ?? '')}/track`;
}
