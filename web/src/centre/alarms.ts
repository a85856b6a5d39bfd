// The alarm list: one row per episode, newest start first. A row grows in place; nothing jumps under the pointer.
import { computed, signal } from '@preact/signals';
import { api, Problem } from '../api/client.ts';
import type { Family, Grade, ViolationRow, ViolationsPage } from '../api/types.ts';
import { Again } from '../shared/again.ts';
import { asProblem } from '../shared/resource.ts';
import { param, setParams } from '../shared/address.ts';

const PAGE = 200;
export type ListState = { is: 'loading' } | { is: 'ready' } | { is: 'failed'; problem: Problem };

export class Alarms {
  readonly rows = signal<ReadonlyMap<string, ViolationRow>>(new Map());
  readonly state = signal<ListState>({ is: 'loading' });
  readonly next = signal<string | null>(null);
  readonly selected = signal<string | null>(param('alarm'));
  readonly filter = signal<{ family: Family | null; grade: Grade | null; company: string | null; open: boolean }>({
    family: param('family') as Family | null, grade: param('grade') as Grade | null, company: param('company'), open: param('open') === '1',
  });
  /** Rows that stand while the pointer is in the list; null when nothing is held. */
  readonly held = signal<ReadonlySet<string> | null>(null);
  readonly fresh = signal<ReadonlySet<string>>(new Set());
  private greatest: number | null = null;
  private readonly again = new Again(() => void this.load());

  readonly sorted = computed(() => [...this.rows.value.values()].filter((v) => v.state !== 'withdrawn').sort((a, b) => b.start_ms - a.start_ms || b.append - a.append));
  readonly matching = computed(() => { const f = this.filter.value; return this.sorted.value.filter((v) => matches(v, f)); });
  readonly shown = computed(() => { const held = this.held.value; return held ? this.matching.value.filter((v) => held.has(v.id)) : this.matching.value; });
  readonly companies = computed(() => [...new Set(this.sorted.value.flatMap((v) => v.company_name ?? []))].sort((a, b) => a.localeCompare(b, 'zh')));
  /** Terminals with a finding of the chosen company: what the map can filter by. */
  readonly ofCompany = computed(() => new Set(this.sorted.value.filter((v) => v.company_name === this.filter.value.company).map((v) => v.terminal)));
  readonly familyOf = computed(() => {
    const open = new Map<string, Family>();
    for (const v of this.sorted.value) if (v.end_ms === null && !open.has(v.terminal)) open.set(v.terminal, v.family);
    return open;
  });

  async load(): Promise<void> {
    if (this.rows.value.size === 0 && this.state.value.is !== 'failed') this.state.value = { is: 'loading' };
    try { this.take(await api.violations({ limit: PAGE })); } catch (cause) { this.fail(cause); }
  }
  async more(): Promise<void> {
    try { this.take(await api.violations({ limit: PAGE, cursor: this.next.value })); } catch (cause) { this.fail(cause); }
  }
  private fail(cause: unknown): void {
    const problem = asProblem(cause);
    this.state.value = { is: 'failed', problem };
    this.again.failed(problem);
  }
  private take(page: ViolationsPage): void {
    const rows = new Map(this.rows.value);
    for (const row of page.items) this.keep(rows, row);
    this.rows.value = rows;
    this.next.value = page.next_cursor;
    this.rehold();
    this.again.over();
    this.state.value = { is: 'ready' };
  }
  /** An alarm from the live socket. Returns true when it is new here. */
  put(row: ViolationRow): boolean {
    const known = this.rows.value.has(row.id);
    const rows = new Map(this.rows.value);
    this.keep(rows, row);
    this.rows.value = rows;
    if (!known) this.fresh.value = new Set([...this.fresh.value, row.id]);
    return !known;
  }
  private keep(rows: Map<string, ViolationRow>, row: ViolationRow): void {
    const old = rows.get(row.id);
    if (!old || old.last_append <= row.last_append) rows.set(row.id, row);
    this.greatest = Math.max(this.greatest ?? 0, row.last_append);
  }
  after(): number | null { return this.greatest; }

  select(id: string | null): void {
    this.selected.value = id;
    if (id && this.fresh.value.has(id)) this.fresh.value = new Set([...this.fresh.value].filter((x) => x !== id));
    setParams({ alarm: id, truck: null });
  }
  step(by: 1 | -1): void {
    const list = this.shown.value;
    const at = list.findIndex((v) => v.id === this.selected.value);
    const next = at < 0 ? list[0] : list[Math.min(list.length - 1, Math.max(0, at + by))];
    if (next) this.select(next.id);
  }
  setFilter(change: Partial<Alarms['filter']['value']>): void {
    const f = { ...this.filter.value, ...change };
    this.filter.value = f;
    this.rehold();
    setParams({ family: f.family, grade: f.grade, company: f.company, open: f.open ? '1' : null });
  }
  hold(on: boolean): void { this.held.value = on && this.matching.value.length > 0 ? new Set(this.matching.value.map((v) => v.id)) : null; }
  /** What the person at the pointer asked for is shown at once. */
  private rehold(): void { if (this.held.value) this.hold(true); }
}

function matches(v: ViolationRow, f: Alarms['filter']['value']): boolean {
  return (!f.family || v.family === f.family) && (!f.grade || v.grade === f.grade) && (!f.company || v.company_name === f.company) && (!f.open || v.end_ms === null);
}
