// A plate is a chip in the plate's own colour, never bare text.
import type { Plate as PlateData, PlateColour } from '../api/types.ts';
import { COLOUR_CLASS, display } from './plates.ts';

export function Plate({ plate, size = '' }: { plate: Pick<PlateData, 'number' | 'colour'>; size?: '' | 'lg' | 'xl' | 'wall' }) {
  const text = display(plate.number);
  if (plate.colour === 'yellow_green') {
    return <span class={`plate yg ${size}`}><i>{text.slice(0, 2)}</i><u>{text.slice(2)}</u></span>;
  }
  return <span class={`plate ${COLOUR_CLASS[plate.colour as PlateColour] ?? ''} ${size}`}>{text}</span>;
}

/** What stands where a plate would: a terminal that the ledger does not know. */
export function TerminalChip({ terminal, size = '' }: { terminal: string; size?: '' | 'lg' | 'xl' | 'wall' }) {
  return <span class={`plate term ${size}`}>{terminal}</span>;
}
