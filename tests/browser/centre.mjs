// The command centre: trucks move, an alarm tells why, keys work, the state of the data is said.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { axe, drawn, until } from './chromium.mjs';
import { check, must, none } from './suite.mjs';

const SHOTS = fileURLToPath(new URL('./shots/', import.meta.url));

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
  await check('command centre: a trouble of the house is a bar in both languages, and the dot opens the state of each process', async () => {
    const page = await watch.page(browser);
    const answer = await (await fetch(`${origin}/api/v1/health`)).json();
    must(answer.status === 'ok' && answer.troubles.length === 0, `the calm house says ${JSON.stringify(answer.troubles)}`);
    const troubles = [
      { code: 'bus_away', grave: false, zh: 'Redis 40 秒无应答：实时位置与告警停在当时', en: 'Redis has not answered for 40 s: live positions and alarms stand at that moment' },
      { code: 'gateway_failing', grave: true, zh: '网关 2 不向终端应答：副本（nothing was copied for 20 s）', en: 'Gateway 2 does not acknowledge what terminals send: copy (nothing was copied for 20 s)' },
    ];
    const gateway = (name, failing) => ({ role: 'gateway', name, age_s: 1, failing, figures: { gateway_connections: 1234, gateway_recorded: 567890, copy_lag_inputs: 42, bus_publish_lag_inputs: 7 } });
    const processes = [gateway('1', {}), gateway('2', { copy: 'nothing was copied for 20 s' }), { role: 'worker', name: 'judge-1', age_s: 70, failing: {}, figures: { crew_shards: 8 } }];
    let ill = true;
    await page.route('**/api/v1/health', (r) => r.fulfill({ json: ill ? { ...answer, status: 'failed', record: null, troubles, processes } : answer }));
    await page.goto(`${origin}/?lang=zh&theme=dark`);
    await until(page, 'the bars', () => document.querySelectorAll('.notice.trouble').length === 2);
    const first = await page.locator('.notice.trouble').first().evaluate((bar) => [...bar.children].map((part) => part.lang));
    must(first.join() === 'zh-CN,en', `the order is ${first}`);
    must(await page.locator('.live.is-ill').count() === 1, 'the dot still says live');
    must(await page.locator('.notice.trouble.lost[role=alert]').count() === 1, 'the grave one is not an alert');
    await page.locator('button.live').click();
    await until(page, 'the processes', () => document.querySelectorAll('dialog.system[open] tbody tr').length === 3 && document.querySelectorAll('dialog.system tr.bad').length === 2);
    must(/等待应答\s*84/.test(await page.locator('dialog.system dl').textContent()), 'frames that wait are not counted');
    none(await axe(page), 'axe');
    mkdirSync(SHOTS, { recursive: true });
    await page.screenshot({ path: `${SHOTS}system-zh-dark.png` });
    await page.keyboard.press('Escape');
    await page.screenshot({ path: `${SHOTS}troubles-zh-dark.png` });
    await page.goto(`${origin}/?lang=en&theme=light`);
    await until(page, 'English first', () => document.querySelector('.notice.trouble')?.firstElementChild?.lang === 'en');
    none(await axe(page), 'axe');
    ill = false;
    await until(page, 'the bars gone', () => !document.querySelector('.notice.trouble') && document.querySelector('.live.is-live'));
    await page.context().close();
  });
}
