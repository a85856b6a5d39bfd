// A truck: whose it is, who answers for it, what it may do today, what it did. A terminal without a vehicle says what it claims.
import { useEffect } from 'preact/hooks';
import { api } from '../api/client.ts';
import type { Stranger, VehicleCard } from '../api/types.ts';
import { ApprovalCard } from '../shared/approval.tsx';
import { Grade, RuleWord } from '../shared/grade.tsx';
import { Cross } from '../shared/icons.tsx';
import { Plate, TerminalChip } from '../shared/plate.tsx';
import { Resource } from '../shared/resource.ts';
import { ago } from '../shared/say.ts';
import { Failed, Loading } from '../shared/states.tsx';
import { pick, t, tOr } from '../shared/text.ts';
import { rfc, stamp, startOfDay, utcTitle } from '../shared/time.ts';
import { speed } from '../shared/units.ts';
import { Verdict } from '../shared/verdict.tsx';
import { serverNow } from '../shared/live.ts';
import { Texts } from './texts.tsx';
import { card, closeTruck, fleet, follow, openTruck, selectAlarm, truck } from './store.ts';
import { kindOf, type Truck } from './fleet.ts';

export function TruckCard() {
  const terminal = truck.value!;
  void fleet.version.value;
  const now = fleet.of(terminal);
  const state = card.state.value;
  const c = card.data;
  const unknown = state.is === 'idle' && now && !now.vehicle;
  return (
    <aside class="drawer" aria-label={t('truck_card')}>
      <div class="dh"><b>{t(unknown ? 'terminal_card' : 'truck_card')}</b><button type="button" class="btn ghost x" aria-label={t('close')} onClick={closeTruck}><Cross /></button></div>
      <div class="db" tabIndex={0} role="region" aria-label={t('truck_card')}>
        <p class="say">{c ? <Plate plate={c.plate} size="lg" /> : now?.plate ? <Plate plate={now.plate} size="lg" /> : <TerminalChip terminal={terminal} size="lg" />} {c ? c.company?.name ?? t('no_company') : ''}</p>
        {now?.seen ? <NowLine now={now} /> : null}
        {state.is === 'loading' ? <Loading what={t('loading')} rows={8} /> : null}
        {state.is === 'failed' ? <Failed what={t('w_card')} problem={state.problem} retry={() => void openTruck(terminal)} /> : null}
        {c ? <Facts c={c} /> : null}
        {unknown ? <Unknown terminal={terminal} /> : null}
        {c || unknown ? <Texts terminal={terminal} /> : null}
      </div>
      <Actions terminal={terminal} vehicle={c?.id ?? now?.vehicle ?? null} plate={c?.plate.number} />
    </aside>
  );
}
function NowLine({ now }: { now: Truck }) {
  return <p class="under">{t(`k_${kindOf(now)}`)} · {speed(now.speedKmh)} · {now.lat.toFixed(5)}, {now.lon.toFixed(5)}</p>;
}

function Facts({ c }: { c: VehicleCard }) {
  const fix = c.last_fix, clock = serverNow.value ?? c.asked_ms;
  return (
    <>
      <Verdict verdict={c.verdict} />
      <dl class="facts">
        <Fact name={t('company')}>{c.company ? <>{c.company.name}<small>{t(c.company.transport_approval_valid ? 'transport_ok' : 'transport_bad')}</small></> : t('no_company')}</Fact>
        <Fact name={t('unit')}>{c.supervising_unit || t('not_given')}</Fact>
        <Fact name={t('leader')}>{c.responsible_leader || t('not_given')}</Fact>
        <Fact name={t('officer')}>{c.responsible_officer || t('not_given')}{c.officer_phone ? <a class="tel" href={`tel:${c.officer_phone}`}>{c.officer_phone}</a> : null}</Fact>
        <Fact name={t('last_fix')}>{fix ? <><span title={utcTitle(fix.at_ms ?? fix.received_ms)}>{stamp(fix.at_ms ?? fix.received_ms)}</span> · {ago(fix.at_ms ?? fix.received_ms, clock)}<small>{speed(fix.speed_kmh)} · {tOr(`load_${fix.load}`, fix.load)}</small></> : t('no_fix')}</Fact>
        <Fact name={t('d_label')}>{c.labels.length > 0 ? c.labels.map((l) => tOr(`lb_${l.label}`, l.label)).join(t('comma')) : t('label_none')}</Fact>
      </dl>
      <section class="sec"><h2><b>{t('d_approvals')}</b></h2>{c.approvals.length > 0 ? c.approvals.map((a) => <ApprovalCard key={a.id} card={a} />) : <p class="t2">{t('approvals_none')}</p>}</section>
      <section class="sec"><h2><b>{t('days90')}</b><span>{t('n_cases', c.violations.length)}</span></h2>
        <ul class="past">{c.violations.map((v) => <li key={v.id}><button type="button" onClick={() => selectAlarm(v.id)}><Grade grade={v.grade} family={v.family} /><RuleWord family={v.family} /><span>{pick(v.title_zh, v.title_en)}</span><time>{stamp(v.start_ms)}</time></button></li>)}</ul></section>
    </>
  );
}
function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return <div><dt>{name}</dt><dd>{children}</dd></div>;
}

const strangers = new Resource<Stranger[]>();
function Unknown({ terminal }: { terminal: string }) {
  useEffect(() => strangers.load((s) => api.quarantined(s)), [terminal]);
  const q = strangers.data?.find((x) => x.terminal === terminal);
  if (!q) return strangers.state.value.is === 'loading' ? <Loading what={t('loading')} rows={3} /> : null;
  const claim = q.claimed_plate;
  return (
    <dl class="facts">
      <Fact name={t('terminal')}>{q.terminal}</Fact>
      <Fact name={t('claims')}>{claim ? <Plate plate={claim} /> : t('claims_none')}{q.lead_zh ? <small>{pick(q.lead_zh, q.lead_en)}</small> : null}</Fact>
      <Fact name={t('first_seen')}>{q.first_seen_ms !== null ? stamp(q.first_seen_ms) : t('none')}</Fact>
      <Fact name={t('last_seen')}>{q.last_seen_ms !== null ? stamp(q.last_seen_ms) : t('none')}</Fact>
      <Fact name={t('frames')}>{q.frames ?? 0}</Fact>
    </dl>
  );
}

function Actions({ terminal, vehicle, plate }: { terminal: string; vehicle: string | null; plate: string | undefined }) {
  const now = serverNow.value;
  const who = vehicle ? `vehicle=${encodeURIComponent(vehicle)}` : `terminal=${encodeURIComponent(terminal)}`;
  return (
    <div class="da">
      {now !== null ? <a class="btn primary big" href={`/replay?${who}&from=${encodeURIComponent(rfc(startOfDay(now)))}&to=${encodeURIComponent(rfc(now))}`}>{t('replay_today')}</a> : null}
      <button type="button" class="btn big" aria-pressed={follow.value} onClick={() => { follow.value = !follow.value; }}>{t('follow')}</button>
      {plate ? <a class="btn big" href={`/query?plate=${encodeURIComponent(plate)}`}>{t('query_plate')}</a> : null}
    </div>
  );
}
