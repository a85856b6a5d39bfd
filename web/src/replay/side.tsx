// At the cursor: both times, the fix in words, the finding it is in, the frame itself, the approval of then.
import type { ApprovalCard as Card, TrackPoint } from '../api/types.ts';
import { ApprovalCard } from '../shared/approval.tsx';
import { Grade, RuleWord } from '../shared/grade.tsx';
import { Plate, TerminalChip } from '../shared/plate.tsx';
import { span } from '../shared/say.ts';
import { told } from '../shared/sentence.ts';
import { t, tOr } from '../shared/text.ts';
import { clock, parse, stamp, utcTitle } from '../shared/time.ts';
import { speed } from '../shared/units.ts';
import { ask, card, current, cursor, fix, index, line, track, violation } from './store.ts';
import { gapAt, timeOf } from './timeline.ts';
import { RawFrame } from './raw.tsx';

export function Side() {
  const f = fix.value, l = line.value;
  return (
    <aside class="side" aria-label={t('cursor')} tabIndex={0}>
      <section>
        <h2><Who /><span>{l && f ? t('nth_fix', index.value + 1, l.good.length) : ''}</span></h2>
        {f ? <Fix f={f} /> : <p class="t2">{t('before_first')}</p>}
        {l && gapAt(l, cursor.value) ? <p class="gapnote">{t('no_fix_here')}</p> : null}
        <Now />
      </section>
      <RawFrame />
      <Then />
    </aside>
  );
}
export function Who() {
  const plate = track.data?.vehicle?.plate ?? card.data?.plate;
  if (plate) return <Plate plate={plate} />;
  return <TerminalChip terminal={track.data?.terminal ?? ask.value?.of.terminal ?? ''} />;
}
function Fix({ f }: { f: TrackPoint }) {
  const late = f.at_ms === null ? null : (f.received_ms - f.at_ms) / 1000;
  return (
    <>
      <dl class="two">
        <div><dt>{t('dev_time')}</dt><dd title={f.at_ms === null ? '' : utcTitle(f.at_ms)}>{f.at_ms === null ? '—' : clock(f.at_ms)}<small>{f.at_ms === null ? t('qual_impossible_date') : stamp(f.at_ms).slice(0, 5)}</small></dd></div>
        <div><dt>{t('rcv_time')}</dt><dd title={utcTitle(f.received_ms)}>{clock(f.received_ms)}<small>{late !== null && late >= 1 ? t('lag', span(late)) : ''}</small></dd></div>
      </dl>
      <dl class="fixline">
        <div><dt>{t('position')}</dt><dd>{f.lat.toFixed(6)}, {f.lon.toFixed(6)}</dd></div>
        <div><dt>{t('speed')}</dt><dd>{speed(f.speed_kmh)} · {f.heading_deg}°</dd></div>
        <div><dt>{t('sensors')}</dt><dd>{tOr(`load_${f.load}`, f.load)}</dd></div>
        <div><dt>{t('source')}</dt><dd>{t(`o_${f.origin}`)}{f.authenticated ? '' : ` · ${t('unauthenticated')}`}</dd></div>
        <div><dt>{t('quality')}</dt><dd>{f.quality === 'good' ? t('quality_good') : tOr(`qual_${f.quality}`, f.quality)}</dd></div>
      </dl>
    </>
  );
}
function Now() {
  const v = current.value;
  if (!v) return null;
  return <div class="now"><Grade grade={v.grade} family={v.family} /><span><RuleWord family={v.family} grade={v.grade} /> <a href={`/?alarm=${encodeURIComponent(v.id)}`}>{told(v).rest}</a></span></div>;
}

/** The approvals that held then: as judged where a finding is open, else by the ledger as now known. */
export function approvalsAt(): Card[] {
  const v = violation.data, t0 = fix.value ? timeOf(fix.value) : cursor.value;
  const all = v ? v.approvals : card.data?.approvals ?? [];
  return all.filter((a) => v !== null || ((parse(a.valid_from) ?? -Infinity) <= t0 && t0 < (parse(a.valid_to) ?? Infinity)));
}
function Then() {
  if (!ask.value?.of.vehicle || card.state.value.is !== 'ready') return null;
  const cards = approvalsAt();
  return <section><h2>{t('approval_of_then')}<span>{violation.data ? t('as_of', stamp(violation.data.start_ms)) : t('approval_now_note')}</span></h2>{cards.length > 0 ? cards.map((a) => <ApprovalCard key={a.id} card={a} />) : <p class="t2">{t('no_approval')}</p>}</section>;
}
