// Which trucks are drawn, and how. Others fade while an alarm or a truck is looked at.
import type { Family } from '../api/types.ts';
import { COLOUR, SHAPE, type Dot } from '../map/look.ts';
import { isAlarmed, isDoubtful, isLoaded, isMoving, kindOf, type Truck } from './fleet.ts';

export interface Choice { loaded: boolean; alarmed: boolean; company: string | null; ofCompany: ReadonlySet<string>; selected: string | null; familyOf: ReadonlyMap<string, Family> }
const FADED = 107; // 42 %

export function visible(truck: Truck, c: Choice): boolean {
  if (!truck.seen) return false;
  if (truck.terminal === c.selected) return true;
  return (!c.loaded || isLoaded(truck)) && (!c.alarmed || isAlarmed(truck) || c.familyOf.has(truck.terminal)) && (!c.company || c.ofCompany.has(truck.terminal));
}

/** Plain trucks first, alarmed ones above them, the selected one on top. */
export function* dots(trucks: readonly (Truck | undefined)[], c: Choice): Generator<Dot> {
  const raised: Dot[] = [];
  let top: Dot | null = null;
  for (const truck of trucks) {
    if (!truck || !visible(truck, c)) continue;
    const family = c.familyOf.get(truck.terminal) ?? null;
    const dot = look(truck, family, c.selected);
    if (truck.terminal === c.selected) top = dot;
    else if (family) raised.push(dot);
    else yield dot;
  }
  yield* raised;
  if (top) yield top;
}
function look(truck: Truck, family: Family | null, selected: string | null): Dot {
  const kind = kindOf(truck), chosen = truck.terminal === selected;
  const shape = kind === 'lost' ? SHAPE.crossed : kind === 'stale' ? SHAPE.dashed : kind === 'unknown' ? (isMoving(truck) ? SHAPE.outline : SHAPE.ring) : kind === 'moving' ? SHAPE.arrow : SHAPE.disc;
  const plain = { lost: COLOUR.offline, stale: COLOUR.stale, unknown: COLOUR.black_truck, moving: COLOUR.moving, stopped: COLOUR.stopped }[kind];
  const colour = family && kind !== 'lost' ? COLOUR[family] : plain;
  const alpha = selected && !chosen ? FADED : isDoubtful(truck) ? 150 : 255;
  return { lon: truck.lon, lat: truck.lat, heading: truck.heading, shape, colour, big: chosen || family !== null, alpha };
}

/** The nearest drawn truck within reach of the pointer; a plain walk, 100,000 trucks take about 2 ms. */
export function pick(trucks: readonly (Truck | undefined)[], c: Choice, project: (lon: number, lat: number) => { x: number; y: number }, at: { x: number; y: number }): Truck | null {
  const reach = 16;
  let best: Truck | null = null, least = reach;
  for (const truck of trucks) {
    if (!truck || !visible(truck, c)) continue;
    const p = project(truck.lon, truck.lat);
    const d = Math.hypot(p.x - at.x, p.y - at.y);
    if (d < least) { least = d; best = truck; }
  }
  return best;
}
