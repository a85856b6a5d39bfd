// The bar on top of the office pages: who we are, where to go, language, theme, help. Only pages that exist are offered.
import type { ComponentChildren } from 'preact';
import { lang, setLang, setTheme, theme } from './prefs.ts';
import { setParams } from './address.ts';
import { helpOpen } from './help.tsx';
import { Brand } from './icons.tsx';
import { t, type Key } from './text.ts';

export type PageName = 'centre' | 'query' | 'replay';
const PAGES: { name: PageName; href: string; text: Key }[] = [
  { name: 'centre', href: '/', text: 'nav_centre' }, { name: 'replay', href: '/replay', text: 'nav_replay' }, { name: 'query', href: '/query', text: 'nav_query' },
];

export function Top({ page, district, children }: { page: PageName; district: string; children?: ComponentChildren }) {
  return (
    <div class="top">
      <div class="brand"><Brand />{t('brand_of', district)}</div>
      <nav aria-label={t('nav')}>{PAGES.map((p) => <a key={p.name} href={p.href} aria-current={p.name === page ? 'page' : undefined}>{t(p.text)}</a>)}</nav>
      {children}
      <Switches />
    </div>
  );
}

export function Switches() {
  const other = theme.value === 'dark' ? 'light' : 'dark';
  return (
    <div class="switches">
      <button type="button" class="btn ghost" lang={lang.value === 'zh' ? 'en' : 'zh-CN'} title={t('lang_label')} onClick={() => { const to = lang.value === 'zh' ? 'en' : 'zh'; setLang(to); setParams({ lang: null }); }}>{t('lang_switch')}</button>
      <button type="button" class="btn ghost" onClick={() => { setTheme(other); setParams({ theme: null }); }}>{t(other === 'light' ? 'theme_to_light' : 'theme_to_dark')}</button>
      <button type="button" class="btn ghost key" aria-label={t('help')} onClick={() => { helpOpen.value = true; }}><kbd>?</kbd></button>
    </div>
  );
}

/** Always there when the district is made up: nobody may take it for a record. */
export function SyntheticBanner({ show }: { show: boolean }) {
  if (!show) return null;
  return <p class="synthetic" role="note"><b>{t('synthetic')}</b><span>{t('synthetic_long')}</span></p>;
}
