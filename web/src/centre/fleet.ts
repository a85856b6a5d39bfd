// What is known of every truck now: the last record of each slot, as received. Nothing is moved forward.
import { signal } from '@preact/signals';
import type { Family, PlateColour, SlotRow } from '../api/types.ts';
import { ALARMED, LOADED, LOST, MOVING, QUARANTINED, REJECTED, STALE, type Tick } from '../shared/tick.ts';

export interface Truck {
  slot: number; terminal: string; vehicle: string | null; plate: { number: string; colour: PlateColour } | null;
  lon: number; lat: number; speedKmh: number; heading: number; status: number; seen: boolean;
}
export type Kind = 'moving' | 'stopped' | 'stale' | 'lost' | 'unknown';
const MAX_SLOTS = 1_000_000;

export class Fleet {
  readonly trucks: (Truck | undefined)[] = [];
  /** Raised whenever a truck changed: what draws reads it. */
  readonly version = signal(0);
  readonly size = signal(0);
  private readonly byTerminal = new Map<string, Truck>();

  slots(rows: SlotRow[], fresh: boolean): void {
    if (fresh) { this.trucks.length = 0; this.byTerminal.clear(); }
    for (const [slot, terminal, vehicle, number, colour] of rows) {
      if (!Number.isInteger(slot) || slot < 0 || slot >= MAX_SLOTS) continue;
      const old = this.trucks[slot];
      const truck: Truck = { ...(old ?? { lon: 0, lat: 0, speedKmh: 0, heading: 0, status: 0, seen: false }), slot, terminal, vehicle, plate: number ? { number, colour: (colour ?? 'other') as PlateColour } : null };
      this.trucks[slot] = truck;
      this.byTerminal.set(terminal, truck);
    }
    this.size.value = this.byTerminal.size;
    this.version.value += 1;
  }
  tick(tick: Tick): void {
    for (let i = 0; i < tick.count; i += 1) {
      const truck = this.trucks[tick.slot(i)];
      if (!truck) continue;
      truck.lon = tick.lon(i); truck.lat = tick.lat(i); truck.speedKmh = tick.speedKmh(i);
      truck.heading = tick.heading(i); truck.status = tick.status(i); truck.seen = true;
    }
    if (tick.count > 0) this.version.value += 1;
  }
  of(terminal: string): Truck | undefined { return this.byTerminal.get(terminal); }
}

export function kindOf(truck: Truck): Kind {
  if (truck.status & LOST) return 'lost';
  if (truck.status & STALE) return 'stale';
  if (truck.status & QUARANTINED) return 'unknown';
  return truck.status & MOVING ? 'moving' : 'stopped';
}
export const isMoving = (x: Truck) => (x.status & MOVING) !== 0;
export const isAlarmed = (x: Truck) => (x.status & ALARMED) !== 0;
export const isLoaded = (x: Truck) => (x.status & LOADED) !== 0;
export const isDoubtful = (x: Truck) => (x.status & REJECTED) !== 0;
export type AlarmOf = (terminal: string) => Family | null;
