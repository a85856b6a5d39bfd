// One alarm: shape, rule, plate, age; the sentence uncut; company and place, time, state.
import { memo } from 'preact/compat';
import type { ViolationRow } from '../api/types.ts';
import { Grade, RuleWord } from '../shared/grade.tsx';
import { Plate, TerminalChip } from '../shared/plate.tsx';
import { ago, coarse } from '../shared/say.ts';
import { told } from '../shared/sentence.ts';
import { pick, t } from '../shared/text.ts';
import { stamp, utcTitle } from '../shared/time.ts';
import { serverNow } from '../shared/live.ts';

export function Subject({ v, size = '' }: { v: ViolationRow; size?: '' | 'lg' | 'wall' }) {
  return v.subject.plate ? <Plate plate={v.subject.plate} size={size} /> : <TerminalChip terminal={v.subject.id} size={size} />;
}
/** How long ago, or for how long already. */
export function Age({ v }: { v: ViolationRow }) {
  const now = serverNow.value;
  if (now === null) return <span class="age">{stamp(v.start_ms)}</span>;
  const text = v.end_ms === null ? t('ongoing_for', coarse(Math.max(0, (now - v.start_ms) / 1000))) : ago(v.start_ms, now);
  return <span class="age" title={utcTitle(v.start_ms)}>{text}</span>;
}
export function stateWord(v: ViolationRow): string {
  if (v.state === 'withdrawn') return t('s_withdrawn');
  if (v.state === 'lead') return t('s_lead');
  return v.end_ms === null ? t('s_open') : t('s_suspected');
}
interface Props { v: ViolationRow; selected: boolean; fresh: boolean; onOpen: (id: string) => void }

export const AlarmRow = memo(function AlarmRow({ v, selected, fresh, onOpen }: Props) {
  return (
    <li class={`row ${selected ? 'sel' : ''} ${v.state === 'lead' ? 'lead' : ''}`} data-id={v.id}>
      <button type="button" aria-current={selected ? 'true' : undefined} onClick={() => onOpen(v.id)}>
        <span class="r1"><Grade grade={v.grade} family={v.family} /><RuleWord family={v.family} grade={v.grade} /><Subject v={v} /><Age v={v} /></span>
        <span class="s">{told(v).rest}</span>
        <span class="r3">
          <span class="where">{[v.company_name, pick(v.place?.near_zh, v.place?.near_en)].filter(Boolean).join(' · ')}</span>
          <span class="tm" title={utcTitle(v.start_ms)}>{stamp(v.start_ms)}</span>
          {fresh ? <span class="st new">{t('s_new')}</span> : <span class="st">{stateWord(v)}</span>}
        </span>
      </button>
    </li>
  );
});
