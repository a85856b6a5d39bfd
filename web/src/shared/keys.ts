// One place that hears keys. Typing in a field is left alone, except Esc.
export type KeyMap = Record<string, (event: KeyboardEvent) => void>;

export function listen(map: KeyMap): () => void {
  const hear = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const target = event.target as HTMLElement | null;
    if (target?.closest('input, textarea, select') && event.key !== 'Escape') return;
    if (document.querySelector('dialog[open]')) return;
    if ((event.key === ' ' || event.key === 'Enter') && target?.closest('button, a, summary')) return;
    const act = map[event.key];
    if (!act) return;
    event.preventDefault();
    act(event);
  };
  addEventListener('keydown', hear);
  return () => removeEventListener('keydown', hear);
}
