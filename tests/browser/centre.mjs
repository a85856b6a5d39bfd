// The command centre: trucks move, an alarm tells why, keys work, the state of the data is said.
import { axe, drawn, until } from './chromium.mjs';
import { check, must, none } from './suite.mjs';

/** Positions by slot of one binary frame. */
function positions(buffer) {
  const at = new Map();
  const n = buffer.readUInt32LE(4);
  for (let i = 0; i < n; i += 1) { const o = 24 + i * 16; at.set(buffer.readUInt32LE(o), `${buffer.readInt32LE(16) + buffer.readInt32LE(o + 4)},${buffer.readInt32LE(20) + buffer.readInt32LE(o + 8)}`); }
  return at;
}
const mapShot = (page) => page.locator('.mapbox canvas').first().screenshot();

export async function centre(watch, browser, origin) {
  const page = await watch.page(browser);
  const ticks = [];
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => { if (typeof payload !== 'string') ticks.push(positions(payload)); }));
  await page.goto(`${origin}/?theme=dark&lang=zh`);

  await check('command centre: counts, clock and list come from the server', async () => {
    await until(page, 'the first tick', () => /\d\d:\d\d:\d\d/.test(document.querySelector('.clock b')?.textContent ?? ''));
    await until(page, 'counts', () => document.querySelectorAll('.count dd').length >= 10);
    await until(page, 'alarm rows', () => document.querySelectorAll('.row').length > 0, null, 60_000);
    must(await page.locator('.synthetic').isVisible(), 'the synthetic district is not said to be synthetic');
    must(/模拟时钟/.test(await page.locator('.clock').textContent()), 'a scaled clock is not said to be one');
  });
  await check('command centre: trucks move, on the wire and on the map', async () => {
    await drawn(page);
    const seen = new Map();
    let moved = 0;
    const before = await mapShot(page);
    for (const end = Date.now() + 30_000; moved < 3 && Date.now() < end;) {
      await page.waitForTimeout(1000);
      for (const tick of ticks.splice(0)) for (const [slot, at] of tick) { if (seen.has(slot) && seen.get(slot) !== at) moved += 1; seen.set(slot, at); }
    }
    must(moved >= 3, `only ${moved} positions changed`);
    must(!(await mapShot(page)).equals(before), 'the map did not change while trucks moved');
  });
  await check('command centre: a click on an alarm tells why, on the map and in words', async () => {
    await page.locator('.row button').first().click();
    await until(page, 'the sentence', () => (document.querySelector('.drawer .say')?.textContent ?? '').length > 15);
    must((await page.locator('.why tbody tr').count()) > 0, 'no measured value beside a limit');
    must((await page.locator('.drawer .law').first().textContent()).trim().length > 4, 'no legal basis');
    must(new URL(page.url()).searchParams.get('alarm'), 'the address does not name the alarm');
    await drawn(page);
  });
  for (const theme of ['dark', 'light']) {
    await check(`command centre: axe finds nothing (${theme})`, async () => {
      await page.goto(`${page.url().replace(/([?&])theme=\w+/, '$1')}&theme=${theme}`);
      await until(page, 'the drawer', () => document.querySelector('.drawer .say'));
      none(await axe(page), 'axe');
    });
  }
  await check('command centre: keys / j k ? and Esc', async () => {
    const alarm = () => new URL(page.url()).searchParams.get('alarm');
    await page.keyboard.press('Escape');
    await until(page, 'the drawer closed', () => !document.querySelector('.drawer'));
    must(alarm() === null, 'Esc left the alarm in the address');
    await page.keyboard.press('j');
    const first = alarm();
    await page.keyboard.press('j');
    const rows = await page.locator('.row').count();
    must(first && (rows === 1 || alarm() !== first), 'j does not step');
    await page.keyboard.press('k');
    must(alarm() === first, 'k does not step back');
    await page.keyboard.press('?');
    await until(page, 'the list of keys', () => document.querySelector('dialog.help[open]'));
    await page.keyboard.press('Escape');
    await until(page, 'the list of keys closed', () => !document.querySelector('dialog[open]'));
    await page.keyboard.press('/');
    must(await page.evaluate(() => document.activeElement?.getAttribute('type') === 'search'), '/ does not go to the search');
  });
  await check('command centre: a search asks the reason once and opens the card', async () => {
    const plate = await page.evaluate(async () => (await (await fetch('/api/v1/violations?limit=200')).json()).items.find((v) => v.subject.plate)?.subject.plate.number);
    must(plate, 'no violation with a plate to search for');
    await page.locator('.search input').fill(plate);
    await page.keyboard.press('Enter');
    await page.locator('dialog.ask[open] button').first().click();
    await page.locator('.found li button').first().click();
    await until(page, 'the verdict on the card', () => document.querySelector('.drawer .verdict'));
    none(await axe(page), 'axe');
  });
  await check('command centre: a truck and an unknown terminal named in the address open their cards', async () => {
    const { items } = await page.evaluate(async () => (await fetch('/api/v1/violations?limit=500')).json());
    const known = items.find((v) => v.subject.kind === 'vehicle'), unknown = items.find((v) => v.subject.kind === 'terminal');
    await page.goto(`${origin}/?truck=${known.terminal}&reason=duty&lang=zh`);
    await until(page, 'the truck', () => document.querySelector('.drawer .verdict') && document.querySelectorAll('.drawer .facts > div').length >= 6);
    await page.goto(`${origin}/?truck=${unknown.terminal}&lang=zh`);
    await until(page, 'the terminal', () => /未登记终端/.test(document.querySelector('.drawer .dh')?.textContent ?? '') && /首次出现/.test(document.querySelector('.drawer .facts')?.textContent ?? ''));
    none(await axe(page), 'axe');
  });
  await page.context().close();
}

