// The replay: opened from an alarm, on the axis of time, down to the bytes.
import { axe, drawn, until } from './chromium.mjs';
import { check, must, none } from './suite.mjs';

const clockOf = (page) => page.locator('.bar .tc').textContent();

export async function replay(watch, browser, origin) {
  const page = await watch.page(browser);
  await check('replay: opens from an alarm after the reason is given', async () => {
    await page.goto(`${origin}/?theme=light&lang=zh`);
    await until(page, 'alarm rows', () => document.querySelectorAll('.row').length > 0);
    const id = await page.evaluate(async () => { const { items } = await (await fetch('/api/v1/violations?limit=200')).json(); return (items.find((v) => v.subject.kind === 'vehicle' && v.end_ms !== null) ?? items.find((v) => v.subject.kind === 'vehicle') ?? items[0]).id; });
    await page.goto(`${origin}/?alarm=${id}&theme=light&lang=zh`);
    await page.locator('.drawer .da a.primary').click();
    await page.locator('dialog.ask[open] button').first().click();
    await until(page, 'lanes', () => document.querySelectorAll('svg.lanes rect').length > 1);
    await drawn(page);
    must(await page.locator('.truck-here.here').count() === 1, 'no truck at the cursor');
    must(await page.locator('svg.lanes .epi').count() > 0, 'the episode is not on the axis');
  });
  await check('replay: decoded fields and raw frame, bytes of the pointed field marked', async () => {
    await until(page, 'bytes of a frame', () => document.querySelectorAll('.raw i').length >= 15);
    await page.locator('table.dec tr').nth(2).hover();
    await until(page, 'marked bytes', () => document.querySelectorAll('.raw .hl').length > 0);
    const [field, bytes] = await page.evaluate(() => [document.querySelector('.dec tr.hl .o').textContent, [...document.querySelectorAll('.raw .hl')].length]);
    const [a, b = a] = field.split('–').map(Number);
    must(b - a + 1 === bytes, `field ${field} marks ${bytes} bytes`);
    must(await page.locator('.two dd').count() === 2, 'not both times');
  });
  await check('replay: steps by fix, jumps to events, plays on the clock', async () => {
    const from = await clockOf(page);
    await page.keyboard.press('ArrowRight');
    must(await clockOf(page) !== from, 'the arrow key does not step');
    await page.keyboard.press('k');
    const before = await clockOf(page);
    await page.locator('select[aria-label]').first().selectOption('60');
    await page.keyboard.press(' ');
    await page.waitForTimeout(1200);
    await page.keyboard.press(' ');
    must(await clockOf(page) !== before, 'playing does not move the clock');
  });
  await check('replay: pointing at the chart shows the place on the map', async () => {
    const box = await page.locator('.chart').boundingBox();
    await page.mouse.move(box.x + box.width * 0.5, box.y + box.height / 2);
    await until(page, 'the ghost on the map', () => document.querySelector('.truck-here.ghost') && document.querySelectorAll('.hair').length >= 1);
    await page.mouse.click(box.x + box.width * 0.6, box.y + box.height / 2);
    must(new URL(page.url()).searchParams.get('t'), 'the place is not in the address');
  });
  await check('replay: exports CSV and GeoJSON of this span', async () => {
    const got = await page.evaluate(async () => Promise.all([...document.querySelectorAll('.bar a[download]')].map(async (a) => { const r = await fetch(a.href); return { status: r.status, text: (await r.text()).slice(0, 400) }; })));
    must(got.length === 2 && got.every((g) => g.status === 200), `answers ${JSON.stringify(got.map((g) => g.status))}`);
    must(got[0].text.split('\n')[0].includes(','), 'the CSV has no head');
    must(got[1].text.includes('"FeatureCollection"'), 'the GeoJSON is none');
  });
  for (const theme of ['light', 'dark']) {
    await check(`replay: axe finds nothing (${theme})`, async () => {
      const u = new URL(page.url());
      u.searchParams.set('theme', theme);
      await page.goto(u.href);
      await until(page, 'bytes of a frame', () => document.querySelectorAll('.raw i').length >= 15);
      none(await axe(page), 'axe');
    });
  }
  await check('replay: an unknown terminal by its own number', async () => {
    const v = await page.evaluate(async () => (await (await fetch('/api/v1/violations?rule=unknown_terminal&limit=5')).json()).items[0]);
    must(v, 'the simulated day has shown no unknown terminal yet');
    await page.goto(`${origin}/replay?violation=${v.id}&reason=case&lang=zh`);
    await until(page, 'lanes', () => document.querySelectorAll('svg.lanes rect').length > 1);
    must((await page.locator(".trk").textContent()).includes(v.terminal), 'the terminal is not named');
  });
  await check('replay: the opener takes a terminal and a span', async () => {
    const v = await page.evaluate(async () => (await (await fetch('/api/v1/violations?rule=unknown_terminal&limit=5')).json()).items[0]);
    await page.goto(`${origin}/replay?lang=zh`);
    await until(page, 'the form', () => document.querySelector('.opener input[name=to]')?.value.length === 19);
    none(await axe(page), 'axe');
    await page.locator('input[name=who]').fill(v.terminal);
    await page.keyboard.press('Enter');
    await until(page, 'lanes or the empty text', () => document.querySelectorAll('svg.lanes rect').length > 1 || document.querySelector('.alone .empty'));
  });
  await page.context().close();
}
