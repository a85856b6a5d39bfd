// The plate, one cell a character, and the keys. The field under the cells is a real one: paste, dictation and a hardware keyboard work too.
import { signal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { MORE_PROVINCES, PROVINCES, ROWS } from '../shared/plates.ts';
import { t } from '../shared/text.ts';
import { ask, cut, erase, MOST, padOpen, setProvince, type, typed } from './state.ts';

const more = signal(false);
const systemKeys = signal(false);
const cellClass = (i: number, character: string | undefined, at: number) =>
  [i === 0 ? 'pv' : '', character === '?' ? 'q' : '', i === at ? 'cur' : '', i === MOST - 1 && !character ? 'ne' : ''].join(' ');

export function PlateField() {
  const input = useRef<HTMLInputElement>(null);
  const characters = [...typed.value];
  return (
    <div class="field">
      <div class="cells" aria-hidden="true">
        {Array.from({ length: MOST }, (_, i) => [
          i === 2 ? <i key="dot">·</i> : null,
          <span key={i} class={cellClass(i, characters[i], characters.length)}>{characters[i] ?? (i === MOST - 1 ? t('q_new_energy') : '')}</span>,
        ])}
      </div>
      <input ref={input} class="over" type="text" aria-label={t('q_plate')} value={typed.value} inputMode={systemKeys.value ? 'text' : 'none'} autocomplete="off" autocapitalize="characters" spellcheck={false}
        onInput={(e) => { typed.value = cut(e.currentTarget.value); e.currentTarget.value = typed.value; }}
        onKeyDown={(e) => { if (e.key === 'Enter' && !e.isComposing) { e.preventDefault(); ask(); } }} onFocus={() => { if (!systemKeys.value) padOpen.value = true; }} />
      <button type="button" class="btn ghost sys" aria-pressed={systemKeys.value} onClick={() => { systemKeys.value = !systemKeys.value; padOpen.value = !systemKeys.value; input.current?.focus(); }}>{t('q_keyboard')}</button>
    </div>
  );
}

export function Pad() {
  if (!padOpen.value) return null;
  const first = [...typed.value][0];
  return (
    <div class="pad" role="group" aria-label={t('q_pad')}>
      <div class="row prov">
        {PROVINCES.map((p) => <Key key={p} text={p} pressed={p === first} onPress={() => setProvince(p)} />)}
        <Key text={t(more.value ? 'q_less' : 'q_more')} wide onPress={() => { more.value = !more.value; }} />
      </div>
      {more.value ? <div class="row prov all">{MORE_PROVINCES.map((p) => <Key key={p} text={p} pressed={p === first} onPress={() => { setProvince(p); more.value = false; }} />)}</div> : null}
      {ROWS.map((row, i) => (
        <div class="row" key={row}>
          {[...row].map((c) => <Key key={c} text={c} onPress={() => type(c)} />)}
          {i === 1 ? <button type="button" class="qm" aria-label={t('q_unreadable')} onClick={() => type('?')}>?</button> : null}
          {i === 3 ? <><Key text={t('q_del')} wide onPress={erase} /><Key text={t('q_less')} wide onPress={() => { padOpen.value = false; }} /></> : null}
        </div>
      ))}
    </div>
  );
}
function Key({ text, onPress, pressed, wide }: { text: string; onPress: () => void; pressed?: boolean; wide?: boolean }) {
  return <button type="button" class={wide ? 'wide' : ''} aria-pressed={pressed === undefined ? undefined : pressed} onClick={onPress}>{text}</button>;
}