/** What is said when there is nothing, when something fails and when the data stand still. */
export async function centreStates(watch, browser, origin) {
  await check('command centre: an empty list says what is watched', async () => {
    const page = await watch.page(browser);
    await page.route('**/api/v1/violations?*', (r) => r.fulfill({ json: { items: [], next_cursor: null } }));
    await page.routeWebSocket('**/api/v1/live*', (ws) => { ws.connectToServer().onMessage((m) => { if (!(typeof m === 'string' && m.includes('"alarm"'))) ws.send(m); }); });
    await page.goto(`${origin}/?lang=zh`);
    await until(page, 'the empty text', () => /正在看 \d+ 辆车、\d+ 条规则/.test(document.querySelector('.list .empty')?.textContent ?? ''));
    none(await axe(page), 'axe');
    await page.context().close();
  });
  await check('command centre: a list that fails says so and can be asked again', async () => {
    const page = await watch.page(browser);
    watch.expected.push('503');
    let fail = true;
    await page.route('**/api/v1/violations?*', (r) => (fail ? r.fulfill({ status: 503, json: { status: 503, code: 'unavailable', title: 'Unavailable', title_zh: '暂不可用', detail: 'store', type: '' } }) : r.continue()));
    await page.goto(`${origin}/?lang=zh`);
    await until(page, 'the error', () => /告警列表没有取到/.test(document.querySelector('.list [role=alert]')?.textContent ?? ''));
    none(await axe(page), 'axe');
    fail = false;
    await page.locator('.list [role=alert] button').click();
    await until(page, 'rows after the retry', () => document.querySelectorAll('.row').length > 0);
    await page.context().close();
  });
  await check('command centre: silence of 10 s is an amber bar, a lost connection a red one with the time', async () => {
    const page = await watch.page(browser);
    watch.expected.push('WebSocket connection');
    let silent = false, socket = null;
    await page.routeWebSocket('**/api/v1/live*', (ws) => { socket = ws; ws.connectToServer().onMessage((m) => { if (!silent) ws.send(m); }); });
    await page.goto(`${origin}/?lang=zh&theme=dark`);
    await until(page, 'live', () => document.querySelector('.live.is-live'));
    silent = true;
    const text = await until(page, 'the amber bar', () => document.querySelector('.notice.stale b')?.textContent, null, 20_000);
    must(/数据延迟 1\d 秒/.test(text), `the amber bar says ${text}`);
    none(await axe(page), 'axe');
    await socket.close();
    await until(page, 'the red bar', () => /最后数据 \d\d-\d\d \d\d:\d\d:\d\d/.test(document.querySelector('.notice.lost')?.textContent ?? ''));
    must(await page.locator('.map.is-lost').count() === 1, 'the map does not grey');
    none(await axe(page), 'axe');
    silent = false;
    await until(page, 'the connection again', () => document.querySelector('.live.is-live') && !document.querySelector('.notice'), null, 20_000);
    await page.context().close();
  });
}
