// What the pages say while parts of the house are away: the same bars on each, and unknown instead of silent. The server's own answer is changed on its way.
import { fileURLToPath } from 'node:url';
import { mkdirSync } from 'node:fs';
import { axe, until } from './chromium.mjs';
import { check, must, none } from './suite.mjs';

const folder = fileURLToPath(new URL('./shots/', import.meta.url));
const SINCE = Date.UTC(2026, 10, 24, 10, 3, 22); // 18:03:22 in China
const process_ = (role, name, is_unknown) => ({ role, name, age_s: 90, is_unknown, failing: {}, failing_zh: {}, figures: {} });
const AWAY = {
  status: 'failed', processes_unknown_since_ms: SINCE, trucks_unknown_since_ms: SINCE,
  troubles: [
    { code: 'standby_away', grave: true, zh: '同步备库自 11-24 18:03:22 起无应答（90 秒）', en: 'The synchronous standby does not answer since 11-24 18:03:22 (90 s)' },
    { code: 'gateway_silent', grave: false, zh: '网关 3 自 11-21 09:00:00 起没有消息（3 天）', en: 'Gateway 3 has not been heard of since 11-21 09:00:00 (3 d)' },
  ],
  processes: [process_('gateway', '1', true), process_('worker', 'w', false)],
};

async function away(watch, browser, size) {
  const page = await watch.page(browser, size);
  await page.route('**/api/v1/health', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), ...AWAY } });
  });
  return page;
}

const UNAVAILABLE = { type: 'urn:muckwatch:problem:unavailable', title: 'Not available now', title_zh: '暂不可用', status: 503, detail: 'the store could not answer', code: 'unavailable' };
const STORE_AWAY = { code: 'store_away', grave: true, zh: '数据库自 11-24 18:03:22 起无应答', en: 'The database has not answered since 11-24 18:03:22' };

/** A page that is opened while the store is away: health says so, and what comes from the store is 503 until `house.away` is false. */
async function opened(watch, browser, house) {
  const page = await watch.page(browser);
  await page.route('**/api/v1/health', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), ...(house.away ? { ...AWAY, troubles: house.troubles } : {}) } });
  });
  for (const path of ['map', 'violations*', 'district', 'rules']) {
    await page.route(`**/api/v1/${path}`, (route) => (house.away ? route.fulfill({ status: 503, contentType: 'application/problem+json', json: UNAVAILABLE }) : route.continue()));
  }
  return page;
}

