// Lanes under the chart: load, ignition, positioning, source, episodes. A gap is hatched through all of them; unknown is hatched, not empty.
import type { TrackPoint, ViolationRow } from '../api/types.ts';
import { FAMILY_TOKEN } from '../shared/family.ts';
import { quantity } from '../shared/say.ts';
import { t } from '../shared/text.ts';
import { clock, clockShort, day } from '../shared/time.ts';
import { LEFT, RIGHT, type Scale } from './axis.tsx';
import { episodes, line, seek } from './store.ts';
import { runs, stack, ticks, type Run, type Timeline } from './timeline.ts';

const LANE = 23, TOP = 4, BAR = 10;
const LABEL = 150; // pixels that the words beside an episode take
const endOf = (v: ViolationRow) => v.end_ms ?? v.start_ms + v.duration_s * 1000;
const NAMES = ['load', 'acc', 'pos', 'src', 'ep'] as const;

export function Ruler({ scale }: { scale: Scale }) {
  const marks = ticks(scale.from, scale.to, Math.max(3, Math.floor(scale.width / 110)));
  const fine = scale.to - scale.from < 900_000;
  return (
    <svg class="ruler" width={scale.width} height={24} aria-hidden="true">
      {marks.map((m, i) => <g key={m}><path d={`M${scale.x(m)} 18V24`} stroke="var(--line-control)" /><text x={scale.x(m)} y={13} text-anchor="middle">{i === 0 || clockShort(m) === '00:00' ? `${day(m)} ` : ''}{fine ? clock(m) : clockShort(m)}</text></g>)}
    </svg>
  );
}

export function Lanes({ scale }: { scale: Scale }) {
  const l = line.value;
  if (!l) return null;
  const list = episodes.value.filter((v) => endOf(v) >= scale.from && v.start_ms <= scale.to).sort((a, b) => a.start_ms - b.start_ms);
  const words = ((scale.to - scale.from) / scale.width) * LABEL;
  const rows = stack(list.map((v) => (scale.x(endOf(v)) > scale.width - LABEL ? { from: v.start_ms - words, to: endOf(v) } : { from: v.start_ms, to: endOf(v) + words })));
  const lanes = TOP + (NAMES.length - 1) * LANE, height = lanes + Math.max(1, ...rows.map((r) => r + 1)) * LANE + 8;
  const y = (i: number) => TOP + i * LANE + (LANE - BAR) / 2;
  return (
    <svg class="lanes" width={scale.width} height={height} role="img" aria-label={t('axis')}>
      <defs><pattern id="gp" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V7" stroke="var(--gap)" stroke-width="1.6" stroke-opacity=".6" /></pattern></defs>
      <clipPath id="lane-clip"><rect x={LEFT} y="0" width={scale.width - LEFT - RIGHT} height={height} /></clipPath>
      {NAMES.map((n, i) => <g key={n}><text class="lb" x="12" y={y(i) + 9}>{t(`ln_${n}`)}</text><text class="lb2" x={LEFT - 10} y={y(i) + 9} text-anchor="end">{on(n)}</text><path d={`M${LEFT} ${TOP + (i + 1) * LANE}H${scale.width - RIGHT}`} stroke="var(--line)" /></g>)}
      <g clip-path="url(#lane-clip)">
        <Loads l={l} scale={scale} y={y(0)} />
        <Bars runs={runs(l, (f) => f.ignition)} when={(v) => v} fill="var(--acc-fill)" scale={scale} y={y(1)} />
        <Bars runs={runs(l, (f) => f.positioned)} when={(v) => v} fill="var(--acc-fill)" scale={scale} y={y(2)} />
        <Sources l={l} scale={scale} y={y(3)} />
        {list.map((v, i) => <Episode key={v.id} v={v} scale={scale} y={y(4 + (rows[i] ?? 0))} />)}
        {l.gaps.map((g) => <g key={g.from_ms}><rect x={scale.x(g.from_ms)} y={0} width={Math.max(1, scale.x(g.to_ms) - scale.x(g.from_ms))} height={lanes} fill="url(#gp)" stroke="var(--gap)" stroke-width=".8"><title>{t('gap_text', clock(g.from_ms), clock(g.to_ms))}</title></rect></g>)}
      </g>
    </svg>
  );
}
const on = (name: (typeof NAMES)[number]) => (name === 'load' ? t('on_full') : name === 'acc' ? t('on_on') : name === 'pos' ? t('on_valid') : '');

interface BarProps<V> { runs: Run<V>[]; when: (v: V) => boolean; fill: string; scale: Scale; y: number }
function Bars<V>({ runs: list, when, fill, scale, y }: BarProps<V>) {
  return <>{list.filter((r) => when(r.value) && r.to > r.from).map((r) => <rect key={r.from} x={scale.x(r.from)} y={y} width={Math.max(1, scale.x(r.to) - scale.x(r.from))} height={BAR} fill={fill} />)}</>;
}
function Loads({ l, scale, y }: { l: Timeline; scale: Scale; y: number }) {
  const list: Run<TrackPoint['load']>[] = runs(l, (f) => f.load);
  return (
    <>
      <Bars runs={list} when={(v) => v === 'full'} fill="var(--track-1)" scale={scale} y={y} />
      <Bars runs={list} when={(v) => v === 'half'} fill="color-mix(in srgb, var(--track-1) 50%, transparent)" scale={scale} y={y} />
      <Bars runs={list} when={(v) => v === 'unknown'} fill="url(#gp)" scale={scale} y={y} />
    </>
  );
}
function Sources({ l, scale, y }: { l: Timeline; scale: Scale; y: number }) {
  return <>{runs(l, (f) => f.origin).map((r) => <path key={r.from} d={`M${scale.x(r.from)} ${y + 5}H${scale.x(r.to)}`} stroke={r.value === 'backfill' ? 'var(--backfill)' : 'var(--track-1)'} stroke-width={r.value === 'batch' ? 1.5 : 3} stroke-dasharray={r.value === 'backfill' ? '3 3' : undefined}><title>{t(`o_${r.value}`)}</title></path>)}</>;
}
function Episode({ v, scale, y }: { v: ViolationRow; scale: Scale; y: number }) {
  const from = scale.x(v.start_ms), to = scale.x(endOf(v)), right = to + 6;
  const text = `${v.grade} ${t(`f_${v.family}`)} ${quantity(v.peak.value, v.peak.unit)}`;
  const leads = v.grade === 'C';
  return (
    <g class="epi" onPointerUp={(e) => { e.stopPropagation(); seek(v.start_ms); }}>
      <rect x={from} y={y - 2} width={Math.max(3, to - from)} height={BAR + 4} rx="2" fill={leads ? 'none' : `var(--${FAMILY_TOKEN[v.family]})`} stroke={`var(--${FAMILY_TOKEN[v.family]})`} stroke-dasharray={leads ? '3 2' : undefined} />
      <text class="ep" x={right > scale.width - LABEL ? from - 6 : right} y={y + 9} text-anchor={right > scale.width - LABEL ? 'end' : 'start'}>{text}</text>
    </g>
  );
}
