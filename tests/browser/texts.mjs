// A text to a driver, from the truck's panel to the simulated terminal and back.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { axe, until } from './chromium.mjs';
import { check, must, none } from './suite.mjs';

const folder = fileURLToPath(new URL('./shots/', import.meta.url));
const last = (page) => page.evaluate(() => document.querySelector('.texts li')?.textContent ?? '');

export async function texts(watch, browser, origin) {
  mkdirSync(folder, { recursive: true });
  const page = await watch.page(browser);
  await page.goto(`${origin}/?lang=zh&theme=dark&reason=road_check`);
  const online = await until(page, 'a truck under way', async () => {
    const [{ now_ms: now }, all] = await Promise.all(['clock', 'terminals?quarantined=false'].map(async (of) => (await fetch(`/api/v1/${of}`)).json()));
    return all.filter((t) => now - t.last_seen_ms < 120_000).map((t) => t.terminal)[0];
  }, null, 60_000);
  await check('texts: what an officer sends is confirmed by the terminal, and it is said in Chinese and English', async () => {
    await page.goto(`${origin}/?truck=${online}&lang=zh&theme=dark&reason=road_check`);
    await until(page, 'the form', () => document.querySelector('.texts textarea'));
    must(await page.locator('.texts button').isDisabled(), 'an empty text can be sent');
    await page.locator('.texts textarea').fill('请靠边停车接受检查');
    await page.locator('.texts input[type=checkbox]').check();
    await page.locator('.texts button').click();
    await until(page, 'a state', () => /已排队|已发送|终端已确认/.test(document.querySelector('.texts li')?.textContent ?? ''));
    await until(page, 'the confirmation', () => /终端已确认/.test(document.querySelector('.texts li')?.textContent ?? ''), null, 60_000);
    must(/紧急 请靠边停车接受检查/.test(await last(page)), `the line says ${await last(page)}`);
    must((await page.locator('.texts textarea').inputValue()) === '', 'the text sent still stands in the field');
    none(await axe(page), 'axe');
    await page.locator('.texts').scrollIntoViewIfNeeded();
    await page.screenshot({ path: `${folder}texts-zh-dark-1366.png` });
    await page.goto(`${origin}/?truck=${online}&lang=en&theme=light&reason=road_check`);
    await until(page, 'English', () => /Confirmed by the terminal/.test(document.querySelector('.texts li')?.textContent ?? ''));
    await page.locator('.texts').scrollIntoViewIfNeeded();
    await page.screenshot({ path: `${folder}texts-en-light-1366.png` });
    none(await axe(page), 'axe');
  });
  await check('texts: every state has its words, and a refusal by the server is said', async () => {
    const states = { queued: '已排队', sent: '已发送', acknowledged: '终端已确认', refused: '终端拒绝：不支持', expired: '已过期' };
    const items = Object.keys(states).map((state, number) => ({
      number, state, terminal: online, plate: null, text: `第 ${number} 条`, urgency: 'notice', reason: 'duty', actor: 'local', created_ms: 1_795_478_400_000, expires_ms: 0,
      attempts: state === 'expired' ? 5 : 1, attempts_max: 5, gateway: 0, serial: 1, sent_ms: null, result: state === 'refused' ? 3 : null, settled_ms: null,
    }));
    watch.expected.push('429');
    await page.route('**/api/v1/commands**', (r) => (r.request().method() === 'POST'
      ? r.fulfill({ status: 429, json: { status: 429, code: 'queue_full', title: 'Too many texts are waiting', title_zh: '待发文本过多', detail: 'too many texts are open for this device', type: '' } })
      : r.fulfill({ json: { items, next_cursor: null } })));
    await page.goto(`${origin}/?truck=${online}&lang=zh&theme=light&reason=duty`);
    await until(page, 'the lines', (n) => document.querySelectorAll('.texts li').length === n, items.length);
    const lines = await page.locator('.texts li').allTextContents();
    Object.values(states).forEach((words, at) => must(lines[at].includes(words), `line ${at} says ${lines[at]}`));
    await page.locator('.texts textarea').fill('停车');
    await page.locator('.texts button').click();
    await until(page, 'the refusal', () => /待发文本过多/.test(document.querySelector('.texts [role=alert]')?.textContent ?? ''));
    must((await page.locator('.texts textarea').inputValue()) === '停车', 'what was not taken is gone from the field');
    none(await axe(page), 'axe');
    await page.locator('.texts').scrollIntoViewIfNeeded();
    await page.screenshot({ path: `${folder}texts-states-zh-light-1366.png` });
  });
  await page.context().close();
}
