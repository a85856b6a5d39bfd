// Asks again what failed: by itself with growing pauses while somebody looks at the page, and at once when the server side is well again.

/** The pause after the first failure; each further one is twice as long. */
export const PAUSE_FIRST_MS = 2_000;
export const PAUSE_MAX_MS = 30_000;
export const pauseAfter = (failures: number): number => Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * 2 ** Math.max(0, failures - 1));

/** Whether the same question may be answered later: nobody was reached, too many asked, or a part of the house was away. */
export const mayPass = (problem: { status: number; code: string }): boolean => problem.status >= 500 || problem.status === 429 || problem.code === 'unreachable' || problem.code === 'timeout';

const waiting = new Set<Again>();

export class Again {
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  constructor(private readonly ask: () => void) {}

  failed(problem: { status: number; code: string }): void {
    this.stop();
    if (!mayPass(problem)) return;
    this.failures += 1;
    waiting.add(this);
    this.timer = setTimeout(() => { if (!document.hidden) this.now(); }, pauseAfter(this.failures));
  }
  /** It was answered, or another thing is asked. */
  over(): void {
    this.stop();
    this.failures = 0;
  }
  now(): void {
    this.stop();
    this.ask();
  }
  private stop(): void {
    clearTimeout(this.timer);
    waiting.delete(this);
  }
}

export function askAllAgain(): void {
  for (const one of [...waiting]) one.now();
}
/** What came due while nobody looked is asked when somebody does. */
export function watchVisible(): void {
  document.addEventListener('visibilitychange', () => { if (!document.hidden) askAllAgain(); });
}
