// 指挥中心: what is wrong now, where, whose, who goes.
import '../styles/base.ts';
import '../shared/text.desk.ts';
import '../styles/centre.css';
import { signal } from '@preact/signals';
import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import { district, districtName } from '../shared/district.ts';
import { Help, helpOpen, type KeyLine } from '../shared/help.tsx';
import { listen } from '../shared/keys.ts';
import { Notice, LiveDot } from '../shared/notice.tsx';
import { ReasonDialog } from '../shared/reason.tsx';
import { System } from '../shared/system.tsx';
import { t } from '../shared/text.ts';
import { SyntheticBanner, Top } from '../shared/top.tsx';
import { Troubles } from '../shared/troubles.tsx';
import { TruckCard } from './card.tsx';
import { Clock } from './clock.tsx';
import { Counters } from './counters.tsx';
import { Drawer, replayOf } from './drawer.tsx';
import { Layers } from './layers.tsx';
import { AlarmList } from './list.tsx';
import { MapPanel } from './mappanel.tsx';
import { allowSound } from './ring.ts';
import { Search, searchBox } from './search.tsx';
import { alarms, closeTruck, live, selectAlarm, start, truck, wall } from './store.ts';
import { Wall } from './wall.tsx';

const layersOpen = signal(false);
const KEYS: KeyLine[] = [[['/'], 'key_search'], [['j'], 'key_next'], [['k'], 'key_prev'], [['Enter'], 'key_open'], [['Esc'], 'key_back'], [['?'], 'key_help']];

function Centre() {
  useEffect(() => listen({
    '/': () => searchBox.focus(),
    j: () => alarms.step(1), k: () => alarms.step(-1),
    Enter: () => { const id = alarms.selected.value; if (id) location.assign(replayOf({ id })); },
    Escape: back, '?': () => { helpOpen.value = true; },
  }), []);
  useEffect(() => { document.title = `${t('nav_centre')} · ${t('brand_of', districtName())}`; });
  const side = truck.value ? <TruckCard /> : alarms.selected.value ? <Drawer /> : null;
  return (
    <div class={`centre ${side ? 'with-drawer' : ''} ${layersOpen.value ? 'with-layers' : ''}`} onPointerDown={allowSound}>
      <header class="pagehead">
        <h1 class="sr">{t('nav_centre')}</h1>
        <Top page="centre" district={districtName()}><Search /><Clock /><LiveDot /></Top>
        <Counters />
        <div class="bars"><SyntheticBanner show={district.data?.synthetic ?? false} /><Notice live={() => live} /><Troubles /></div>
      </header>
      <main><Layers /><MapPanel onLayers={() => { layersOpen.value = !layersOpen.value; }} />{side}<AlarmList /></main>
      <ReasonDialog />
      <System />
      <Help lines={KEYS} />
    </div>
  );
}
function back(): void {
  if (layersOpen.value) layersOpen.value = false;
  else if (truck.value) closeTruck();
  else selectAlarm(null);
}

start();
addEventListener('popstate', () => location.reload());
render(wall ? <Wall /> : <Centre />, document.getElementById('app')!);
