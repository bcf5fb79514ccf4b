import { css, html, type TemplateResult } from "lit";
import { formatPercent } from "./format";

export const barsStyle = css`
  .probabilities {
    display: grid;
    grid-auto-columns: minmax(0, 40px);
    grid-auto-flow: column;
    gap: 4px;
  }
  .probabilities li {
    text-align: center;
    font-size: 13px;
    line-height: 20px;
  }
  .probabilities .bar {
    display: flex;
    align-items: flex-end;
    height: 64px;
    background: var(--table);
  }
  .probabilities .bar span {
    flex: 1;
    background: var(--edge);
  }
  .probabilities .best .bar span {
    background: var(--training);
  }
  .probabilities .best {
    font-weight: 700;
  }
`;

/** One bar for each class, the likeliest marked. */
export function probabilityBars(
  probabilities: ArrayLike<number>,
  best: number,
  classes: readonly string[],
): TemplateResult {
  return html`<ol class="probabilities" aria-label="Probability of each class">
    ${Array.from(
      probabilities,
      (p, index) =>
        html`<li class=${index === best ? "best" : ""}>
          <div class="bar"><span .style=${`height: ${100 * p}%`}></span></div>
          ${classes[index] ?? index}<span class="unseen">: ${formatPercent(100 * p)}</span>
        </li>`,
    )}
  </ol>`;
}
