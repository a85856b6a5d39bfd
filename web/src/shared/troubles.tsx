// A bar for each thing that is wrong on the server side, in both languages, on top of every page; the gravest first, and many are scrolled.
import { health } from './health.ts';
import { lang } from './prefs.ts';
import { t } from './text.ts';

/** Chinese first on a Chinese page, English first on an English one; the other follows, for who stands beside. */
export function Troubles() {
  const troubles = [...health.value?.troubles ?? []].sort((a, b) => Number(b.grave) - Number(a.grave));
  if (troubles.length === 0) return null;
  return <div class="troubles" role="region" aria-label={t('troubles')} tabIndex={0}>{troubles.map((trouble) => {
    const both = [<b key="zh" lang="zh-CN">{trouble.zh}</b>, <span key="en" lang="en">{trouble.en}</span>];
    if (lang.value !== 'zh') both.reverse();
    return <div key={trouble.code + trouble.en.replace(/\d+ (s|min|h|d)\b/, '')} class={`notice trouble ${trouble.grave ? 'lost' : 'stale'}`} role={trouble.grave ? 'alert' : 'status'}>{both}</div>;
  })}</div>;
}
