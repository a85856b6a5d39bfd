// Draws the selected finding and flies to it.
import type { ViolationDetail } from '../api/types.ts';
import { findingOf, type Finding } from '../map/finding.ts';
import { EMPTY } from '../map/overlay.ts';
import { tag } from '../map/tags.ts';
import type { MapView, Tag } from '../map/view.ts';
import { place } from '../shared/geometry.ts';
import { t } from '../shared/text.ts';
import { clock, utcTitle } from '../shared/time.ts';
import { quantity } from '../shared/say.ts';

export function showFinding(view: MapView, v: ViolationDetail | null, fly: boolean): void {
  if (!v) { view.draw(EMPTY); view.setTags([]); return; }
  const f = findingOf(v);
  view.draw(f.overlay);
  view.setTags(tagsOf(v, f));
  if (fly && f.box) view.flyTo(f.box, { top: 90, bottom: 70, left: 70, right: 70 }, 16);
}
function tagsOf(v: ViolationDetail, f: Finding): Tag[] {
  const tags: Tag[] = [];
  const route = v.rule === 'off_route';
  const family = `f-${v.family}`;
  if (f.entry) tags.push({ at: place(f.entry), element: tag(t(route ? 'leaves' : v.rule === 'yellow_zone' ? 'enters' : 'begins', clock(v.start_ms)), family, utcTitle(v.start_ms)), anchor: 'right', offset: [-14, 0] });
  if (f.exit && v.end_ms !== null) tags.push({ at: place(f.exit), element: tag(t(route && v.end_reason !== 'gap' ? 'returns' : 'ends', clock(v.end_ms)), family, utcTitle(v.end_ms)), anchor: 'left', offset: [14, 0] });
  if (f.peak && v.peak) tags.push({ at: f.peak.at, element: tag(quantity(v.peak.value, v.peak.unit), `${family} peak`) });
  return tags;
}
