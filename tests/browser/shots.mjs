// Pictures of every screen in both languages, both themes, three widths, to be looked at. One of them is the README's.
import { copyFileSync, mkdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { drawn, until } from './chromium.mjs';
import { check, must } from './suite.mjs';

const folder = fileURLToPath(new URL('./shots/', import.meta.url));
const README = fileURLToPath(new URL('../../docs/screenshot.png', import.meta.url));
const SIZES = [[390, 844], [1366, 768], [1920, 1080]];

/** The picture of the README, while trucks are under way. */
export async function portrait(watch, browser, origin) {
  await check('pictures: the one of the README is below 400 kB', async () => {
    mkdirSync(folder, { recursive: true });
    const page = await watch.page(browser, { width: 1600, height: 900 });
    await page.goto(`${origin}/query`);
    const { alarm } = await page.evaluate(choose);
    await page.goto(`${origin}/?alarm=${alarm}&lang=zh&theme=dark`);
    await until(page, 'the sentence', () => document.querySelector('.drawer .say') && document.querySelectorAll('.row').length > 3);
    await drawn(page);
    await page.screenshot({ path: `${folder}readme.png` });
    must(statSync(`${folder}readme.png`).size < 400_000, `${statSync(`${folder}readme.png`).size} B`);
    if (process.env.MUCKWATCH_SCREENSHOT) copyFileSync(`${folder}readme.png`, README);
    await page.context().close();
  });
}

export async function shots(watch, browser, origin) {
  mkdirSync(folder, { recursive: true });
  const first = await watch.page(browser);
  await first.goto(`${origin}/query`);
  const { alarm, plate } = await first.evaluate(choose);
  await first.context().close();
  const screens = [
    ['centre', `/?alarm=${alarm}&`, () => document.querySelector('.drawer .say') && document.querySelectorAll('.row').length > 0, true, true],
    ['live', '/?', () => document.querySelectorAll('.row').length > 0, true, false],
    ['replay', `/replay?violation=${alarm}&reason=case&`, () => document.querySelectorAll('.raw i').length > 15, true, true],
    ['query', `/query?plate=${encodeURIComponent(plate)}&reason=road_check&`, () => document.querySelector('.verdict, .cand'), false, true],
    ['keys', '/query?', () => document.querySelector('.pad'), false, false],
  ];
  for (const [name, path, ready, map, all] of screens) {
    await check(`pictures: ${name} ${all ? 'in both languages and themes, three widths' : 'in Chinese, three widths'}; nothing scrolls sideways`, async () => {
      const page = await watch.page(browser);
      for (const [lang, theme, [width, height]] of views(all)) {
        await page.setViewportSize({ width, height });
        await page.goto(`${origin}${path}lang=${lang}&theme=${theme}`);
        await until(page, `${name} at ${width}`, ready);
        if (map) await drawn(page);
        await page.screenshot({ path: `${folder}${name}-${lang}-${theme}-${width}.png` });
        const [wide, have] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        must(wide <= have, `${name} ${lang} ${theme} at ${width} px scrolls sideways: ${wide}`);
      }
      await page.context().close();
    });
  }
  await check('pictures: the wall, readable from afar', async () => {
    const page = await watch.page(browser, { width: 1920, height: 1080 });
    await page.goto(`${origin}/?wall=1&alarm=${alarm}&lang=zh&theme=dark`);
    await until(page, 'the sentence', () => document.querySelector('.wsay p'));
    await drawn(page);
    await page.screenshot({ path: `${folder}wall-zh-dark-1920.png` });
    await page.context().close();
  });
}
/** Every language, theme and width; or Chinese alone, light on the phone and dark above. */
function views(all) {
  if (!all) return SIZES.map((size) => ['zh', size[0] < 700 ? 'light' : 'dark', size]);
  return ['zh', 'en'].flatMap((lang) => ['dark', 'light'].flatMap((theme) => SIZES.map((size) => [lang, theme, size])));
}
/** The finding that shows most: one that went off its route, else the first. */
async function choose() {
  const { items } = await (await fetch('/api/v1/violations?limit=200')).json();
  const best = items.find((v) => v.rule === 'off_route' && v.grade === 'B' && v.end_ms !== null) ?? items.find((v) => v.rule === 'off_route') ?? items[0];
  const plate = (items.find((v) => v.subject.plate) ?? best).subject.plate?.number ?? '豫A';
  return { alarm: best.id, plate };
}
