// The pages in headless Chromium against the real binary: `make browser`. With MUCKWATCH_URL set, against a server that runs already.
import { parts } from './away.mjs';
import { centre, centreStates } from './centre.mjs';
import { launch, Watch } from './chromium.mjs';
import { query } from './query.mjs';
import { replay } from './replay.mjs';
import { start } from './server.mjs';
import { portrait, shots } from './shots.mjs';
import { check, close, none } from './suite.mjs';
import { texts } from './texts.mjs';

const server = await start();
let code = 1;
try {
  const browser = await launch();
  const watch = new Watch(server.origin);
  for (const part of [portrait, centre, centreStates, texts, query, replay, parts, shots]) await part(watch, browser, server.origin);
  await check('all pages: no request left the origin', async () => none(watch.foreign, 'foreign'));
  await check('all pages: the content policy was never broken', async () => none(watch.policy, 'policy'));
  await check('all pages: no error in the console', async () => none(watch.troubles, 'troubles'));
  await browser.close();
  code = close();
} finally {
  await server.stop();
}
process.exit(code);
