// Times as people here read them: always Asia/Shanghai, which has had no daylight saving since 1991, so a fixed offset is right.
const EAST_8_MS = 8 * 3600_000;
const two = (n: number) => String(n).padStart(2, '0');
const local = (ms: number) => new Date(ms + EAST_8_MS);

/** `14:03:22` */
export function clock(ms: number): string {
  const d = local(ms);
  return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`;
}
/** `14:03` */
export const clockShort = (ms: number) => clock(ms).slice(0, 5);
/** `11-24` */
export function day(ms: number): string {
  const d = local(ms);
  return `${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`;
}
/** `2026-11-24` */
export const date = (ms: number) => `${local(ms).getUTCFullYear()}-${day(ms)}`;
/** `11-24 14:03:22` */
export const stamp = (ms: number) => `${day(ms)} ${clock(ms)}`;
/** `2026-11-24T14:03:22+08:00`, what the server is asked with. */
export const rfc = (ms: number) => `${date(ms)}T${clock(ms)}+08:00`;
/** `2026-11-24 14:03:22`, as it is typed: the browser's own date field would show the order and zone of the machine. */
export const field = (ms: number) => `${date(ms)} ${clock(ms)}`;
export const utcTitle = (ms: number) => `${new Date(ms).toISOString().replace('T', ' ').slice(0, 19)} UTC`;
export const weekday = (ms: number) => local(ms).getUTCDay();
export const startOfDay = (ms: number) => Math.floor((ms + EAST_8_MS) / 86_400_000) * 86_400_000 - EAST_8_MS;

/** Reads RFC 3339, a time as typed (taken as +08:00; seconds may be left out) or milliseconds. */
export function parse(text: string | null | undefined): number | null {
  if (!text) return null;
  if (/^\d{11,}$/.test(text)) return Number(text);
  const plain = text.trim().replace(/[\sT]+/, 'T');
  const zoned = /T.*(Z|[+-]\d\d:?\d\d)$/.test(plain) ? plain : `${plain.length === 16 ? `${plain}:00` : plain}+08:00`;
  const ms = Date.parse(zoned);
  return Number.isNaN(ms) ? null : ms;
}
