// 办案回放: what did this truck do, and will it stand up.
import '../styles/base.ts';
import '../shared/text.desk.ts';
import '../styles/replay.css';
import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import { askDistrict, clock, district, districtName, serverTime } from '../shared/district.ts';
import { watchHealth } from '../shared/health.ts';
import { Help, helpOpen, type KeyLine } from '../shared/help.tsx';
import { listen } from '../shared/keys.ts';
import { ReasonDialog } from '../shared/reason.tsx';
import { Empty, Failed, Loading } from '../shared/states.tsx';
import { t } from '../shared/text.ts';
import { stamp } from '../shared/time.ts';
import { SyntheticBanner, Top } from '../shared/top.tsx';
import { Troubles } from '../shared/troubles.tsx';
import { Axis } from './axis.tsx';
import { Bar } from './bar.tsx';
import { watchFrames } from './frames.ts';
import { MapArea } from './maparea.tsx';
import { Opener } from './opener.tsx';
import { faster, toggle } from './player.ts';
import { Side } from './side.tsx';
import { ask, fetched, keepPlace, line, open, refused, start, stepEvent, stepFix, track, violation } from './store.ts';

const KEYS: KeyLine[] = [[['Space'], 'key_play'], [['←', '→'], 'key_step'], [['j', 'k'], 'key_event'], [['+', '−'], 'key_speed'], [['Esc'], 'key_back'], [['?'], 'key_help']];

function Replay() {
  useEffect(() => listen({
    ' ': toggle, ArrowRight: () => { stepFix(1); keepPlace(); }, ArrowLeft: () => { stepFix(-1); keepPlace(); },
    j: () => stepEvent(1), k: () => stepEvent(-1), '+': () => faster(1), '=': () => faster(1), '-': () => faster(-1),
    Escape: () => history.back(), '?': () => { helpOpen.value = true; },
  }), []);
  useEffect(() => { document.title = `${t('nav_replay')} · ${t('brand_of', districtName())}`; });
  const asOf = serverTime();
  return (
    <div class="replay">
      <header class="pagehead"><h1 class="sr">{t('nav_replay')}</h1>
      <Top page="replay" district={districtName()}><span class="asof">{clock.value && asOf !== null ? t('history_as_of', stamp(asOf)) : ''}{clock.value?.clock.kind === 'scaled' ? <b class="sim">{t('clock_scaled', clock.value.clock.factor)}</b> : null}</span></Top>
      <div class="bars"><SyntheticBanner show={district.data?.synthetic ?? false} /><Troubles /></div>
      <Bar /></header>
      <Body />
      <ReasonDialog />
      <Help lines={KEYS} />
    </div>
  );
}
function Body() {
  const a = ask.value, v = violation.state.value, tr = track.state.value;
  if (v.is === 'failed') return <main class="alone"><Failed what={t('w_detail')} problem={v.problem} retry={() => violation.retry()} /></main>;
  if (!a) return <main class="alone">{v.is === 'loading' ? <Loading what={t('loading_detail')} /> : clock.value || v.is === 'idle' ? <Opener key={clock.value ? 'timed' : 'blank'} /> : null}</main>;
  if (refused.value) return <main class="alone"><Empty title={t('e_reason_required')}><button type="button" class="btn" onClick={() => void open(a, a.from)}>{t('retry')}</button></Empty></main>;
  if (tr.is === 'failed') return <main class="alone"><Failed what={t('w_track')} problem={tr.problem} retry={() => track.retry()} /></main>;
  if (tr.is !== 'ready') return <main class="alone"><Loading what={t('track_loading', fetched.value)} rows={8} /></main>;
  if (line.value && line.value.all.length === 0) return <main class="alone"><Empty title={t('track_empty')}><p>{t('track_empty_2', stamp(a.from), stamp(a.to))}</p><a class="btn" href="/replay">{t('rp_pick')}</a></Empty></main>;
  return <main><MapArea /><Axis /><Side /></main>;
}

askDistrict();
watchHealth();
watchFrames();
void start();
render(<Replay />, document.getElementById('app')!);
