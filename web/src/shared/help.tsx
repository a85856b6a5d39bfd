// The list of keys, opened by `?`. A native dialog: it keeps the focus and closes on Esc.
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { t, type Key } from './text.ts';

export const helpOpen = signal(false);
export type KeyLine = [keys: string[], what: Key];

export function Help({ lines }: { lines: KeyLine[] }) {
  const box = useRef<HTMLDialogElement>(null);
  const open = helpOpen.value;
  useEffect(() => {
    if (open && !box.current?.open) box.current?.showModal();
    if (!open && box.current?.open) box.current.close();
  }, [open]);
  return (
    <dialog class="help" ref={box} aria-labelledby="help-title" onClose={() => { helpOpen.value = false; }}>
      <h2 id="help-title">{t('help_title')}</h2>
      <dl>{lines.map(([keys, what]) => <div key={what}><dt>{keys.map((k) => <kbd key={k}>{k}</kbd>)}</dt><dd>{t(what)}</dd></div>)}</dl>
      <form method="dialog"><button type="submit" class="btn">{t('close')}</button></form>
    </dialog>
  );
}
