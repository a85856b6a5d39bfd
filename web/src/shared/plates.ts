// Plate numbers: how they are typed and how they are shown.
import type { PlateColour } from '../api/types.ts';

export const PROVINCES = ['豫', '冀', '晋', '鲁', '皖', '鄂', '陕'];
export const MORE_PROVINCES = ['京', '津', '沪', '渝', '辽', '吉', '黑', '苏', '浙', '闽', '赣', '湘', '粤', '桂', '琼', '川', '贵', '云', '藏', '甘', '青', '宁', '新', '蒙'];
/** Letters of a plate: no I and no O. */
export const ROWS = ['1234567890', 'QWERTYUP', 'ASDFGHJKL', 'ZXCVBNM'];

/** Upper case, without dots, dashes and spaces; full-width characters become plain ones. Keeps `?`. */
export const normalise = (text: string) => text.normalize('NFKC').toUpperCase().replace(/[·•・\-\s]/g, '');

/** `豫AD1234` → `豫A·D1234`; an eight-character plate has no dot. */
export function display(number: string): string {
  const n = normalise(number);
  return n.length === 7 ? `${n.slice(0, 2)}·${n.slice(2)}` : n;
}
export const isComplete = (number: string) => (number.length === 7 || number.length === 8) && !number.includes('?');
export const isAskable = (number: string) => number.replaceAll('?', '').length >= 3;

export const COLOUR_CLASS: Record<PlateColour, string> = { blue: 'blue', yellow: 'yellow', black: 'black', white: 'white', green: 'green', yellow_green: 'yg', other: 'other' };
