// One approval as it stood: each condition with its tick or cross; what failed is said in words too.
import type { ComponentChildren } from 'preact';
import type { ApprovalCard as Card } from '../api/types.ts';
import { Cross, Tick } from './icons.tsx';
import { pick, t } from './text.ts';
import { date, parse } from './time.ts';
import { distance } from './units.ts';
import { lengthOf } from './geometry.ts';

export function validity(card: Card): string {
  const from = parse(card.valid_from), to = parse(card.valid_to);
  if (from !== null && to !== null) return t('ap_valid', date(from), date(to));
  if (from !== null) return t('ap_from', date(from));
  return t('ap_unlimited');
}
export function places(card: Card): string {
  return t('ap_sites', card.load_site?.name ?? t('ap_any'), card.disposal_site?.name ?? t('ap_any'));
}
const issuer = (card: Card) => (card.recognised ? t('ap_issued_here', card.district) : t('ap_not_recognised', card.district));

function Line({ ok, name, children }: { ok: boolean; name: string; children: ComponentChildren }) {
  return (
    <div class={ok ? '' : 'bad'}>
      <dt><span class="mark">{ok ? <Tick /> : <Cross />}<span class="sr">{ok ? t('ap_ok') : t('ap_failed')}</span></span>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function ApprovalCard({ card }: { card: Card }) {
  const ok = (what: Card['failed'][number]) => !card.failed.includes(what);
  const metres = lengthOf(card.route);
  return (
    <article class="card">
      <header><b>{t('ap_title', card.id)}</b></header>
      <dl class="chk">
        <Line ok={ok('validity')} name={t('ap_validity')}>{validity(card)}</Line>
        <Line ok={ok('district')} name={t('ap_district')}>{issuer(card)}</Line>
        <Line ok={ok('site')} name={t('ap_site')}>{places(card)}</Line>
        <Line ok={ok('window')} name={t('ap_window')}>{pick(card.windows_zh, card.windows_en) || t('ap_no_window')}</Line>
        <Line ok={ok('route')} name={t('ap_route')}>{metres > 0 ? t('ap_route_has', distance(metres)) : t('ap_route_none')}</Line>
      </dl>
      <p class="t2 fs12">{t(card.binds === 'all_driving' ? 'ap_binds_all' : 'ap_binds_loaded')}</p>
    </article>
  );
}
