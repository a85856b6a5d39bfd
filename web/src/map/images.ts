// Pictures that the map needs, drawn here from tokens: hatching of zones, signs of sites, arrows on tracks. Nothing is fetched.
import type { Map as MapGL } from 'maplibre-gl';
import { token } from './tokens.ts';

const SCALE = 2;
function picture(w: number, h: number, draw: (c: CanvasRenderingContext2D) => void): ImageData {
  const canvas = document.createElement('canvas');
  canvas.width = w * SCALE;
  canvas.height = h * SCALE;
  const c = canvas.getContext('2d', { willReadFrequently: true })!;
  c.scale(SCALE, SCALE);
  draw(c);
  return c.getImageData(0, 0, canvas.width, canvas.height);
}

/** Diagonal lines that join at the edges of the tile; the two kinds of zone run in opposite directions. */
function hatch(colour: string, rising: boolean): ImageData {
  const n = 12;
  return picture(n, n, (c) => {
    c.strokeStyle = colour;
    c.globalAlpha = 0.2;
    c.lineWidth = 1.4;
    for (const shift of [-n, 0, n]) {
      c.beginPath();
      c.moveTo(shift, rising ? n : 0);
      c.lineTo(shift + n, rising ? 0 : n);
      c.stroke();
    }
  });
}
function sign(glyph: string, round: boolean, fill: string): ImageData {
  return picture(18, 18, (c) => {
    c.fillStyle = fill;
    c.beginPath();
    if (round) c.arc(9, 9, 8, 0, 7); else c.roundRect(1, 1, 16, 16, 2);
    c.fill();
    c.fillStyle = '#FFFFFF';
    c.font = `700 11px ${token('font')}`;
    c.textAlign = 'center';
    c.textBaseline = 'middle';
    c.fillText(glyph, 9, 9.6);
  });
}
function chevron(colour: string): ImageData {
  return picture(12, 12, (c) => {
    c.strokeStyle = token('map-halo');
    c.lineJoin = 'round';
    for (const [width, stroke] of [[4, token('map-halo')], [1.8, colour]] as const) {
      c.lineWidth = width;
      c.strokeStyle = stroke;
      c.beginPath();
      c.moveTo(4, 2.5); c.lineTo(8, 6); c.lineTo(4, 9.5);
      c.stroke();
    }
  });
}

export function addImages(map: MapGL): void {
  const add = (name: string, data: ImageData) => { if (!map.hasImage(name)) map.addImage(name, data, { pixelRatio: SCALE }); };
  add('hatch-yellow', hatch(token('yellow-label'), true));
  add('hatch-muck', hatch(token('off-hours'), false));
  add('site-construction', sign('工', false, token('map-site')));
  add('site-disposal', sign('消', true, token('map-site')));
  add('place-depot', sign('P', true, token('map-site')));
  add('place-fuel', sign('油', true, token('map-site')));
  add('place-repair', sign('修', true, token('map-site')));
  add('chevron', chevron(token('track')));
  add('chevron-1', chevron(token('track-1')));
}
