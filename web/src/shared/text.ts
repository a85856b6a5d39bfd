// Looks texts up in the chosen language. The tables stand beside this file: text.common.ts for every page, text.desk.ts for the office pages.
import { lang } from './prefs.ts';
import { COMMON } from './text.common.ts';
import type { DESK } from './text.desk.ts';

export type Key = keyof typeof COMMON | keyof typeof DESK;
const table: Record<string, [string, string]> = { ...COMMON };
export function addTexts(more: Record<string, [string, string]>): void { Object.assign(table, more); }

export function t(key: Key, ...args: (string | number)[]): string {
  const text = table[key]?.[lang.value === 'zh' ? 0 : 1] ?? '';
  return args.length === 0 ? text : text.replace(/\{(\d)\}/g, (_, i: string) => String(args[Number(i)] ?? ''));
}
/** A key made from data; falls back to the data itself, so an unknown value is shown and not hidden. */
export function tOr(key: string, otherwise: string): string {
  return key in table ? t(key as Key) : otherwise;
}
/** Picks the language of a pair that the server sent; numbers are kept with their units, dates with their times. */
export const pick = (zh: string | null | undefined, en: string | null | undefined): string => glue((lang.value === 'zh' ? zh : en) || zh || en || '');
const glue = (text: string) => text.replace(/(\d\d)-(\d\d) (?=\d\d:\d\d)/g, '$1\u2060-\u2060$2\u00a0').replace(/(\d) (?=(km\/h|km|m|s|h|min|%|秒|分|小时|天|点|辆|起)(?![a-z]))/g, '$1\u00a0');
