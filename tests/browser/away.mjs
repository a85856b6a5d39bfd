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
}
