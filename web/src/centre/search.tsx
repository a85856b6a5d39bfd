// `/` and a plate: what matches, then the truck's card. Each search is logged with a reason, so it runs on Enter and not on every key.
import { signal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { api } from '../api/client.ts';
import type { VehicleCard, Vehicles } from '../api/types.ts';
import { Plate } from '../shared/plate.tsx';
import { isAskable, normalise } from '../shared/plates.ts';
import { needReason } from '../shared/reason.tsx';
import { explain, Resource } from '../shared/resource.ts';
import { t } from '../shared/text.ts';
import { openTruck, fleet } from './store.ts';
import { view } from './mapbox.tsx';

const found = new Resource<Vehicles>('by_hand');
const short = signal(false);
export const searchBox: { focus: () => void } = { focus: () => undefined };

export function Search() {
  const input = useRef<HTMLInputElement>(null);
  searchBox.focus = () => input.current?.focus();
  const go = async (event: Event) => {
    event.preventDefault();
    const text = normalise(input.current?.value ?? '');
    short.value = !isAskable(text);
    if (short.value) { found.clear(); return; }
    const why = await needReason();
    if (why) found.load((s) => api.search(text, why, s));
  };
  const close = () => { found.clear(); short.value = false; if (input.current) input.current.value = ''; input.current?.blur(); };
  return (
    <search class="search">
      <form onSubmit={(e) => void go(e)}>
        <kbd>/</kbd>
        <input ref={input} type="search" aria-label={t('search_label')} placeholder={t('search_hint')} autocomplete="off" spellcheck={false} onKeyDown={(e) => { if (e.key === 'Escape') close(); }} />
      </form>
      <Results onChoose={(c) => { choose(c); close(); }} />
    </search>
  );
}
function Results({ onChoose }: { onChoose: (c: VehicleCard) => void }) {
  const state = found.state.value;
  if (short.value) return <div class="found" role="status">{t('search_short')}</div>;
  if (state.is === 'idle') return null;
  if (state.is === 'loading') return <div class="found" role="status">{t('searching')}</div>;
  if (state.is === 'failed') return <div class="found" role="alert">{explain(state.problem)}</div>;
  if (state.data.items.length === 0) return <div class="found" role="status">{t('search_none')}</div>;
  return (
    <div class="found">
      <p class="t3">{t('search_many', state.data.items.length)}</p>
      <ul>{state.data.items.map((c) => <li key={c.id}><button type="button" onClick={() => onChoose(c)}><Plate plate={c.plate} /><span>{c.company?.name ?? t('no_company')}</span></button></li>)}</ul>
    </div>
  );
}
function choose(c: VehicleCard): void {
  const terminal = c.terminals.find((x) => x.role === 'main')?.terminal ?? c.terminals[0]?.terminal ?? `vehicle:${c.id}`;
  void openTruck(terminal, c.id, c);
  const at = fleet.of(terminal);
  const place = at?.seen ? { lon: at.lon, lat: at.lat } : c.last_fix;
  if (place) view.value?.flyTo([place.lon - 0.008, place.lat - 0.006, place.lon + 0.008, place.lat + 0.006], 80, 15);
}
