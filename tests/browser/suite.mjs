// Checks in order; each has a name, one that fails does not stop the others. Ends with the line that CI reads.
const only = process.argv[2];
const done = { passed: 0, failed: 0 };

export async function check(name, run) {
  if (only && !name.includes(only)) return;
  const from = Date.now();
  try {
    await run();
    done.passed += 1;
    console.log(`ok    ${name} (${((Date.now() - from) / 1000).toFixed(1)} s)`);
  } catch (error) {
    done.failed += 1;
    console.log(`FAIL  ${name}\n      ${String(error?.stack ?? error).split('\n').slice(0, 6).join('\n      ')}`);
  }
}
export function must(condition, text) { if (!condition) throw new Error(text); }
export function none(list, what) { if (list.length > 0) throw new Error(`${what}: ${list.slice(0, 8).join(' | ')}`); }
export function close() {
  console.log(`${done.passed} passed, ${done.failed} failed`);
  return done.failed === 0 && done.passed > 0 ? 0 : 1;
}
