// A bar for each thing that is wrong on the server side, in both languages, on top of every page.
import { health } from './health.ts';
import { lang } from './prefs.ts';

/** Chinese first on a Chinese page, English first on an English one; the other follows, for who stands beside. */
export function Troubles() {
  const troubles = health.value?.troubles ?? [];
  return <>{troubles.map((trouble) => {
    const both = [<b key="zh" lang="zh-CN">{trouble.zh}</b>, <span key="en" lang="en">{trouble.en}</span>];
    if (lang.value !== 'zh') both.reverse();
    return <div key={trouble.code + trouble.en.replace(/\d+ (s|min|h|d)\b/, '')} class={`notice trouble ${trouble.grave ? 'lost' : 'stale'}`} role={trouble.grave ? 'alert' : 'status'}>{both}</div>;
  })}</>;
}
