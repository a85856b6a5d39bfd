// What the map shows, and of whom.
import { layersOn, alarms, fleet, mapData, only, setOnly, toggleLayer } from './store.ts';
import { t, type Key } from '../shared/text.ts';

const ROWS: { name: string; text: Key; count: () => number | undefined }[] = [
  { name: 'trucks', text: 'l_trucks', count: () => fleet.size.value },
  { name: 'sites', text: 'l_sites', count: () => mapData.data?.sites.features.length },
  { name: 'places', text: 'l_places', count: () => mapData.data?.places.features.length },
  { name: 'zones', text: 'l_zones', count: () => mapData.data?.zones.features.length },
  { name: 'roads', text: 'l_roads', count: () => mapData.data?.roads.features.length },
  { name: 'labels', text: 'l_labels', count: () => mapData.data?.townships.features.length },
];

export function Layers() {
  const companies = alarms.companies.value;
  const company = alarms.filter.value.company;
  return (
    <aside class="layers" aria-label={t('layers')}>
      <h2>{t('layers')}</h2>
      {ROWS.map((r) => <label key={r.name}><input type="checkbox" checked={layersOn.value[r.name] ?? true} onChange={() => toggleLayer(r.name)} />{t(r.text)}<span class="n">{r.count() ?? ''}</span></label>)}
      <h2>{t('filter')}</h2>
      <select aria-label={t('all_companies')} value={company ?? ''} onChange={(e) => alarms.setFilter({ company: e.currentTarget.value || null })}>
        <option value="">{t('all_companies')}</option>{companies.map((c) => <option key={c} value={c}>{c}</option>)}
      </select>
      <label><input type="checkbox" checked={only.value.loaded} onChange={(e) => setOnly({ loaded: e.currentTarget.checked })} />{t('only_loaded')}</label>
      <label><input type="checkbox" checked={only.value.alarmed} onChange={(e) => setOnly({ alarmed: e.currentTarget.checked })} />{t('only_alarmed')}</label>
    </aside>
  );
}
