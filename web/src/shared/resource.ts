// Something fetched: loading, ready or failed. The older answer stays while a newer one is on its way, and a late answer to an old question is dropped.
import { signal, type Signal } from '@preact/signals';
import { Problem } from '../api/client.ts';
import { pick, t, tOr } from './text.ts';

export type State<T> = { is: 'idle' } | { is: 'loading' } | { is: 'ready'; data: T } | { is: 'failed'; problem: Problem };

export class Resource<T> {
  readonly state: Signal<State<T>> = signal({ is: 'idle' });
  private stop: AbortController | null = null;
  private again: (() => void) | null = null;

  load(ask: (signal: AbortSignal) => Promise<T>, keepOld: 'keep' | 'clear' = 'clear'): void {
    this.stop?.abort();
    const stop = new AbortController();
    this.stop = stop;
    this.again = () => this.load(ask);
    if (keepOld === 'clear' || this.state.value.is !== 'ready') this.state.value = { is: 'loading' };
    ask(stop.signal).then(
      (data) => { if (this.stop === stop) this.state.value = { is: 'ready', data }; },
      (cause: unknown) => { if (this.stop === stop && !stop.signal.aborted) this.state.value = { is: 'failed', problem: asProblem(cause) }; },
    );
  }
  retry(): void { this.again?.(); }
  clear(): void {
    this.stop?.abort();
    this.stop = null;
    this.state.value = { is: 'idle' };
  }
  get data(): T | null { return this.state.value.is === 'ready' ? this.state.value.data : null; }
}

export function asProblem(cause: unknown): Problem {
  return cause instanceof Problem ? cause : new Problem(0, 'page', cause instanceof Error ? cause.message : String(cause));
}
/** What failed, in the reader's language; the server's own words follow where there are any. */
export function explain(problem: Problem): string {
  const known = tOr(`e_${problem.code}`, '');
  if (known) return known;
  const title = pick(problem.zh, problem.en) || t('e_http', problem.status || problem.code);
  return [title, problem.message].filter(Boolean).join(' · ');
}
