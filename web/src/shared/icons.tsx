// Small drawings. All are decoration beside words, so they are hidden from readers.
const line = { fill: 'none', stroke: 'currentColor', 'stroke-width': 1.6 } as const;

export const Brand = () => (
  <svg viewBox="0 0 18 18" width="18" height="18" aria-hidden="true">
    <path d="M9 1 16 5v8l-7 4-7-4V5Z" fill="none" stroke="var(--accent)" stroke-width="1.6" /><path d="M9 5.2 12.4 12 9 10.2 5.6 12Z" fill="var(--text)" />
  </svg>
);
export const Cross = ({ size = 12 }: { size?: number }) => <svg width={size} height={size} viewBox="0 0 12 12" aria-hidden="true"><path d="M2 2 10 10M10 2 2 10" {...line} /></svg>;
export const Tick = ({ size = 14 }: { size?: number }) => <svg width={size} height={size} viewBox="0 0 14 14" aria-hidden="true"><path d="M2.5 7.5 5.8 10.8 11.5 3.6" fill="none" stroke="currentColor" stroke-width="2" /></svg>;
export const Chevron = () => <svg class="ch" viewBox="0 0 9 14" width="9" height="14" aria-hidden="true"><path d="M1.5 1.5 7 7 1.5 12.5" fill="none" stroke="currentColor" stroke-width="1.7" /></svg>;
export const BackArrow = () => <svg width="8" height="12" viewBox="0 0 8 12" aria-hidden="true"><path d="M6.5 1 1.5 6l5 5" {...line} /></svg>;
export const Bell = ({ off }: { off: boolean }) => (
  <svg width="15" height="15" viewBox="0 0 16 16" aria-hidden="true"><path d="M2 6h2.6L8.5 2.8v10.4L4.6 10H2Z" fill="none" stroke="currentColor" stroke-width="1.4" />
    {off ? <path d="m11 6 4 4m0-4-4 4" {...line} /> : <path d="M11 5.6c1.4 1.4 1.4 3.4 0 4.8M13 3.8c2.4 2.4 2.4 6 0 8.4" {...line} />}</svg>
);

/** The truck symbols of the map, for counters and legend. */
export function Truck({ kind, fill }: { kind: 'moving' | 'stopped' | 'stale' | 'lost' | 'unknown'; fill?: string }) {
  const shape = {
    moving: <path d="M0-8 5.6 6.2 0 3.2-5.6 6.2Z" fill={fill ?? 'var(--moving)'} />,
    stopped: <circle r="4.6" fill={fill ?? 'var(--stopped)'} />,
    stale: <path d="M0-7.4 5.2 5.8 0 3-5.2 5.8Z" fill="none" stroke="var(--stale)" stroke-width="1.4" stroke-dasharray="2.4 1.8" />,
    lost: <path d="M-5-5H5V5H-5ZM-2.2-2.2 2.2 2.2M2.2-2.2-2.2 2.2" fill="none" stroke="var(--offline)" stroke-width="1.6" />,
    unknown: <path d="M0-7.4 5.2 5.8 0 3-5.2 5.8Z" fill="none" stroke="var(--black-truck)" stroke-width="1.8" />,
  }[kind];
  return <svg class="sym" viewBox="-9 -9 18 18" width="16" height="16" aria-hidden="true">{shape}</svg>;
}
