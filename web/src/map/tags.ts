// Small boxes of words on the map. Text goes in as text, never as markup.
import type { Plate } from '../api/types.ts';
import { COLOUR_CLASS, display } from '../shared/plates.ts';

export function tag(text: string, kind: string, title = ''): HTMLElement {
  const box = document.createElement('div');
  box.className = `tag ${kind}`;
  box.textContent = text;
  if (title) box.title = title;
  return box;
}
export function plateTag(plate: Plate | { number: string; colour: Plate['colour'] } | null, terminal: string): HTMLElement {
  const chip = document.createElement('span');
  if (!plate) { chip.className = 'plate term'; chip.textContent = terminal; return chip; }
  const text = display(plate.number);
  if (plate.colour === 'yellow_green') {
    const [a, b] = [document.createElement('i'), document.createElement('u')];
    a.textContent = text.slice(0, 2);
    b.textContent = text.slice(2);
    chip.className = 'plate yg';
    chip.append(a, b);
    return chip;
  }
  chip.className = `plate ${COLOUR_CLASS[plate.colour] ?? ''}`;
  chip.textContent = text;
  return chip;
}
