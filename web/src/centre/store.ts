// Everything the command centre knows, wired to the live socket once.
import { effect, signal } from '@preact/signals';
import { api } from '../api/client.ts';
import type { MapData, Rule, Summary, VehicleCard, ViolationDetail } from '../api/types.ts';
import { param, setParams } from '../shared/address.ts';
import { askDistrict } from '../shared/district.ts';
import { watchHealth } from '../shared/health.ts';
import { Live, serverNow } from '../shared/live.ts';
import { needReason } from '../shared/reason.tsx';
import { Resource } from '../shared/resource.ts';
import { Alarms } from './alarms.ts';
import { Fleet } from './fleet.ts';
import { ring } from './ring.ts';

export const fleet = new Fleet();
export const alarms = new Alarms();
export const summary = new Resource<Summary>();
export const mapData = new Resource<MapData>();
export const rules = new Resource<Rule[]>();
export const detail = new Resource<ViolationDetail>();
export const card = new Resource<VehicleCard>('by_hand');
/** The terminal of the truck whose card is open. */
export const truck = signal<string | null>(param('truck'));
export const follow = signal(false);
export const wall = param('wall') === '1';
export const layersOn = signal<Record<string, boolean>>(readLayers());
export const only = signal({ loaded: param('loaded') === '1', alarmed: param('alarmed') === '1' });
export let live: Live;

const SUMMARY_EVERY_MS = 5000;

export function start(): void {
  askDistrict();
  watchHealth();
  mapData.load((s) => api.map(s));
  rules.load((s) => api.rules(s));
  void alarms.load();
  live = new Live({
    slots: (rows, fresh) => { fleet.slots(rows, fresh); if (fresh) greet(); },
    tick: (tick) => fleet.tick(tick),
    alarm: ({ change, violation }) => {
      const isNew = alarms.put(violation);
      if (isNew && violation.grade === 'A' && change === 'opened') ring();
      if (violation.id === alarms.selected.value) detail.load((s) => api.violation(violation.id, s), 'keep');
    },
    missed: () => void alarms.load(),
    after: () => alarms.after(),
  });
  const count = () => summary.load((s) => api.summary(s), 'keep');
  count();
  setInterval(count, SUMMARY_EVERY_MS);
  effect(() => {
    const id = alarms.selected.value;
    if (id) detail.load((s) => api.violation(id, s)); else detail.clear();
  });
}

/** After each hello: what was missed is fetched, a card named in the address is opened once the slots are known. */
function greet(): void {
  if (alarms.state.value.is === 'failed') void alarms.load();
  if (truck.value && card.state.value.is === 'idle' && fleet.of(truck.value)?.vehicle) void openTruck(truck.value);
}

/** Opens a truck's card; asks the reason first, once. */
export async function openTruck(terminal: string, vehicle?: string | null, known?: VehicleCard): Promise<void> {
  alarms.select(null);
  truck.value = terminal;
  setParams({ truck: terminal });
  const id = vehicle ?? fleet.of(terminal)?.vehicle ?? null;
  card.clear();
  if (known) { card.state.value = { is: 'ready', data: known }; return; } // the search has asked and logged already
  if (!id) return;
  const reason = await needReason();
  if (!reason) { closeTruck(); return; }
  card.load((s) => api.vehicle(id, reason, s));
}
export function closeTruck(): void {
  truck.value = null;
  follow.value = false;
  card.clear();
  setParams({ truck: null });
}
export function selectAlarm(id: string | null): void {
  if (truck.value) closeTruck();
  alarms.select(id);
}

function readLayers(): Record<string, boolean> {
  const off = new Set((param('off') ?? '').split(','));
  return Object.fromEntries(['trucks', 'sites', 'places', 'zones', 'roads', 'labels'].map((l) => [l, !off.has(l)]));
}
export function toggleLayer(name: string): void {
  layersOn.value = { ...layersOn.value, [name]: !layersOn.value[name] };
  setParams({ off: Object.entries(layersOn.value).filter(([, on]) => !on).map(([l]) => l).join(',') || null });
}
export function setOnly(change: Partial<(typeof only)['value']>): void {
  only.value = { ...only.value, ...change };
  setParams({ loaded: only.value.loaded ? '1' : null, alarmed: only.value.alarmed ? '1' : null });
}
/** Server time for ages; the last tick's, never the browser's own clock. */
export const now = () => serverNow.value;
