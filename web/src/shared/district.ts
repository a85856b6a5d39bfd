// The district and the clock, asked once by every page.
import { signal } from '@preact/signals';
import { api } from '../api/client.ts';
import { Again } from './again.ts';
import { asProblem, Resource } from './resource.ts';
import type { Clock, District } from '../api/types.ts';
import { pick } from './text.ts';

export const district = new Resource<District>();
export const clock = signal<{ clock: Clock; wall: number } | null>(null);

export function askDistrict(): void {
  district.load((s) => api.district(s));
  askClock();
}
const clockAgain = new Again(askClock);
function askClock(): void {
  api.clock().then((c) => { clockAgain.over(); clock.value = { clock: c, wall: performance.now() }; }, (cause) => { clock.value = null; clockAgain.failed(asProblem(cause)); });
}
/** The server's clock now, carried on from its last answer at its own pace; null until it answered. */
export function serverTime(): number | null {
  const c = clock.value;
  if (!c) return null;
  return c.clock.kind === 'given' ? c.clock.now_ms : c.clock.now_ms + (performance.now() - c.wall) * c.clock.factor;
}
export const districtName = () => pick(district.data?.name_zh, district.data?.name_en);
