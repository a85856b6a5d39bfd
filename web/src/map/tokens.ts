// The map takes its colours from the same tokens as the page.
import { FAMILY_TOKEN } from '../shared/family.ts';
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim() || '#888888';
}
/** `#RRGGBB` as three numbers from 0 to 1. */
export function rgb(name: string): [number, number, number] {
  const n = Number.parseInt(token(name).slice(1), 16);
  return [((n >> 16) & 255) / 255, ((n >> 8) & 255) / 255, (n & 255) / 255];
}

/** A map expression: the colour of the family named in the feature. */
export function familyColour(): unknown {
  return ['match', ['get', 'family'], ...Object.entries(FAMILY_TOKEN).flatMap(([family, name]) => [family, token(name)]), token('track')];
}
