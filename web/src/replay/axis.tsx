// The axis is time. Ruler, speed chart, lanes and one cursor through all of them; pointing here moves the map.
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../shared/text.ts';
import { clock } from '../shared/time.ts';
import { cursor, hover, keepPlace, line, range, seek, shown } from './store.ts';
import { SpeedChart } from './chart.tsx';
import { Lanes, Ruler } from './lanes.tsx';

export const LEFT = 104, RIGHT = 20;
export interface Scale { width: number; from: number; to: number; x(t: number): number; t(x: number): number }

export function Axis() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const watch = new ResizeObserver(() => setWidth(box.current?.clientWidth ?? 0));
    if (box.current) watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  const span = shown.value, l = line.value;
  return (
    <section class="axis" ref={box} aria-label={t('axis')}>
      {span && l && width > 200 ? <Inside scale={scaleOf(width, span)} /> : null}
    </section>
  );
}
function scaleOf(width: number, span: { from: number; to: number }): Scale {
  const inner = width - LEFT - RIGHT, { from, to } = span;
  return { width, from, to, x: (m) => LEFT + ((m - from) / (to - from)) * inner, t: (x) => from + ((x - LEFT) / inner) * (to - from) };
}

function Inside({ scale }: { scale: Scale }) {
  const drag = useRef<number | null>(null);
  const [band, setBand] = useState<[number, number] | null>(null);
  const at = (e: PointerEvent) => e.clientX - (e.currentTarget as HTMLElement).getBoundingClientRect().left;
  const move = (e: PointerEvent) => {
    const x = at(e);
    hover.value = x < LEFT ? null : scale.t(x);
    if (drag.current !== null && Math.abs(x - drag.current) > 6) setBand([Math.max(LEFT, Math.min(drag.current, x)), Math.max(drag.current, x)]);
  };
  const up = (e: PointerEvent) => {
    const x = at(e);
    if (band) range.value = { from: scale.t(band[0]), to: scale.t(band[1]) };
    else if (drag.current !== null && x >= LEFT) { seek(scale.t(x)); keepPlace(); }
    drag.current = null;
    setBand(null);
  };
  const c = scale.x(cursor.value), h = hover.value;
  return (
    <div class="lanesbox" onPointerDown={(e) => { drag.current = at(e); }} onPointerMove={move} onPointerUp={up} onPointerLeave={() => { hover.value = null; drag.current = null; setBand(null); }} onDblClick={() => { range.value = null; }}>
      <Ruler scale={scale} />
      <SpeedChart scale={scale} />
      <Lanes scale={scale} />
      {band ? <i class="band" style={{ left: `${band[0]}px`, width: `${band[1] - band[0]}px` }} /> : null}
      {h !== null ? <i class="hair" style={{ left: `${scale.x(h)}px` }}><b>{clock(h)}</b></i> : null}
      {c >= LEFT && c <= scale.width - RIGHT ? <i class="hair main" style={{ left: `${c}px` }}><b>{clock(cursor.value)}</b></i> : null}
    </div>
  );
}
