// Numbers never part from their unit: a no-break space stands between.
const NB = '\u00a0';

/** Below 1 km in metres, above in km with one decimal. */
export function distance(m: number): string {
  return Math.abs(m) < 1000 ? `${Math.round(m)}${NB}m` : `${(m / 1000).toFixed(1)}${NB}km`;
}
export const speed = (kmh: number) => `${Math.round(kmh)}${NB}km/h`;

export interface Span { d: string; h: string; m: string; s: string }
/** `7 分 57 秒`; two parts at most. */
export function duration(seconds: number, w: Span): string {
  const s = Math.max(0, Math.round(seconds));
  const parts: [number, string][] = [[Math.floor(s / 86400), w.d], [Math.floor(s / 3600) % 24, w.h], [Math.floor(s / 60) % 60, w.m], [s % 60, w.s]];
  const first = parts.findIndex(([n]) => n > 0);
  if (first < 0) return `0${NB}${w.s}`;
  return parts.slice(first, first + 2).filter(([n]) => n > 0).map(([n, unit]) => `${n}${NB}${unit}`).join(NB);
}
