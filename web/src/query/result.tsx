// The answer: which plate, one verdict, what it rests on, the facts, what was logged.
import type { ComponentChildren } from 'preact';
import type { ApprovalCard as Approval, VehicleCard } from '../api/types.ts';
import { ApprovalCard, places } from '../shared/approval.tsx';
import { Grade, RuleWord } from '../shared/grade.tsx';
import { Chevron } from '../shared/icons.tsx';
import { Plate } from '../shared/plate.tsx';
import { ago } from '../shared/say.ts';
import { pick, t, tOr } from '../shared/text.ts';
import { date, parse, stamp, utcTitle } from '../shared/time.ts';
import { speed } from '../shared/units.ts';
import { told } from '../shared/sentence.ts';
import { Verdict } from '../shared/verdict.tsx';
import { asked, again } from './state.ts';

export function Result({ c }: { c: VehicleCard }) {
  return (
    <>
      <h1 class="sr">{t('q_title')}</h1>
      <div class="qline"><Plate plate={c.plate} size="xl" /><span class="t2">{asked.value ? t(`r_${asked.value.reason}`) : ''}</span><button type="button" class="btn" onClick={again}>{t('q_again')}</button></div>
      <Verdict verdict={c.verdict} />
      <div class="list">
        <Row name={t('d_company')}><Company c={c} /></Row>
        <Open name={t('d_approvals')} head={approvalsHead(c.approvals)} off={c.approvals.length === 0}>{c.approvals.map((a) => <ApprovalCard key={a.id} card={a} />)}</Open>
        <Open name={t('d_label')} head={labelHead(c)} off={c.labels.length < 2}><Labels c={c} /></Open>
        <Last c={c} />
        <Open name={t('days90')} head={violationsHead(c)} off={c.violations.length === 0}><Past c={c} /></Open>
        <Row name={t('supervision')}>{[c.supervising_unit, c.responsible_officer].filter(Boolean).join(' · ') || t('not_given')}{c.officer_phone ? <a class="tel" href={`tel:${c.officer_phone}`}>{t('call')} {c.officer_phone}</a> : null}</Row>
        <Open name={t('d_terminal')} head={c.terminals.map((x) => x.terminal).join(t('comma')) || t('none')} off={c.terminals.length === 0}>
          <ul>{c.terminals.map((x) => <li key={`${x.terminal}${x.from ?? ''}`}>{x.terminal} · {tOr(`role_${x.role}`, x.role)} · {x.load_sensor === 'fitted' ? t('has_load_sensor') : t('no_load_sensor')}</li>)}</ul></Open>
      </div>
      <p class="logged" role="status">{t('logged', c.plate.display ?? c.plate.number, asked.value ? t(`r_${asked.value.reason}`) : '', stamp(c.asked_ms))}</p>
    </>
  );
}

function Row({ name, children }: { name: string; children: ComponentChildren }) {
  return <div class="fact"><span class="k">{name}</span><div class="v">{children}</div></div>;
}
/** A line that opens; where there is nothing more behind it, it is a plain line. */
function Open({ name, head, off, children }: { name: string; head: ComponentChildren; off: boolean; children: ComponentChildren }) {
  if (off) return <Row name={name}>{head}</Row>;
  return <details class="fact"><summary><span class="k">{name}</span><div class="v">{head}</div><Chevron /></summary><div class="more">{children}</div></details>;
}
function Company({ c }: { c: VehicleCard }) {
  if (!c.company) return <>{t('no_company')}</>;
  return <>{c.company.name}<small>{t(c.company.transport_approval_valid ? 'transport_ok' : 'transport_bad')} · {tOr(`vk_${c.kind}`, c.kind)}</small></>;
}
function approvalsHead(cards: Approval[]): ComponentChildren {
  if (cards.length === 0) return t('approvals_none');
  // Only what counts in this district is valid: another district's paper beside "valid now" would be read as leave to drive on.
  const valid = cards.filter((a) => a.valid_now && a.recognised);
  const first = valid[0] ?? cards[0]!;
  const foreign = cards.filter((a) => !a.recognised).length;
  return <>{t('n_valid', cards.length, valid.length)}{foreign > 0 ? <small>{t('n_foreign', foreign)}</small> : null}<small>{first.id}『{places(first)}』</small>{first.valid_now && first.recognised ? <small>{pick(first.windows_zh, first.windows_en) || t('ap_no_window')} · {t(first.open_now ? 'open_now' : 'closed_now')}</small> : null}</>;
}
function labelHead(c: VehicleCard): ComponentChildren {
  const last = c.labels.at(-1);
  if (!last) return t('label_none');
  return <>{tOr(`lb_${last.label}`, last.label)}<small>{sinceText(last.from)}{last.certificate ? ` · ${last.certificate}` : ''}</small></>;
}
const sinceText = (from: string | null) => { const ms = parse(from); return ms === null ? t('from_start') : t('since', date(ms)); };
function Labels({ c }: { c: VehicleCard }) {
  return <ol class="timeline">{c.labels.map((l) => <li key={`${l.label}${l.from ?? ''}`}><b>{tOr(`lb_${l.label}`, l.label)}</b> {sinceText(l.from)} {l.certificate ?? ''}</li>)}</ol>;
}
function Last({ c }: { c: VehicleCard }) {
  const fix = c.last_fix;
  if (!fix) return <Row name={t('d_last')}>{t('no_fix')}</Row>;
  const at = fix.at_ms ?? fix.received_ms;
  const main = c.terminals.find((x) => x.role === 'main')?.terminal ?? c.terminals[0]?.terminal;
  return (
    <Row name={t('d_last')}>
      <span title={utcTitle(at)}>{stamp(at)}</span> · {ago(at, c.asked_ms)}
      <small>{fix.lat.toFixed(5)}, {fix.lon.toFixed(5)} · {speed(fix.speed_kmh)} · {tOr(`load_${fix.load}`, fix.load)}</small>
      {main ? <a href={`/?truck=${encodeURIComponent(main)}`}>{t('on_map')}</a> : null}
    </Row>
  );
}
function violationsHead(c: VehicleCard): string {
  if (c.violations.length === 0) return t('none');
  const by = new Map<string, number>();
  for (const v of c.violations) by.set(v.family, (by.get(v.family) ?? 0) + 1);
  return `${t('n_cases', c.violations.length)}${t('colon')}${[...by].map(([f, n]) => `${tOr(`f_${f}`, f)} ${n}`).join(t('comma'))}`;
}
function Past({ c }: { c: VehicleCard }) {
  return <ul class="past">{c.violations.map((v) => <li key={v.id}><p><Grade grade={v.grade} family={v.family} /><RuleWord family={v.family} /><time>{stamp(v.start_ms)}</time></p><p>{told(v).rest}</p></li>)}</ul>;
}
