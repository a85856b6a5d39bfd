// The one WebSocket: binary positions once a second (also empty: the heartbeat), JSON alarms. It says how old its news are, and comes back by itself.
import { signal } from '@preact/signals';
import type { Clock, LiveText, SlotRow } from '../api/types.ts';
import { readTick, type Tick } from './tick.ts';

export type Status = 'connecting' | 'live' | 'stale' | 'lost';
export interface Handlers { slots(rows: SlotRow[], fresh: boolean): void; tick(tick: Tick): void; alarm(text: Extract<LiveText, { type: 'alarm' }>): void; missed(): void; after(): number | null }

const STALE_AFTER_MS = 10_000;
const GIVE_UP_AFTER_MS = 30_000; // a silent connection is closed and tried anew
const BACK_OFF_MS = [1000, 2000, 4000, 8000, 15_000, 30_000];

export const status = signal<Status>('connecting');
export const clockInfo = signal<Clock | null>(null);
/** Server time of the last tick, and the wall time of its arrival. */
export const serverNow = signal<number | null>(null);
export const tickWall = signal<number | null>(null);
/** Wall seconds since the last tick, counted once a second. */
export const silentFor = signal(0);
export const attempt = signal(0);

export class Live {
  private socket: WebSocket | null = null;
  private timer = 0;
  private opened = performance.now();
  private view: string | null = null;

  constructor(private readonly handlers: Handlers) {
    setInterval(() => this.watch(), 1000);
    addEventListener('online', () => this.reconnect());
    this.connect();
  }

  connect(): void {
    clearTimeout(this.timer);
    const after = this.handlers.after();
    const address = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/v1/live${after === null ? '' : `?after=${after}`}`;
    const socket = new WebSocket(address);
    this.socket = socket;
    this.opened = performance.now();
    socket.binaryType = 'arraybuffer';
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => { if (this.socket === socket) this.take(event.data); };
    socket.onclose = () => { if (this.socket === socket) this.fell(); };
  }

  reconnect(): void {
    const old = this.socket;
    this.socket = null;
    old?.close();
    this.connect();
  }

  /** Tells the server what is looked at; said again after a reconnect. */
  look(bbox: [number, number, number, number], zoom: number): void {
    this.view = JSON.stringify({ type: 'view', bbox, zoom });
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(this.view);
  }

  private take(data: string | ArrayBuffer): void {
    if (typeof data === 'string') this.text(JSON.parse(data) as LiveText);
    else this.tick(readTick(data));
  }
  private text(message: LiveText): void {
    if (message.type === 'alarm') this.handlers.alarm(message);
    else if (message.type === 'slots') this.handlers.slots(message.slots, false);
    else if (message.type === 'gap') this.handlers.missed();
    else if (message.type === 'hello') {
      clockInfo.value = message.clock;
      this.handlers.slots(message.slots, true);
      if (this.view) this.socket?.send(this.view);
    }
  }
  private tick(tick: Tick | null): void {
    if (!tick) return;
    attempt.value = 0;
    tickWall.value = performance.now();
    serverNow.value = tick.nowMs;
    silentFor.value = 0;
    status.value = 'live';
    this.handlers.tick(tick);
  }
  private fell(): void {
    status.value = 'lost';
    attempt.value += 1;
    const wait = BACK_OFF_MS[Math.min(attempt.value - 1, BACK_OFF_MS.length - 1)] ?? 30_000;
    this.timer = window.setTimeout(() => this.connect(), wait * (0.8 + Math.random() * 0.4));
  }
  private watch(): void {
    const silent = performance.now() - (tickWall.value ?? this.opened);
    silentFor.value = Math.round(silent / 1000);
    if (status.value === 'lost') return;
    if (silent > STALE_AFTER_MS) status.value = 'stale';
    if (silent > GIVE_UP_AFTER_MS && performance.now() - this.opened > GIVE_UP_AFTER_MS) this.socket?.close();
  }
}
