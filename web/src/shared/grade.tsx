// Form before hue: a grade is a shape with its letter, a rule is a word, colour is the third sign.
import type { Family, Grade as GradeName } from '../api/types.ts';
import { t, tOr } from './text.ts';

const CLASS: Record<Family, string> = { black_truck: 'r-black', off_route: 'r-off', off_hours: 'r-hours', loading: 'r-load', yellow_label: 'r-yellow' };
export const familyClass = (family: Family) => CLASS[family] ?? 'r-black';
export const FAMILIES: readonly Family[] = ['black_truck', 'loading', 'off_route', 'off_hours', 'yellow_label'];

export function Grade({ grade, family, size = 18 }: { grade: GradeName; family: Family; size?: number }) {
  return (
    <svg class={`sev ${grade.toLowerCase()} ${familyClass(family)}`} viewBox="0 0 18 18" width={size} height={size} role="img" aria-label={t(`grade_${grade}`)}>
      <title>{t(`grade_${grade}`)}</title>
      {grade === 'A' ? <path d="M9 1.2 17.4 16H.6Z" /> : grade === 'B' ? <path d="M9 .4 17.6 9 9 17.6.4 9Z" /> : <circle cx="9" cy="9" r="7.4" />}
      <text x="9" y={grade === 'A' ? 14.2 : 12.6}>{grade}</text>
    </svg>
  );
}
export function RuleWord({ family, grade }: { family: Family; grade?: GradeName }) {
  return <b class={`rule ${familyClass(family)} ${grade === 'A' ? 'full' : ''}`}>{tOr(`f_${family}`, family)}</b>;
}
