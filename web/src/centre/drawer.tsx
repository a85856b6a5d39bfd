// Why: the sentence, the measured values beside their limits, the approval of then, the law, the fixes. In that order; the actions never scroll away.
import type { ViolationDetail } from '../api/types.ts';
import { ApprovalCard } from '../shared/approval.tsx';
import { Grade, RuleWord } from '../shared/grade.tsx';
import { BackArrow, Cross } from '../shared/icons.tsx';
import { told } from '../shared/sentence.ts';
import { Failed, Loading } from '../shared/states.tsx';
import { pick, t, tOr } from '../shared/text.ts';
import { clock, stamp, utcTitle } from '../shared/time.ts';
import { speed } from '../shared/units.ts';
import { alarms, detail, selectAlarm } from './store.ts';
import { Age, stateWord, Subject } from './row.tsx';
import { WhyBars } from './why.tsx';

export function Drawer() {
  const state = detail.state.value;
  return (
    <aside class="drawer" aria-label={t('detail')}>
      <Head />
      {state.is === 'failed' ? <Failed what={t('w_detail')} problem={state.problem} retry={() => detail.retry()} /> : null}
      {state.is === 'loading' ? <Loading what={t('loading_detail')} rows={8} /> : null}
      {state.is === 'ready' ? <><Body v={state.data} /><Actions v={state.data} /></> : null}
    </aside>
  );
}
function Head() {
  const list = alarms.shown.value;
  const at = list.findIndex((v) => v.id === alarms.selected.value);
  const v = list[at];
  return (
    <div class="dh">
      <button type="button" class="btn ghost back" onClick={() => selectAlarm(null)}><BackArrow /><span>{list.length}</span><span class="sr">{t('back')}</span></button>
      {v ? <><Grade grade={v.grade} family={v.family} /><RuleWord family={v.family} grade={v.grade} /><span class="t2">{stateWord(v)}</span></> : null}
      <span class="pos">{at >= 0 ? t('nth', at + 1, list.length) : ''} <kbd>k</kbd><kbd>j</kbd></span>
      <button type="button" class="btn ghost x" aria-label={t('close')} onClick={() => selectAlarm(null)}><Cross /></button>
    </div>
  );
}

function Body({ v }: { v: ViolationDetail }) {
  return (
    <div class="db" tabIndex={0} role="region" aria-label={t('detail')}>
      <p class="say"><Subject v={v} size="lg" />{v.company_name ? t('company_of', v.company_name) : ' '}{told(v).rest}</p>
      <p class="under"><span title={utcTitle(v.start_ms)}>{stamp(v.start_ms)}</span>{v.end_ms !== null ? <> {t('to')} <span title={utcTitle(v.end_ms)}>{stamp(v.end_ms)}</span></> : null} · <Age v={v} /><Marks v={v} /></p>
      <section class="sec"><h2><b>{t('measured_limits')}</b><span>{pick(v.title_zh, v.title_en)}</span></h2><WhyBars bars={v.why} family={v.family} /><p class="note">{t(`grade_${v.grade}`)}</p></section>
      <section class="sec"><h2><b>{t('approval_then')}</b><span>{t('as_of', stamp(v.start_ms))}</span></h2><Approvals v={v} /></section>
      <section class="sec"><h2><b>{t('basis')}</b></h2><p class="law">{v.basis}</p></section>
      {v.also.length > 0 ? <section class="sec"><h2><b>{t('also')}</b></h2><ul class="law">{v.also.map((a) => <li key={a.rule}>{t('also_n', pick(a.title_zh, a.title_en), a.fixes)}</li>)}</ul></section> : null}
      <Fixes v={v} />
      <section class="sec"><h2><b>{t('corrections')}</b><span class="mono">{t('params_hash', v.parameter_hash.slice(0, 12), v.ledger_revision)}</span></h2>
        <ol class="law">{v.corrections.map((c) => <li key={c.seq}><span title={utcTitle(c.at_ms)}>{stamp(c.at_ms)}</span> {tOr(`c_${c.kind}`, c.kind)}</li>)}</ol></section>
    </div>
  );
}
function Marks({ v }: { v: ViolationDetail }) {
  return <>{v.late ? <span class="flag">{t('late')}</span> : null}{v.permit_backdated ? <span class="flag">{t('backdated')}</span> : null}</>;
}
function Approvals({ v }: { v: ViolationDetail }) {
  if (v.approvals.length > 0) return <>{v.approvals.map((a) => <ApprovalCard key={a.id} card={a} />)}</>;
  return <p class="t2">{t(v.subject.kind === 'terminal' ? 'no_vehicle' : 'no_approval')}</p>;
}

const SHOWN = 6;
/** First and last fixes of the episode itself; all of them stand in the replay. */
function Fixes({ v }: { v: ViolationDetail }) {
  const inside = v.fixes.filter((f) => f.at_ms !== null && f.at_ms >= v.start_ms && f.at_ms <= (v.end_ms ?? Infinity));
  const step = Math.max(1, Math.ceil(inside.length / SHOWN));
  const some = inside.filter((_, i) => i % step === 0 || i === inside.length - 1);
  return (
    <section class="sec">
      <h2><b>{t('fixes')}</b><a href={replayOf(v)}>{t('fixes_all', v.fixes.length)}</a></h2>
      <table class="fx"><thead><tr><th>{t('recorded')}</th><th>{t('received')}</th><th>{t('source')}</th><th>{t('speed')}</th></tr></thead>
        <tbody>{some.map((f) => <tr key={`${f.seq}.${f.part}`}><td>{clock(f.at_ms ?? 0)}</td><td>{clock(f.received_ms)}</td><td>{t(`o_${f.origin}`)}</td><td>{speed(f.speed_kmh)}</td></tr>)}</tbody></table>
    </section>
  );
}
export const replayOf = (v: { id: string }) => `/replay?violation=${encodeURIComponent(v.id)}`;

function Actions({ v }: { v: ViolationDetail }) {
  const plate = v.subject.plate?.number;
  return (
    <div class="da">
      <a class="btn primary big" href={replayOf(v)}>{t('open_replay')}</a>
      {plate ? <a class="btn big" href={`/query?plate=${encodeURIComponent(plate)}`}>{t('query_plate')}</a> : null}
    </div>
  );
}
