// Playing is moving the cursor by wall time × speed; skipping idle jumps over stays and gaps.
import { signal } from '@preact/signals';
import { ask, cursor, keepPlace, line, seek } from './store.ts';
import { gapAt } from './timeline.ts';

export const SPEEDS = [1, 2, 4, 8, 16, 30, 60, 120] as const;
export const playing = signal(false);
export const speed = signal(8);
export const skipIdle = signal(false);
let last = 0;

export function toggle(): void {
  if (!ask.value) return;
  playing.value = !playing.value;
  if (!playing.value) { keepPlace(); return; }
  if (cursor.value >= ask.value.to) cursor.value = ask.value.from;
  last = performance.now();
  requestAnimationFrame(frame);
}
export function faster(by: 1 | -1): void {
  const i = SPEEDS.findIndex((s) => s === speed.value);
  speed.value = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, i + by))] ?? 8;
}
function frame(now: number): void {
  if (!playing.value || !ask.value) return;
  const by = Math.min(250, now - last) * speed.value;
  last = now;
  let next = cursor.value + by;
  const l = line.value;
  if (skipIdle.value && l) next = l.stays.find((s) => next > s.from && next < s.to)?.to ?? gapAt(l, next)?.to_ms ?? next;
  seek(next);
  if (cursor.value >= ask.value.to) { playing.value = false; keepPlace(); return; }
  requestAnimationFrame(frame);
}
