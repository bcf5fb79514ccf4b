import { svg, type TemplateResult, html } from "lit";

const kBins = 24;

/** How often numbers occur, in bins of equal width from the smallest to the largest. */
export function histogram(values: Float32Array): number[] {
  const bins = new Array<number>(kBins).fill(0);
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  if (!(high > low)) return bins;
  const perUnit = kBins / (high - low);
  for (const value of values) bins[Math.min(kBins - 1, Math.floor((value - low) * perUnit))]!++;
  return bins;
}

/** Heights are square roots of counts, so that rare numbers are seen beside many equal ones. */
export function drawHistogram(bins: readonly number[]): TemplateResult {
  const most = Math.sqrt(Math.max(...bins, 1));
  return html`<svg class="histogram" viewBox="0 0 ${kBins} 8" preserveAspectRatio="none" aria-hidden="true">
    ${bins.map((count, i) => {
      const height = (8 * Math.sqrt(count)) / most;
      return svg`<rect x=${i} y=${8 - height} width="0.8" height=${height} fill="currentColor" />`;
    })}
  </svg>`;
}
