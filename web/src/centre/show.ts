// Draws the selected finding and flies to it.
import type { ViolationDetail } from '../api/types.ts';
import { findingOf, type Finding } from '../map/finding.ts';
import type { PaddingOptions } from 'maplibre-gl';
import { EMPTY } from '../map/overlay.ts';
import { tag } from '../map/tags.ts';
import type { MapView, Tag } from '../map/view.ts';
import { place, type Box } from '../shared/geometry.ts';
import { t } from '../shared/text.ts';
import { clock, utcTitle } from '../shared/time.ts';
import { quantity } from '../shared/say.ts';

const MARGIN: PaddingOptions = { top: 70, bottom: 90, left: 60, right: 60 };
/** The wall's sentence and queue lie over the map. */
export const WALL_MARGIN: PaddingOptions = { top: 60, bottom: 320, left: 80, right: 560 };

export function showFinding(view: MapView, v: ViolationDetail | null, fly: boolean, margin: PaddingOptions = MARGIN): void {
  if (!v) { view.draw(EMPTY); view.setTags([]); return; }
  const f = findingOf(v);
  view.draw(f.overlay);
  view.setTags(tagsOf(v, f));
  if (fly && f.box) view.flyTo(grown(f.box), margin, 15.5);
}
/** A little of the way before and after belongs to the picture. */
function grown([w, s, e, n]: Box): Box {
  const x = (e - w) * 0.25, y = (n - s) * 0.25;
  return [w - x, s - y, e + x, n + y];
}
function tagsOf(v: ViolationDetail, f: Finding): Tag[] {
  const tags: Tag[] = [];
  const route = v.rule === 'off_route';
  const family = `f-${v.family}`;
  const [west, , east] = f.box ?? [0, 0, 0, 0];
  const side = (lon: number) => (lon <= (west + east) / 2 ? { anchor: 'right' as const, offset: [-14, 0] as [number, number] } : { anchor: 'left' as const, offset: [14, 0] as [number, number] });
  if (f.entry) tags.push({ at: place(f.entry), ...side(f.entry.lon), element: tag(t(route ? 'leaves' : v.rule === 'yellow_zone' ? 'enters' : 'begins', clock(v.start_ms)), family, utcTitle(v.start_ms)) });
  if (f.exit && v.end_ms !== null) tags.push({ at: place(f.exit), ...side(f.exit.lon), element: tag(t(route && v.end_reason !== 'gap' ? 'returns' : 'ends', clock(v.end_ms)), family, utcTitle(v.end_ms)) });
  if (f.peak && v.peak) tags.push({ at: f.peak.at, element: tag(quantity(v.peak.value, v.peak.unit), `${family} peak`) });
  return tags;
}
