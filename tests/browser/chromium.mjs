// A headless Chromium that is watched: every request, console error, page error and breach of the content policy is kept, so that none goes by unseen.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const FLAGS = ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];
export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });

export class Watch {
  constructor(origin) { this.origin = origin; this.foreign = []; this.troubles = []; this.policy = []; this.expected = []; }
  async page(browser, { width = 1366, height = 768, phone = false, ...rest } = {}) {
    const context = await browser.newContext({ viewport: { width, height }, isMobile: phone, hasTouch: phone, locale: 'zh-CN', timezoneId: 'America/New_York', reducedMotion: 'reduce', ...rest });
    await context.exposeBinding('policyBreach', (_, text) => { this.policy.push(text); });
    await context.addInitScript(() => document.addEventListener('securitypolicyviolation', (e) => globalThis.policyBreach(`${e.violatedDirective} ${e.blockedURI}`)));
    await context.addInitScript(axeSource);
    const page = await context.newPage();
    page.on('request', (r) => { const u = new URL(r.url()); if (['http:', 'https:', 'ws:', 'wss:'].includes(u.protocol) && u.host !== new URL(this.origin).host) this.foreign.push(r.url()); });
    page.on('console', (m) => { if (m.type() === 'error') this.trouble(`console: ${m.text()} (${m.location().url})`); });
    page.on('pageerror', (e) => this.trouble(`page error: ${e.message}`));
    return page;
  }
  trouble(text) { if (!this.expected.some((e) => text.includes(e))) this.troubles.push(text); }
}

/** Asks the page again and again until it answers yes; the page forbids eval, so it is not waited for inside. */
export async function until(page, what, ask, arg, limitMs = 20_000) {
  const end = Date.now() + limitMs;
  for (;;) {
    const answer = await page.evaluate(ask, arg).catch(() => null);
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${limitMs / 1000} s in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
export const drawn = (page, limitMs = 30_000) => until(page, 'the map to be drawn', () => document.querySelector('.mapbox')?.dataset.drawn === '1', null, limitMs);

/** What axe finds, one line each; empty is good. */
export async function axe(page) {
  const found = await page.evaluate(async () => (await globalThis.axe.run(document, { resultTypes: ['violations'] })).violations);
  return found.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')} ${n.any[0]?.message ?? n.all[0]?.message ?? ''}`));
}
