// The track on the map: live solid, backfill dotted, gap dashed with rings, the offence thick, stays as squares, the truck at the cursor.
import { effect, signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { MapData } from '../api/types.ts';
import { EMPTY } from '../map/overlay.ts';
import { linesOf, pointsOf, type Look } from '../map/strokes.ts';
import { tag } from '../map/tags.ts';
import type { MapView, Pin, Tag } from '../map/view.ts';
import { boxOf, geometryOf, place, type Box } from '../shared/geometry.ts';
import { district } from '../shared/district.ts';
import { theme } from '../shared/prefs.ts';
import { span } from '../shared/say.ts';
import { t, tOr } from '../shared/text.ts';
import { clock } from '../shared/time.ts';
import { token } from '../map/tokens.ts';
import { approvalsAt } from './side.tsx';
import { cursor, episodes, hover, line, rules, seek, showRejected, violation } from './store.ts';
import { timeOf, whereAt, type Timeline } from './timeline.ts';

export const view = signal<MapView | null>(null);
const NEAR_PX = 14, STAY_TAGS = 12;

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
  const here = arrow('here'), ghost = arrow('ghost');
  const pins: { here: Pin | null; ghost: Pin | null } = { here: null, ghost: null };
  const nearest = (e: { point: { x: number; y: number } }) => nearestFix(made, e.point);
  made.map.on('click', (e) => { const at = nearest(e); if (at !== null) seek(at); });
  made.map.on('mousemove', (e) => { hover.value = nearest(e); });
  made.map.on('mouseout', () => { hover.value = null; });
  let first = true, fitted: Timeline | null = null;
  return [
    effect(() => { void theme.value; if (!first) made.restyle(); first = false; }),
    effect(() => {
      const l = line.value;
      void theme.value;
      if (!l) return;
      draw(made, l);
      if (fitted !== l && l.good.length > 0) { const b = focus(l); if (b) made.flyTo(b, { top: 60, bottom: 100, left: 60, right: 80 }, 15.5); fitted = l; }
    }),
    effect(() => { pins.here = stand(made, pins.here, here, cursor.value); }),
    effect(() => { pins.ghost = hover.value === null ? drop(pins.ghost) : stand(made, pins.ghost, ghost, hover.value); }),
  ];
}
/** The finding's own part if one is open, else the whole track. */
function focus(l: Timeline): Box | null {
  const v = violation.data;
  const part = v ? l.good.filter((f) => timeOf(f) >= v.start_ms && timeOf(f) <= (v.end_ms ?? Infinity)) : [];
  return boxOf((part.length > 1 ? part : l.good).map(place));
}
function draw(made: MapView, l: Timeline): void {
  const look: Look = { offences: episodes.value.map((v) => ({ from: v.start_ms, to: v.end_ms ?? Infinity, family: v.family })), gaps: l.gaps, colour: token('track-1'), chevron: 'chevron-1' };
  const why = showRejected.value ? (q: string) => tOr(`qual_${q}`, q) : null;
  const route = violation.data?.route ?? approvalsAt()[0]?.route ?? null;
  made.draw({ ...EMPTY, corridor: geometryOf(route), halfWidthM: corridorWidth(), object: geometryOf(violation.data?.object_area), lines: linesOf(l.good, look), points: pointsOf(l.all, look, why) });
  const long = [...l.stays].sort((a, b) => (b.to - b.from) - (a.to - a.from)).slice(0, STAY_TAGS);
  made.setTags([...long.map((s): Tag => ({ at: s.at, element: tag(t('stay', span((s.to - s.from) / 1000)), 'stay', clock(s.from)), anchor: 'left', offset: [8, 0] })), ...l.stays.map((s): Tag => ({ at: s.at, element: square() }))]);
}
export function corridorWidth(): number {
  const then = violation.data?.parameters?.['out_m'], now = rules.data?.find((r) => r.id === 'off_route')?.params['out_m'];
  return typeof then === 'number' ? then : typeof now === 'number' ? now : EMPTY.halfWidthM;
}
function square(): HTMLElement {
  const box = document.createElement('i');
  box.className = 'square';
  return box;
}
function arrow(kind: string): HTMLElement {
  const box = document.createElement('div');
  box.className = `truck-here ${kind}`;
  const inner = document.createElement('i');
  box.append(inner);
  return box;
}
function stand(made: MapView, pin: Pin | null, element: HTMLElement, at: number): Pin | null {
  const l = line.peek() ?? line.value;
  const w = l ? whereAt(l, at) : null;
  if (!w) return drop(pin);
  const inner = element.firstElementChild as HTMLElement;
  inner.style.transform = `rotate(${w.heading}deg)`;
  element.classList.toggle('between', !w.exact);
  if (!pin) return made.pin(element, w.at, { anchor: 'center' });
  pin.move(w.at);
  return pin;
}
function drop(pin: Pin | null): null { pin?.remove(); return null; }

function nearestFix(made: MapView, p: { x: number; y: number }): number | null {
  let best: number | null = null, least = NEAR_PX;
  for (const f of line.peek()?.good ?? []) {
    const q = made.map.project([f.lon, f.lat]);
    const d = Math.hypot(q.x - p.x, q.y - p.y);
    if (d < least) { least = d; best = timeOf(f); }
  }
  return best;
}
