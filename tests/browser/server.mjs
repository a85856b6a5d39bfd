// The real binary on free ports in a temporary folder: `muckwatch demo`, an invented ledger and day on a scaled clock, played over TCP by its simulator.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const binary = process.env.MUCKWATCH ?? fileURLToPath(new URL('../../target/debug/muckwatch', import.meta.url));
const SEED = '7', DAY = '2026-11-23', FACTOR = '60';
const FOUND_LIMIT_MS = 480_000; // a debug build on a busy machine; a quiet one needs one minute

export async function start() {
  if (process.env.MUCKWATCH_URL) return { origin: process.env.MUCKWATCH_URL.replace(/\/$/, ''), stop: async () => undefined };
  const folder = mkdtempSync(join(tmpdir(), 'muckwatch-browser-'));
  const run = { children: [], folder };
  try {
    return await play(run);
  } catch (error) {
    await stop(run);
    throw error;
  }
}

async function play(run) {
  const server = child(run, ['demo', '--data', join(run.folder, 'data'), '--seed', SEED, '--day', DAY, '--factor', FACTOR, '--api', '127.0.0.1:0']);
  const origin = await said(server, /(http:\/\/127[^/\s]+)\//);
  await found(origin, server);
  return { origin, stop: () => stop(run) };
}

function child(run, args) {
  const process_ = spawn(binary, args, { env: { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '' }, stdio: ['ignore', 'pipe', 'pipe'] });
  process_.said = '';
  for (const stream of [process_.stdout, process_.stderr]) stream.on('data', (text) => { process_.said = (process_.said + text).slice(-20_000); });
  run.children.push(process_);
  return process_;
}
async function said(process_, pattern) {
  for (const end = Date.now() + 60_000; Date.now() < end && process_.exitCode === null;) {
    const hit = pattern.exec(process_.said);
    if (hit) return hit[1];
    await pause(100);
  }
  throw new Error(`the server did not say ${pattern}:\n${process_.said}`);
}
/** Until the day has shown what the checks look at: a left route that is over, and an unknown terminal. */
async function found(origin, server) {
  let rows = [];
  for (const end = Date.now() + FOUND_LIMIT_MS; Date.now() < end;) {
    if (server.exitCode !== null) throw new Error(`the server ended:\n${server.said}`);
    rows = (await (await fetch(`${origin}/api/v1/violations?limit=500`)).json()).items;
    if (rows.some((v) => v.rule === 'off_route' && v.end_ms !== null) && rows.some((v) => v.rule === 'unknown_terminal')) return;
    await pause(1000);
  }
  throw new Error(`the simulated day showed only ${JSON.stringify(rows.map((v) => v.rule))}:\n${server.said.slice(-3000)}`);
}
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function stop(run) {
  for (const c of [...run.children].reverse()) {
    if (c.exitCode !== null) continue;
    c.kill('SIGTERM');
    for (let i = 0; i < 150 && c.exitCode === null && c.signalCode === null; i += 1) await pause(100);
    if (c.exitCode === null && c.signalCode === null) c.kill('SIGKILL');
  }
  rmSync(run.folder, { recursive: true, force: true });
}