async function recovers(watch, browser, origin) {
  watch.expected.push('503');
  await check('away: a page that was opened while the store was away recovers by itself, in the language of the page', async () => {
    const house = { away: true, troubles: [STORE_AWAY] };
    const page = await opened(watch, browser, house);
    await page.goto(`${origin}/?lang=zh&theme=light`);
    await until(page, 'map and list to fail', () => document.querySelectorAll('.state.failed').length === 2);
    const text = await page.locator('.map .state.failed').textContent();
    must(text.includes('暂不可用') && !text.includes('store'), text);
    const [words, head] = await page.evaluate(() => ['.map .state.failed h2', '.map .head'].map((of) => document.querySelector(of).getBoundingClientRect().toJSON()));
    must(words.top >= head.bottom, 'the words lie under the head of the map');
    await page.screenshot({ path: `${folder}away-opened-zh.png` });
    house.away = false;
    await until(page, 'the map', () => document.querySelector('.mapbox') && !document.querySelector('.state.failed'));
    await until(page, 'the alarms', () => document.querySelectorAll('.row').length > 0);
    await page.context().close();
  });
  await check('away: with nothing said of the store the pages ask again by themselves', async () => {
    const house = { away: true, troubles: [] };
    const page = await opened(watch, browser, house);
    await page.goto(`${origin}/?lang=en&theme=light`);
    await until(page, 'map and list to fail', () => document.querySelectorAll('.state.failed').length === 2);
    house.away = false;
    await until(page, 'the map', () => document.querySelector('.mapbox') && !document.querySelector('.state.failed'));
    await page.context().close();
  });
  await check('away: the wall does not say that there is no alarm when it does not know', async () => {
    const house = { away: true, troubles: [STORE_AWAY] };
    const page = await opened(watch, browser, house);
    await page.goto(`${origin}/?wall=1&lang=zh&theme=dark`);
    const said = await until(page, 'the wall to say so', () => document.querySelector('.wq b[role=alert]')?.textContent);
    must(said.includes('没有取到') && !(await page.locator('.wq').textContent()).includes('没有进行中'), said);
    await page.screenshot({ path: `${folder}away-wall-zh.png` });
    house.away = false;
    await until(page, 'the list', () => !document.querySelector('.wq b[role=alert]'));
    await page.context().close();
  });
  await check('away: many bars do not push the entry under the keypad', async () => {
    const many = Array.from({ length: 6 }, (_, i) => ({ code: 'gateway_silent', grave: i === 5, zh: `网关 ${i} 自 11-21 09:00:00 起没有消息（3 天）；请找回机器，或确认弃用后除名`, en: `Gateway ${i} has not been heard of since 11-21 09:00:00 (3 d); bring it back, or strike it off` }));
    const page = await opened(watch, browser, { away: true, troubles: many });
    await page.goto(`${origin}/query?lang=zh&theme=light`);
    await until(page, 'six bars', () => document.querySelectorAll('.trouble').length === 6);
    must((await page.locator('.trouble').first().textContent()).includes('网关 5'), 'the grave one is not the first');
    const [go, pad] = await page.evaluate(() => ['.go', '.pad'].map((of) => document.querySelector(of).getBoundingClientRect().toJSON()));
    must(go.bottom <= pad.top, `the button ends at ${go.bottom}, the keypad begins at ${pad.top}`);
    none(await axe(page), 'axe');
    await page.screenshot({ path: `${folder}away-many-zh.png` });
    await page.context().close();
  });
}

export async function parts(watch, browser, origin) {
  mkdirSync(folder, { recursive: true });
  for (const [name, path, size] of [['centre', '/?', {}], ['replay', '/replay?', {}], ['query', '/query?', { width: 390, height: 844, phone: true }]]) {
    await check(`away: the ${name} page has a bar for each trouble, in both languages`, async () => {
      const page = await away(watch, browser, size);
      for (const [lang, first] of [['zh', '同步备库'], ['en', 'The synchronous standby']]) {
        await page.goto(`${origin}${path}lang=${lang}&theme=light`);
        await until(page, 'two bars', () => document.querySelectorAll('.trouble').length === 2);
        const text = await page.locator('.trouble').first().textContent();
        must(text.startsWith(first) && text.includes('无应答') && text.includes('does not answer'), text);
        await page.screenshot({ path: `${folder}away-${name}-${lang}.png` });
        const [wide, have] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        must(wide <= have, `scrolls sideways: ${wide}`);
        none(await axe(page), 'axe');
      }
      await page.context().close();
    });
  }
  await check('away: nobody is called silent who is only unknown', async () => {
    const page = await away(watch, browser, {});
    for (const [lang, unknown, silent] of [['zh', '自 11-24 18:03:22 起未知', '没有消息'], ['en', 'unknown since 11-24 18:03:22', 'silent for']]) {
      await page.goto(`${origin}/?lang=${lang}&theme=dark`);
      await until(page, 'the counts to say so', (text) => document.querySelector('.count .unknown')?.textContent.includes(text), lang === 'zh' ? unknown : 'unknown since');
      await until(page, 'the map to say so', () => /11-24 18:03:22/.test(document.querySelector('.mapwarn')?.textContent ?? ''));
      await page.locator('button.live').click();
      const rows = await page.locator('dialog.system tbody tr').allTextContents();
      must(rows[0].includes(unknown) && !rows[0].includes(silent) && rows[1].includes(silent), rows.join(' | '));
      await page.screenshot({ path: `${folder}away-system-${lang}.png` });
    }
    await page.context().close();
  });
  await recovers(watch, browser, origin);
}
