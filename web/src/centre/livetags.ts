// Plate chips beside trucks: the selected one always, trucks with an open alarm while they are few.
import { plateTag } from '../map/tags.ts';
import type { MapView, Pin } from '../map/view.ts';
import type { Choice } from './dots.ts';
import { fleet } from './store.ts';

const MOST = 10; // more chips than this hide the map

export class LiveTags {
  private readonly shown = new Map<string, Pin>();
  constructor(private readonly view: MapView) {}

  update(c: Choice): void {
    const wanted = new Set<string>();
    if (c.selected) wanted.add(c.selected);
    else if (c.familyOf.size <= MOST) for (const terminal of c.familyOf.keys()) wanted.add(terminal);
    for (const [terminal, pin] of this.shown) if (!wanted.has(terminal)) { pin.remove(); this.shown.delete(terminal); }
    for (const terminal of wanted) this.place(terminal);
  }
  private place(terminal: string): void {
    const truck = fleet.of(terminal);
    if (!truck?.seen) return;
    const old = this.shown.get(terminal);
    if (old) { old.move([truck.lon, truck.lat]); return; }
    const element = plateTag(truck.plate, terminal);
    element.classList.add('on-map');
    this.shown.set(terminal, this.view.pin(element, [truck.lon, truck.lat], { offset: [0, -14] }));
  }
}
