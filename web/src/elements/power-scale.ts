import { css, html, svg, type TemplateResult } from "lit";

/** From the least to the greatest power of ten. */
export type Powers = readonly [number, number];

export const powerScaleStyle = css`
  .scale {
    display: block;
    width: 112px;
    height: 24px;
  }
  .scale .good {
    fill: var(--table);
  }
  .scale .line {
    fill: var(--edge);
  }
  .scale .at {
    fill: var(--ink);
  }
  .scale .wrong {
    fill: var(--wrong);
  }
`;

/** Where a power of ten lies on a scale: a mark, beside the part of the scale that is good. What is no number is too large. */
export function drawPowerScale(power: number, ends: Powers, good: Powers): TemplateResult {
  const [low, high] = ends;
  const at = power < high ? Math.max(power, low) : high;
  const x = (power: number): number => 4 + (104 * (power - low)) / (high - low);
  const wrong = at < good[0] || at > good[1];
  return html`<svg class="scale" viewBox="0 0 112 24" aria-hidden="true">
    ${svg`<rect class="good" x=${x(good[0])} y="6" width=${x(good[1]) - x(good[0])} height="12" />
      <rect class="line" y="11.5" width="112" height="1" />
      <circle class=${wrong ? "wrong" : "at"} cx=${x(at)} cy="12" r="4" />`}
  </svg>`;
}
