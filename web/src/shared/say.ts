// Words around numbers: durations and ages in the chosen language.
import { distance, duration } from './units.ts';
import { t } from './text.ts';

export const span = (seconds: number) => duration(seconds, { d: t('u_d'), h: t('u_h'), m: t('u_m'), s: t('u_s') });

/** `2 分前`; one part only, because an age is read at a glance. */
export function ago(ms: number, now: number): string {
  const s = Math.round((now - ms) / 1000);
  if (s < 0) return t('ahead', coarse(-s));
  return s < 5 ? t('just_now') : t('ago', coarse(s));
}
export function coarse(s: number): string {
  if (s < 60) return span(s);
  if (s < 3600) return span(Math.floor(s / 60) * 60);
  if (s < 86400) return span(Math.floor(s / 3600) * 3600);
  return span(Math.floor(s / 86400) * 86400);
}

/** A measured value with its unit, as it is read. */
export function quantity(value: number, unit: string): string {
  if (unit === 'm') return distance(value);
  if (unit === 's') return span(value);
  if (unit === 'ms') return span(value / 1000);
  const text = Number.isInteger(value) ? String(value) : value.toFixed(1);
  return unit ? `${text}\u00a0${unit}` : text;
}
