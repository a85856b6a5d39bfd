// What is typed, what was asked, what came back. The address holds the plate, so a result can be sent to a colleague, who is asked for a reason of his own.
import { computed, signal } from '@preact/signals';
import { api } from '../api/client.ts';
import type { Reason, VehicleCard, Vehicles } from '../api/types.ts';
import { param, setParams } from '../shared/address.ts';
import { isAskable, normalise } from '../shared/plates.ts';
import { reason } from '../shared/prefs.ts';
import { Resource } from '../shared/resource.ts';

export const MOST = 8;
export const typed = signal(cut(param('plate') ?? '豫A'));
export const asked = signal<{ plate: string; reason: Reason } | null>(null);
export const found = new Resource<Vehicles>('by_hand');
export const chosen = signal<VehicleCard | null>(null);
export const complaint = signal<'short' | 'reason' | null>(null);
export const padOpen = signal(true);

/** The card to show: the one picked, or the only one found. */
export const shown = computed<VehicleCard | null>(() => {
  const items = found.state.value.is === 'ready' ? found.state.value.data.items : [];
  return chosen.value ?? (items.length === 1 ? items[0] ?? null : null);
});

export function cut(text: string): string {
  return [...normalise(text)].filter((c) => /[\p{Script=Han}A-Z0-9?]/u.test(c)).slice(0, MOST).join('');
}
export function type(character: string): void {
  complaint.value = null;
  typed.value = cut(typed.value + character);
}
export function erase(): void { typed.value = [...typed.value].slice(0, -1).join(''); }
export function setProvince(p: string): void {
  const rest = [...typed.value].filter((c, i) => !(i === 0 && /\p{Script=Han}/u.test(c))).join('');
  typed.value = cut(p + rest);
}

export function ask(): void {
  const plate = typed.value;
  if (!isAskable(plate)) { complaint.value = 'short'; return; }
  if (!reason.value) { complaint.value = 'reason'; return; }
  complaint.value = null;
  chosen.value = null;
  asked.value = { plate, reason: reason.value };
  setParams({ plate });
  const why = reason.value;
  found.load((s) => api.search(plate, why, s));
}
export function again(): void {
  found.clear();
  asked.value = null;
  chosen.value = null;
  typed.value = '豫A';
  padOpen.value = true;
  setParams({ plate: null });
}
