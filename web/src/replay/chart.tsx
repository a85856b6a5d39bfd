// Speed over time. Live is a solid line, backfill a dashed one, nothing is drawn over a gap.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { theme } from '../shared/prefs.ts';
import { t } from '../shared/text.ts';
import { LEFT, RIGHT, type Scale } from './axis.tsx';
import { line } from './store.ts';
import { speeds } from './timeline.ts';

const HEIGHT = 104;
const css = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
/** The chart's own dates are never shown; if they were, they would be Asia/Shanghai and not the browser's zone. */
const tzDate = (s: number) => uPlot.tzDate(new Date(s * 1000), 'Asia/Shanghai');

function options(scale: Scale): uPlot.Options {
  const blue = css('track-1');
  return {
    width: scale.width, height: HEIGHT, padding: [10, RIGHT, 4, 0], tzDate, legend: { show: false }, cursor: { show: false }, select: { show: false, left: 0, top: 0, width: 0, height: 0 },
    scales: { x: { time: true, min: scale.from / 1000, max: scale.to / 1000 }, y: { range: (_u, _min, max) => [0, Math.max(60, Math.ceil((max ?? 0) / 20) * 20)] } },
    axes: [{ show: false }, { size: LEFT, stroke: css('text-2'), font: `12px ${css('font')}`, grid: { stroke: css('line'), width: 1 }, ticks: { show: false }, splits: (_u, _i, _min, max) => [0, max / 2, max], gap: 8 }],
    series: [{}, { stroke: blue, width: 1.5, fill: `color-mix(in srgb, ${blue} 12%, transparent)`, points: { show: false } }, { stroke: css('backfill'), width: 1.5, dash: [3, 3], points: { show: false } }],
  };
}

export function SpeedChart({ scale }: { scale: Scale }) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const l = line.value, look = theme.value;
  useEffect(() => {
    if (!box.current || !l) return;
    plot.current?.destroy();
    plot.current = new uPlot(options(scale), speeds(l) as uPlot.AlignedData, box.current);
    return () => { plot.current?.destroy(); plot.current = null; };
  }, [l, look, scale.width, scale.from, scale.to]);
  return <div class="chart"><div ref={box} role="img" aria-label={t('ln_speed')} style={{ height: `${HEIGHT}px` }} /><span class="lb">{t('ln_speed')}<small>km/h</small></span></div>;
}
