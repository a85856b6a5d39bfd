// A finding's sentence begins with who it is about. Where a chip says that already, only the rest is shown.
import type { ViolationRow } from '../api/types.ts';
import { pick } from './text.ts';

export interface Told { company: string | null; rest: string }

export function told(v: ViolationRow): Told {
  let rest = pick(v.sentence_zh, v.sentence_en);
  for (const who of [v.subject.plate?.display, `终端 ${v.subject.id}`, `Terminal ${v.subject.id}`, v.subject.id]) {
    if (who && rest.startsWith(who)) { rest = rest.slice(who.length); break; }
  }
  let company: string | null = null;
  for (const [open, close] of [['（', '）'], [' (', ')']] as const) {
    const named = v.company_name ? `${open}${v.company_name}${close}` : null;
    if (named && rest.startsWith(named)) { rest = rest.slice(named.length); company = named; }
  }
  return { company, rest: rest.trimStart().replace(/(\d–?)(?=\p{Script=Han})/gu, '$1 ') };
}
