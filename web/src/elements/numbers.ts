import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { LessonElement } from "./base";
import { formatNumber } from "./format";
import type { Shape } from "./layer-grid";

/** Units that stand in one row. */
const kColumns = 10;

/** The table behind a picture of numbers: one of its maps, row by row; units ten in a row. */
@customElement("livegrad-numbers")
export class LivegradNumbers extends LitElement {
  static override styles = [
    ...LessonElement.styles,
    css`
      label {
        display: inline-flex;
        align-items: center;
        gap: 8px;
        margin: 8px 0;
      }
      .scroll {
        overflow: auto;
        max-height: 50vh;
      }
      table {
        font-size: 13px;
        font-variant-numeric: tabular-nums;
      }
      th,
      td {
        padding: 2px 8px;
        text-align: right;
      }
    `,
  ];

  @property({ attribute: false }) values: Float32Array | null = null;
  /** Maps, their height and width; units are maps of one number. */
  @property({ attribute: false }) shape: Shape = [1, 1, 1];
  @state() private open = false;
  @state() private map = 0;

  protected override render(): unknown {
    const [maps] = this.shape;
    const units = this.shape[1] * this.shape[2] === 1;
    return html`<details @toggle=${(event: Event) => (this.open = (event.target as HTMLDetailsElement).open)}>
      <summary>The numbers as a table</summary>
      ${
        units || maps === 1
          ? nothing
          : html`<label
              >Picture
              <input
                type="number"
                min="0"
                max=${maps - 1}
                .value=${String(this.map)}
                @change=${this.#choose}
              />
              of ${maps}</label
            >`
      }
      ${this.open && this.values ? this.#table(this.values, units) : nothing}
    </details>`;
  }

  #table(values: Float32Array, units: boolean): unknown {
    const [, height, width] = this.shape;
    const columns = units ? Math.min(kColumns, values.length) : width;
    const first = units ? 0 : Math.min(this.map, this.shape[0] - 1) * height * width;
    const rows = units ? Math.ceil(values.length / columns) : height;
    const name = units ? "Units" : `Picture ${first / (height * width)}`;
    return html`<div class="scroll" role="region" aria-label=${name} tabindex="0">
      <table>
        <thead>
          <tr>
            <td></td>
            ${Array.from({ length: columns }, (_, column) => html`<th scope="col">${column}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${Array.from({ length: rows }, (_, row) => {
            const from = first + row * columns;
            const numbers = values.subarray(from, Math.min(from + columns, values.length));
            return html`<tr>
              <th scope="row">${units ? row * columns : row}</th>
              ${Array.from(numbers, (value) => html`<td>${formatNumber(value)}</td>`)}
            </tr>`;
          })}
        </tbody>
      </table>
    </div>`;
  }

  #choose(event: Event): void {
    const input = event.target as HTMLInputElement;
    const map = Number(input.value);
    if (input.value !== "" && Number.isInteger(map) && map >= 0 && map < this.shape[0]) this.map = map;
    else input.value = String(this.map);
  }
}
