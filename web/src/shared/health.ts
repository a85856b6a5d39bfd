// How the server side itself is: asked every few seconds, shown as bars and as a list. Never a finding.
import { signal } from '@preact/signals';
import { api } from '../api/client.ts';
import { askAllAgain, watchVisible } from './again.ts';
import type { Health } from '../api/types.ts';

const EVERY_MS = 4000;
/** The newest answer; of a server that cannot be asked the live socket tells. */
export const health = signal<Health | null>(null);
export const systemOpen = signal(false);

let asking = false;
async function ask(): Promise<void> {
  if (asking || document.hidden) return;
  asking = true;
  try {
    const old = health.value;
    health.value = await api.health();
    if (isBetter(old, health.value)) askAllAgain();
  } catch {
    health.value = null;
  } finally {
    asking = false;
  }
}
/** Whether the server answers again, or something that was wrong is no more. */
function isBetter(old: Health | null, now: Health): boolean {
  const still = new Set(now.troubles.map((trouble) => trouble.code));
  return old === null || old.troubles.some((trouble) => !still.has(trouble.code));
}
export function watchHealth(): void {
  watchVisible();
  void ask();
  setInterval(() => void ask(), EVERY_MS);
}
