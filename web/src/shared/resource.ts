// Something fetched: loading, ready or failed. The older answer stays while a newer one is on its way, and a late answer to an old question is dropped.
// What failed is asked again by itself, but not what is logged with a person's reason: that the person asks again.
import { signal, type Signal } from '@preact/signals';
import { Problem } from '../api/client.ts';
import { Again } from './again.ts';
import { lang } from './prefs.ts';
import { pick, t, tOr } from './text.ts';

export type State<T> = { is: 'idle' } | { is: 'loading' } | { is: 'ready'; data: T } | { is: 'failed'; problem: Problem };

export class Resource<T> {
  readonly state: Signal<State<T>> = signal({ is: 'idle' });
  private stop: AbortController | null = null;
  private question: ((signal: AbortSignal) => Promise<T>) | null = null;
  private readonly again = new Again(() => { if (this.question) this.ask(this.question); });
  constructor(private readonly retries: 'by_itself' | 'by_hand' = 'by_itself') {}

  load(ask: (signal: AbortSignal) => Promise<T>, keepOld: 'keep' | 'clear' = 'clear'): void {
    if (keepOld === 'clear') this.again.over();
    if (keepOld === 'clear' || this.state.value.is === 'idle') this.state.value = { is: 'loading' };
    this.ask(ask);
  }
  /** What is shown stays until the answer: a failure must not flicker. */
  private ask(ask: (signal: AbortSignal) => Promise<T>): void {
    this.stop?.abort();
    const stop = new AbortController();
    this.stop = stop;
    this.question = ask;
    ask(stop.signal).then(
      (data) => { if (this.stop === stop) { this.again.over(); this.state.value = { is: 'ready', data }; } },
      (cause: unknown) => { if (this.stop === stop && !stop.signal.aborted) this.fail(asProblem(cause)); },
    );
  }
  private fail(problem: Problem): void {
    this.state.value = { is: 'failed', problem };
    if (this.retries === 'by_itself') this.again.failed(problem);
  }
  retry(): void { if (this.question) this.load(this.question); }
  clear(): void {
    this.stop?.abort();
    this.stop = null;
    this.again.over();
    this.state.value = { is: 'idle' };
  }
  get data(): T | null { return this.state.value.is === 'ready' ? this.state.value.data : null; }
}

export function asProblem(cause: unknown): Problem {
  return cause instanceof Problem ? cause : new Problem(0, 'page', cause instanceof Error ? cause.message : String(cause));
}
/** What failed, in the reader's language; the server's own words follow where there are any, but on a Chinese page not those that only say it again in English. */
export function explain(problem: Problem): string {
  const known = tOr(`e_${problem.code}`, '');
  if (known) return known;
  const title = pick(problem.zh, problem.en) || t('e_http', problem.status || problem.code);
  const isSaid = lang.value === 'zh' && problem.zh !== '' && problem.status >= 500;
  return [title, isSaid ? '' : problem.message].filter(Boolean).join(' · ');
}
