// Loads a TypeScript module of the pages into Node without a bundler: types are cut out, imports resolved one by one. For modules that need no browser.
import { mkdtempSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';

const src = fileURLToPath(new URL('../src/', import.meta.url));
const out = mkdtempSync(join(tmpdir(), 'muckwatch-web-'));
const done = new Set();

function emit(file) {
  if (done.has(file)) return;
  done.add(file);
  const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true } });
  const text = outputText.replace(/from '(\.[^']+)\.ts'/g, (_, to) => { emit(resolve(dirname(file), `${to}.ts`)); return `from '${to}.mjs'`; });
  const at = join(out, relative(src, file)).replace(/\.ts$/, '.mjs');
  mkdirSync(dirname(at), { recursive: true });
  writeFileSync(at, text);
}
export async function load(path) {
  emit(join(src, path));
  return import(pathToFileURL(join(out, path.replace(/\.ts$/, '.mjs'))));
}
