// Texts to the driver of a truck: what is to be said, and how far what was said has come. Open ones are asked for every second.
import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { api } from '../api/client.ts';
import type { Command } from '../api/types.ts';
import { needReason } from '../shared/reason.tsx';
import { asProblem, explain, Resource } from '../shared/resource.ts';
import { Failed, Loading } from '../shared/states.tsx';
import { t, tOr } from '../shared/text.ts';
import { stamp, utcTitle } from '../shared/time.ts';

const SHOWN = 5, EVERY_MS = 1_000, LETTERS_MAX = 510;
const sent = new Resource<Command[]>();
const isOpen = (c: Command) => c.state === 'queued' || c.state === 'sent';
const ask = (terminal: string) => sent.load(async (s) => (await api.commands(terminal, SHOWN, s)).items, 'keep');

export function Texts({ terminal }: { terminal: string }) {
  useEffect(() => {
    sent.clear();
    ask(terminal);
    const beat = setInterval(() => { if (sent.data?.some(isOpen)) ask(terminal); }, EVERY_MS);
    return () => { clearInterval(beat); sent.clear(); };
  }, [terminal]);
  const state = sent.state.value;
  return (
    <section class="sec texts">
      <h2><b>{t('tx_title')}</b><span>{t('tx_hint')}</span></h2>
      <Say key={terminal} terminal={terminal} />
      {state.is === 'loading' ? <Loading what={t('loading')} rows={2} /> : null}
      {state.is === 'failed' ? <Failed what={t('tx_title')} problem={state.problem} retry={() => ask(terminal)} /> : null}
      {state.is === 'ready' && state.data.length > 0 ? <ul aria-live="polite">{state.data.map((c) => <Line key={c.number} c={c} />)}</ul> : null}
    </section>
  );
}

const wrong = signal('');
/** The key of an order is made once and kept until it is taken: sent twice, it is one order. */
const freshKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('');

function Say({ terminal }: { terminal: string }) {
  const [words, setWords] = useState(''), [urgent, setUrgent] = useState(false), [busy, setBusy] = useState(false), [key, setKey] = useState(freshKey);
  useEffect(() => () => { wrong.value = ''; }, []);
  const change = (text: string) => { setWords(text); setKey(freshKey()); };
  const send = async (event: Event) => {
    event.preventDefault();
    const reason = await needReason();
    if (!reason) return;
    setBusy(true);
    wrong.value = '';
    try {
      await api.order({ key, terminal, plate: null, text: words, urgency: urgent ? 'urgent' : 'notice', reason });
      change('');
      setUrgent(false);
      ask(terminal);
    } catch (cause) {
      wrong.value = explain(asProblem(cause));
    }
    setBusy(false);
  };
  return (
    <form onSubmit={(e) => void send(e)}>
      <textarea rows={2} maxLength={LETTERS_MAX} aria-label={t('tx_words')} placeholder={t('tx_words')} value={words} onInput={(e) => change(e.currentTarget.value)} />
      <div><label><input type="checkbox" checked={urgent} onChange={(e) => setUrgent(e.currentTarget.checked)} />{t('tx_urgent')}</label>
        <button type="submit" class="btn primary" disabled={busy || words.trim() === ''}>{t('tx_send')}</button></div>
      {wrong.value ? <p class="bad" role="alert">{wrong.value}</p> : null}
    </form>
  );
}

function Line({ c }: { c: Command }) {
  const at = c.settled_ms ?? c.sent_ms ?? c.created_ms;
  const why = c.state === 'refused' ? `${t('colon')}${tOr(`tx_result_${c.result}`, String(c.result))}` : '';
  return (
    <li data-state={c.state}>
      <p>{c.urgency === 'urgent' ? <b>{t('tx_urgent')} </b> : null}{c.text}</p>
      <p class="t2"><b>{t(`tx_${c.state}`)}{why}</b><span>{c.attempts > 1 ? t('tx_tries', c.attempts) : ''}</span><time title={utcTitle(at)}>{stamp(at)}</time></p>
    </li>
  );
}
