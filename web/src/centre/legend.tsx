// Which sign means what. Only what is drawn now is listed.
import { Truck } from '../shared/icons.tsx';
import { t } from '../shared/text.ts';
import { distance } from '../shared/units.ts';
import { halfWidth } from '../map/finding.ts';
import { FAMILY_TOKEN } from '../shared/family.ts';
import { detail } from './store.ts';

export function Legend() {
  const v = detail.data;
  const width = v ? halfWidth(v) : null;
  return (
    <div class="foot">
      {(['moving', 'stopped', 'stale', 'lost', 'unknown'] as const).map((k) => <span key={k}><Truck kind={k} />{t(`k_${k}`)}</span>)}
      {v?.route && width ? <span><svg viewBox="0 0 18 14" aria-hidden="true"><rect y="2" width="18" height="10" fill="var(--corridor-approved)" fill-opacity=".25" /><path d="M0 2H18M0 12H18" stroke="var(--corridor-approved)" /></svg>{t('k_corridor', distance(width))}</span> : null}
      {v ? <><span><svg viewBox="0 0 18 14" aria-hidden="true"><path d="M0 7H18" stroke="var(--track)" stroke-width="3" /></svg>{t('k_track')}</span>
        <span><svg viewBox="0 0 18 14" aria-hidden="true"><path d="M0 7H18" stroke={`var(--${FAMILY_TOKEN[v.family]})`} stroke-width="6.5" /></svg>{t('k_offence')}</span></> : null}
    </div>
  );
}
