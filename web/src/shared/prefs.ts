// What a person chose: language, theme, reason, sound. The address wins, then what was kept, then the page's own default.
import { signal } from '@preact/signals';
import type { Reason } from '../api/types.ts';

export type Lang = 'zh' | 'en';
export type Theme = 'dark' | 'light';
const REASONS: readonly Reason[] = ['road_check', 'report', 'accident', 'case', 'duty'];

function kept(key: string): string | null {
  try { return localStorage.getItem(`muckwatch.${key}`); } catch { return null; }
}
function keep(key: string, value: string): void {
  try { localStorage.setItem(`muckwatch.${key}`, value); } catch { /* a private window keeps nothing; the choice holds for this page */ }
}
const address = new URLSearchParams(location.search);
const choose = <T extends string>(key: string, allowed: readonly T[], otherwise: T): T => {
  const given = address.get(key) ?? kept(key);
  return allowed.find((a) => a === given) ?? otherwise;
};

export const lang = signal<Lang>(choose('lang', ['zh', 'en'] as const, 'zh'));
export const theme = signal<Theme>(choose('theme', ['dark', 'light'] as const, document.documentElement.dataset['theme'] === 'dark' ? 'dark' : 'light'));
export const reason = signal<Reason | null>(REASONS.find((r) => r === (address.get('reason') ?? kept('reason'))) ?? null);
export const muted = signal(kept('muted') === '1');

export function setLang(to: Lang): void {
  lang.value = to;
  keep('lang', to);
  applyPage();
}
export function setTheme(to: Theme): void {
  theme.value = to;
  keep('theme', to);
  applyPage();
}
export function setReason(to: Reason): void {
  reason.value = to;
  keep('reason', to);
}
export function setMuted(to: boolean): void {
  muted.value = to;
  keep('muted', to ? '1' : '0');
}
export const reasons = REASONS;

/** Writes language and theme on the root element, before the first paint. */
export function applyPage(): void {
  document.documentElement.lang = lang.value === 'zh' ? 'zh-CN' : 'en';
  document.documentElement.dataset['theme'] = theme.value;
}
applyPage();
