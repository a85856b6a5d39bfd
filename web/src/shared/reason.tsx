// Asks once why a vehicle is looked at. The answer is remembered and goes with every query.
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Reason } from '../api/types.ts';
import { reason, reasons, setReason } from './prefs.ts';
import { t } from './text.ts';

const asking = signal<((reason: Reason | null) => void) | null>(null);

/** The remembered reason, or the one chosen now; null if the person turned away. */
export function needReason(): Promise<Reason | null> {
  if (reason.value) return Promise.resolve(reason.value);
  return new Promise((resolve) => { asking.value = resolve; });
}

export function ReasonChips({ onPick }: { onPick?: (reason: Reason) => void }) {
  return (
    <div class="chips" role="group" aria-label={t('reason')}>
      {reasons.map((r) => <button type="button" key={r} aria-pressed={reason.value === r} onClick={() => { setReason(r); onPick?.(r); }}>{t(`r_${r}`)}</button>)}
    </div>
  );
}

export function ReasonDialog() {
  const box = useRef<HTMLDialogElement>(null);
  const resolve = asking.value;
  useEffect(() => {
    if (resolve && !box.current?.open) box.current?.showModal();
    if (!resolve && box.current?.open) box.current.close();
  }, [resolve]);
  const answer = (r: Reason | null) => { asking.value?.(r); asking.value = null; };
  return (
    <dialog class="ask" ref={box} aria-labelledby="ask-title" onClose={() => answer(null)}>
      <h2 id="ask-title">{t('reason')}</h2>
      <p class="t2">{t('reason_ask')}</p>
      <ReasonChips onPick={answer} />
    </dialog>
  );
}
