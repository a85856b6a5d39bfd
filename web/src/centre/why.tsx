// Measured against limit, on one honest scale from zero: grey up to the limit, the finding's colour above it.
import type { Family, WhyLine } from '../api/types.ts';
import { FAMILY_TOKEN } from '../shared/family.ts';
import { pick, t } from '../shared/text.ts';
import { quantity } from '../shared/say.ts';

export function WhyBars({ bars, family }: { bars: WhyLine[]; family: Family }) {
  return (
    <table class="why">
      <thead class="sr"><tr><th scope="col">{t('w_what')}</th><th scope="col">{t('w_bar')}</th><th scope="col">{t('w_measured')}</th><th scope="col">{t('w_limit')}</th></tr></thead>
      <tbody>{bars.map((b) => <Bar key={b.label_zh} bar={b} family={family} />)}</tbody>
    </table>
  );
}
function Bar({ bar, family }: { bar: WhyLine; family: Family }) {
  const scale = Math.max(Math.abs(bar.measured), Math.abs(bar.limit), 1e-9);
  const at = (v: number) => `${(Math.min(Math.max(v, 0), scale) / scale) * 100}%`;
  const limit = bar.limit;
  const over = bar.exceeded && bar.measured > limit;
  return (
    <tr>
      <th scope="row">{pick(bar.label_zh, bar.label_en)}</th>
      <td class="b"><span class="bar" aria-hidden="true">
        <i class="in" style={{ width: at(Math.min(bar.measured, limit)) }} />
        {over ? <i class="over" style={{ left: at(limit), right: '0', background: `var(--${FAMILY_TOKEN[family]})` }} /> : null}
        <i class="lim" style={{ left: at(limit) }} />
      </span></td>
      <td class="v">{quantity(bar.measured, bar.unit)}</td>
      <td class="l">{t('limit', quantity(limit, bar.unit))}<span class="sr">{t(bar.exceeded ? 'exceeded' : 'within')}</span></td>
    </tr>
  );
}
