// The frame as bytes, 16 a row, and its fields; pointing at one marks the other.
import type { Frame } from '../api/types.ts';
import { Failed, Loading } from '../shared/states.tsx';
import { pick, t } from '../shared/text.ts';
import { field, frame } from './frames.ts';

const ROW = 16;
const bytesOf = (hex: string) => hex.match(/../g) ?? [];
/** Additional items come as small JSON objects; braces and quotes say nothing to an officer. */
const plain = (value: string) => (value.startsWith('{') ? value.slice(1, -1).replaceAll('"', '').replace(/:(?=\S)/g, ' ').replaceAll(',', ', ') : value);
const spaced = (hex: string) => bytesOf(hex.toUpperCase()).join(' ');

export function RawFrame() {
  const state = frame.state.value;
  if (state.is === 'idle') return null;
  if (state.is === 'loading') return <section><Loading what={t('loading')} rows={4} /></section>;
  if (state.is === 'failed') return <section><Failed what={t('w_frame')} problem={state.problem} retry={() => frame.retry()} /></section>;
  return <><Fields f={state.data} /><Bytes f={state.data} /></>;
}

function Fields({ f }: { f: Frame }) {
  const on = field.value;
  return (
    <section>
      <h2>{t('fields')}<span>{t('bytes_of')}</span></h2>
      <table class="dec"><tbody onPointerLeave={() => { field.value = null; }}>
        {f.fields.map((x, i) => (
          <tr key={i} class={i === on ? 'hl' : ''} onPointerEnter={() => { field.value = i; }}>
            <th scope="row">{pick(x.name_zh, x.name_en)}</th><td>{plain(x.value)}</td><td class="o">{x.len > 1 ? `${x.offset}–${x.offset + x.len - 1}` : x.offset}</td>
          </tr>
        ))}
      </tbody></table>
    </section>
  );
}

function Bytes({ f }: { f: Frame }) {
  const bytes = bytesOf(f.plain_hex);
  const on = field.value === null ? null : f.fields[field.value] ?? null;
  const rows = Array.from({ length: Math.ceil(bytes.length / ROW) }, (_, r) => bytes.slice(r * ROW, r * ROW + ROW));
  const point = (at: number) => { const i = f.fields.findIndex((x) => at >= x.offset && at < x.offset + x.len); field.value = i < 0 ? null : i; };
  const lit = (at: number) => on !== null && at >= on.offset && at < on.offset + on.len;
  return (
    <section>
      <h2>{t('raw_frame')}<span>{t('raw_len', bytes.length, f.seq, f.connection)}</span></h2>
      <div class="raw" onPointerLeave={() => { field.value = null; }}>
        {rows.map((row, r) => <div key={r}><u>{String(r * ROW).padStart(2, '0')}</u>{row.map((b, i) => <i key={i} class={lit(r * ROW + i) ? 'hl' : ''} onPointerEnter={() => point(r * ROW + i)}>{b.toUpperCase()}</i>)}</div>)}
      </div>
      <p class="cap">{on ? <><b>{spaced(on.raw_hex)}</b> = {pick(on.name_zh, on.name_en)} {plain(on.value)}</> : t('raw_hint')}</p>
    </section>
  );
}
