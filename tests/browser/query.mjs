// The police query on a phone: keys, reason, one verdict, small, no map library.
import { gzipSync } from 'node:zlib';
import { axe, until } from './chromium.mjs';
import { check, must, none } from './suite.mjs';

const LIMIT_B = 30 * 1024;

export async function query(watch, browser, origin) {
  const page = await watch.page(browser, { width: 390, height: 844, phone: true });
  const loaded = [];
  page.on('response', (r) => { const path = new URL(r.url()).pathname; if (!path.startsWith('/api/') && r.status() === 200) loaded.push(r.body().then((b) => ({ path, bytes: gzipSync(b).length })).catch(() => ({ path, bytes: 0 }))); });
  await page.goto(`${origin}/query?lang=zh&theme=light`);

  await check('plate query: first paint is at most 30 kB compressed and loads no map', async () => {
    await until(page, 'the keys', () => document.querySelectorAll('.pad button').length > 30);
    const files = await Promise.all(loaded);
    const sum = files.filter((f) => !f.path.endsWith('.svg')).reduce((n, f) => n + f.bytes, 0);
    must(sum > 5000 && sum <= LIMIT_B, `${sum} B: ${files.map((f) => `${f.path} ${f.bytes}`).join(', ')}`);
    none(files.filter((f) => /view-|maplibre|worker/.test(f.path)).map((f) => f.path), 'the map was loaded');
    console.log(`      first paint ${(sum / 1024).toFixed(1)} kB compressed in ${files.length} files`);
  });
  await check('plate query: axe finds nothing on the keys', async () => none(await axe(page), 'axe'));
  await check('plate query: without a reason nothing is asked', async () => {
    const plate = await ledgerPlate(page);
    await typeOn(page, plate);
    await page.locator('.go').tap();
    await until(page, 'the complaint', () => /请选事由/.test(document.querySelector('.complaint')?.textContent ?? ''));
    must(await page.locator('.verdict').count() === 0, 'a verdict without a reason');
  });
  await check('plate query: a plate of the ledger gets one verdict within a second', async () => {
    await page.locator('.chips button').first().tap();
    const from = Date.now();
    await page.locator('.go').tap();
    await until(page, 'the verdict', () => document.querySelector('.verdict')?.dataset.code, null, 10_000);
    const took = Date.now() - from;
    must(took < 2000, `took ${took} ms`);
    must(await page.locator('.verdict').count() === 1, 'not one verdict');
    must(/已记录：.*路检/.test(await page.locator('.logged').textContent()), 'what was logged is not said');
    must(await page.locator('.fact').count() >= 6, 'facts are missing');
    const wide = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    must(wide[0] <= wide[1], `scrolls sideways: ${wide}`);
    console.log(`      verdict after ${took} ms`);
  });
  for (const theme of ['light', 'dark']) {
    await check(`plate query: axe finds nothing on the result (${theme})`, async () => {
      const u = new URL(page.url());
      u.searchParams.set('theme', theme);
      await page.goto(u.href);
      await until(page, 'the verdict', () => document.querySelector('.verdict'));
      await page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
      none(await axe(page), 'axe');
    });
  }
  await check('plate query: a plate outside the ledger is said to be no offence', async () => {
    await page.goto(`${origin}/query?plate=${encodeURIComponent('京Z99999')}&lang=zh`);
    await until(page, 'the verdict', () => document.querySelector('.verdict')?.dataset.code === 'not_in_ledger');
    none(await axe(page), 'axe');
  });
  await page.context().close();
}
const ledgerPlate = (page) => page.evaluate(async () => (await (await fetch('/api/v1/violations?limit=200')).json()).items.find((v) => v.subject.plate)?.subject.plate.number);

/** Types with the page's own keys; the second letter and what follows after the province that stands there. */
async function typeOn(page, plate) {
  must(plate, 'no plate to ask for');
  for (let i = 0; i < 2; i += 1) await page.locator('.pad').getByRole('button', { name: '退格' }).tap();
  for (const c of plate) await page.locator('.pad').getByRole('button', { name: c, exact: true }).first().tap();
}
