// Trucks that stand on one another look like one. Where several share a place on the screen, their number is written beside it.
import type { MapView, Pin } from '../map/view.ts';
import { visible, type Choice } from './dots.ts';
import { fleet } from './store.ts';

const CELL_PX = 16, LEAST = 3, MOST = 40;
interface Pile { n: number; lon: number; lat: number }

export class Piles {
  private readonly pins: { pin: Pin; element: HTMLElement }[] = [];
  constructor(private readonly view: MapView) {}

  update(c: Choice): void {
    const piles = c.selected ? [] : this.find(c);
    piles.forEach((pile, i) => this.put(i, pile));
    for (const spare of this.pins.splice(piles.length)) spare.pin.remove();
  }
  private find(c: Choice): Pile[] {
    const cells = new Map<string, Pile>();
    for (const truck of fleet.trucks) {
      if (!truck || !visible(truck, c)) continue;
      const p = this.view.map.project([truck.lon, truck.lat]);
      const key = `${Math.round(p.x / CELL_PX)},${Math.round(p.y / CELL_PX)}`;
      const pile = cells.get(key);
      if (pile) pile.n += 1; else cells.set(key, { n: 1, lon: truck.lon, lat: truck.lat });
    }
    return [...cells.values()].filter((p) => p.n >= LEAST).sort((a, b) => b.n - a.n).slice(0, MOST);
  }
  private put(i: number, pile: Pile): void {
    let known = this.pins[i];
    if (!known) {
      const element = document.createElement('span');
      element.className = 'pile';
      known = { element, pin: this.view.pin(element, [pile.lon, pile.lat], { anchor: 'left', offset: [7, -8] }) };
      this.pins[i] = known;
    }
    known.element.textContent = `×${pile.n}`;
    known.pin.move([pile.lon, pile.lat]);
  }
}
