// How the server side itself is: asked every few seconds, shown as bars and as a list. Never a finding.
import { signal } from '@preact/signals';
import { api } from '../api/client.ts';
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
    health.value = await api.health();
  } catch {
    health.value = null;
  } finally {
    asking = false;
  }
}
export function watchHealth(): void {
  void ask();
  setInterval(() => void ask(), EVERY_MS);
}
