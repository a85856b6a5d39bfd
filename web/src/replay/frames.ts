// The raw frame under the cursor, fetched when the cursor rests. The last few hundred are kept.
import { effect, signal } from '@preact/signals';
import { api } from '../api/client.ts';
import type { Frame } from '../api/types.ts';
import { Resource } from '../shared/resource.ts';
import { playing } from './player.ts';
import { fix } from './store.ts';

export const frame = new Resource<Frame>();
/** The field pointed at, by its place in the list. */
export const field = signal<number | null>(null);
const KEPT = 300, REST_MS = 120;
const cache = new Map<number, Frame>();

export function watchFrames(): void {
  let timer = 0, asked = -1;
  effect(() => {
    const seq = fix.value?.seq ?? null, moving = playing.value;
    clearTimeout(timer);
    if (seq === null || moving || seq === asked) return;
    timer = window.setTimeout(() => { asked = seq; field.value = null; frame.load((s) => once(seq, s), 'keep'); }, REST_MS);
  });
}
async function once(seq: number, stop: AbortSignal): Promise<Frame> {
  const known = cache.get(seq);
  if (known) return known;
  const got = await api.frame(seq, stop);
  if (cache.size >= KEPT) cache.delete(cache.keys().next().value!);
  cache.set(seq, got);
  return got;
}
