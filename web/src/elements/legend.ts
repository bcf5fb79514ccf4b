import { css, unsafeCSS } from "lit";

/** The lines of a chart, in their order. */
export const lineColors = ["--training", "--validation", "--right", "--wrong"];

/** A list that says which line of a chart is which: `<li><i class="key k0"></i> name</li>`. */
export const legendStyle = css`
  .legend {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 16px;
    font-size: 13px;
  }
  .legend li {
    display: flex;
    align-items: center;
    gap: 6px;
  }
  .key {
    width: 16px;
    border-top: 3px solid;
  }
  ${unsafeCSS(lineColors.map((color, i) => `.key.k${i} { border-top-color: var(${color}); }`).join("\n"))}
`;
