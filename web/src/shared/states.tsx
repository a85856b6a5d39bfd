// The four states of every list and panel. Loading shows what is being fetched; failing says what, why and offers to try again.
import type { ComponentChildren } from 'preact';
import type { Problem } from '../api/client.ts';
import { explain } from './resource.ts';
import { t } from './text.ts';

export function Loading({ what, rows = 4 }: { what: string; rows?: number }) {
  return (
    <div class="state loading" role="status" aria-label={what}>
      <p class="t3">{what}</p>
      {Array.from({ length: rows }, (_, i) => <div key={i} class="bone" style={{ width: `${88 - (i % 3) * 16}%` }} />)}
    </div>
  );
}
export function Failed({ what, problem, retry }: { what: string; problem: Problem; retry: () => void }) {
  return (
    <div class="state failed" role="alert">
      <h2>{t('failed', what)}</h2>
      <p>{explain(problem)}</p>
      <button type="button" class="btn" onClick={retry}>{t('retry')}</button>
    </div>
  );
}
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return <div class="state empty"><h2>{title}</h2>{children}</div>;
}
