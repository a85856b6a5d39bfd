// The map panel: brings the map library in when needed, and ties it to what is selected.
import { effect, signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { MapData, ViolationDetail } from '../api/types.ts';
import type { MapView } from '../map/view.ts';
import type { Box } from '../shared/geometry.ts';
import { district } from '../shared/district.ts';
import { theme } from '../shared/prefs.ts';
import { dots, pick, visible, type Choice } from './dots.ts';
import { showFinding, WALL_MARGIN } from './show.ts';
import { alarms, detail, fleet, follow, layersOn, live, only, openTruck, truck, wall } from './store.ts';
import { LiveTags } from './livetags.ts';
import { Piles } from './piles.ts';

export const view = signal<MapView | null>(null);
export const inView = signal<number | null>(null);

export function choice(): Choice {
  const v = alarms.selected.value ? alarms.rows.value.get(alarms.selected.value) : undefined;
  return { ...only.value, company: alarms.filter.value.company, ofCompany: alarms.ofCompany.value, selected: truck.value ?? v?.terminal ?? null, familyOf: alarms.familyOf.value };
}

export function MapBox({ data }: { data: MapData }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let gone = false;
    let undo: (() => void)[] = [];
    void import('../map/view.ts').then(({ MapView }) => {
      if (gone || !box.current) return;
      const made = new MapView(box.current, data, district.data!.bbox as Box);
      view.value = made;
      undo = wire(made);
    });
    return () => { gone = true; for (const u of undo) u(); view.value?.remove(); view.value = null; };
  }, [data]);
  return <div class="mapbox" ref={box} />;
}

function wire(made: MapView): (() => void)[] {
  const { map } = made;
  const tags = new LiveTags(made), piles = new Piles(made);
  const looked = () => { live.look(made.bounds(), map.getZoom()); count(made); piles.update(choice()); };
  map.on('moveend', looked);
  map.on('load', looked);
  map.on('click', (e) => {
    const hit = pick(fleet.trucks, choice(), (lon, lat) => map.project([lon, lat]), e.point);
    if (hit) void openTruck(hit.terminal, hit.vehicle);
  });
  let drawn: ViolationDetail | null = null;
  let first = true;
  return [
    effect(() => { void fleet.version.value; made.trucks.put(dots(fleet.trucks, choice()), fleet.size.value); count(made); tags.update(choice()); if (!map.isMoving()) piles.update(choice()); }),
    effect(() => { for (const [name, on] of Object.entries(layersOn.value)) made.show(name, on); }),
    effect(() => {
      const state = detail.state.value;
      const v = state.is === 'ready' ? state.data : null;
      showFinding(made, v, v !== null && v.id !== drawn?.id, wall ? WALL_MARGIN : undefined);
      drawn = v;
    }),
    effect(() => { void theme.value; if (!first) made.restyle(); first = false; }),
    effect(() => {
      void fleet.version.value;
      const t = follow.value && truck.value ? fleet.of(truck.value) : undefined;
      if (t?.seen) made.centre([t.lon, t.lat]);
    }),
  ];
}
function count(made: MapView): void {
  const [w, s, e, n] = made.bounds();
  const c = choice();
  let k = 0;
  for (const x of fleet.trucks) if (x && visible(x, c) && x.lon >= w && x.lon <= e && x.lat >= s && x.lat <= n) k += 1;
  inView.value = k;
}
