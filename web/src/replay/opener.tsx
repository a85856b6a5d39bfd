// Nothing asked yet: plate or terminal, from, to.
import { signal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { api } from '../api/client.ts';
import type { Vehicles } from '../api/types.ts';
import { setParams } from '../shared/address.ts';
import { serverTime } from '../shared/district.ts';
import { Plate } from '../shared/plate.tsx';
import { isAskable, normalise } from '../shared/plates.ts';
import { needReason } from '../shared/reason.tsx';
import { explain, Resource } from '../shared/resource.ts';
import { t } from '../shared/text.ts';
import { field, parse, rfc } from '../shared/time.ts';
import { MOST_SPAN_MS, open } from './store.ts';

const found = new Resource<Vehicles>('by_hand');
const wrong = signal<'span' | 'short' | null>(null);

export function Opener() {
  const form = useRef<HTMLFormElement>(null);
  const now = serverTime();
  const span = () => {
    const data = new FormData(form.current ?? undefined);
    const from = parse(String(data.get('from'))), to = parse(String(data.get('to')));
    return from !== null && to !== null && to > from && to - from <= MOST_SPAN_MS ? { from, to } : null;
  };
  const show = (of: { vehicle?: string; terminal?: string }) => {
    const s = span();
    wrong.value = s ? null : 'span';
    if (!s) return;
    setParams({ vehicle: of.vehicle ?? null, terminal: of.terminal ?? null, from: rfc(s.from), to: rfc(s.to), violation: null }, 'push');
    void open({ of, ...s }, s.from);
  };
  const go = async (event: Event) => {
    event.preventDefault();
    const text = normalise(String(new FormData(form.current ?? undefined).get('who') ?? ''));
    if (!isAskable(text)) { wrong.value = 'short'; return; }
    if (/^\d{6,}$/.test(text)) { show({ terminal: text }); return; }
    const why = await needReason();
    if (why) found.load((s) => api.search(text, why, s));
  };
  return (
    <section class="opener">
      <h2>{t('rp_open')}</h2><p class="t2">{t('rp_open_2')}</p>
      <form ref={form} onSubmit={(e) => void go(e)}>
        <label>{t('rp_by')}<input type="text" name="who" autocomplete="off" spellcheck={false} /></label>
        <label>{t('rp_from')}<input type="text" name="from" placeholder="2026-11-24 14:00" autocomplete="off" defaultValue={now === null ? '' : field(now - 4 * 3600_000)} /></label>
        <label>{t('rp_to')}<input type="text" name="to" placeholder="2026-11-24 18:00" autocomplete="off" defaultValue={now === null ? '' : field(now)} /></label>
        <button type="submit" class="btn primary big">{t('rp_show')}</button>
      </form>
      {wrong.value ? <p role="alert" class="t2">{t(wrong.value === 'span' ? 'bad_span' : 'search_short')}</p> : null}
      <Found show={(id) => show({ vehicle: id })} />
    </section>
  );
}
function Found({ show }: { show: (vehicle: string) => void }) {
  const state = found.state.value;
  if (state.is === 'idle') return null;
  if (state.is === 'loading') return <p role="status" class="t2">{t('searching')}</p>;
  if (state.is === 'failed') return <p role="alert" class="t2">{explain(state.problem)}</p>;
  if (state.data.items.length === 0) return <p role="status" class="t2">{t('search_none')}</p>;
  return <ul class="cand">{state.data.items.map((c) => <li key={c.id}><button type="button" class="btn ghost" onClick={() => show(c.id)}><Plate plate={c.plate} /><span>{c.company?.name ?? t('no_company')}</span></button></li>)}</ul>;
}
