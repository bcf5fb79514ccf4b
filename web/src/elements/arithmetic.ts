import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { LessonElement } from "./base";
import { type Cells, drawCells } from "./cells";
import { DarkScheme } from "./dark-scheme";
import { plural } from "./format";
import { icons } from "./icons";
import type { Lesson } from "./lesson";
import { numberField } from "./number-field";
import { placeOf } from "./stages";
import { type Account, accountsOf, type Sum, type Term } from "./terms";

/** Most products written out, and most channels drawn. */
const kTerms = 8;
const kChannels = 2;

type Accounts = NonNullable<Awaited<ReturnType<typeof accountsOf>>>;

/** Four digits that matter. */
function exact(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const text =
    size === 0
      ? "0"
      : size < 1e-3 || size >= 1e5
        ? value.toExponential(3)
        : value.toFixed(Math.max(0, 3 - Math.floor(Math.log10(size))));
  return text.replace("-", "−");
}

const product = ({ a, b }: Term): number => a * b;
const sumOf = (terms: readonly Term[]): number => terms.reduce((sum, term) => sum + product(term), 0);

/**
 * The arithmetic of one value of a layer, for the image that the layers show: what it is the sum of, and which gradients of the
 * layers after it add up to its own, with the numbers that the network has now.
 */
@customElement("livegrad-arithmetic")
export class LivegradArithmetic extends LessonElement {
  static override styles = [
    ...LessonElement.styles,
    css`
      :host {
        scroll-margin-top: 96px;
        padding: 16px;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--well);
        font-size: 14px;
      }
      header {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 16px;
      }
      header label {
        display: flex;
        align-items: center;
        gap: 6px;
        font-size: 13px;
        font-weight: 400;
      }
      header input {
        width: 64px;
      }
      header button {
        margin-left: auto;
      }
      .sides {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr));
        gap: 16px 32px;
        margin-top: 12px;
      }
      h4 {
        margin: 0;
        font: 600 14px/24px var(--font);
      }
      .equation {
        color: var(--ink-soft);
        font-size: 13px;
        line-height: 18px;
      }
      .drawn {
        display: flex;
        flex-wrap: wrap;
        align-items: flex-end;
        gap: 4px 8px;
        margin-top: 8px;
      }
      .drawn figure {
        max-width: 100%;
      }
      .drawn canvas {
        display: block;
        max-width: 100%;
      }
      figcaption,
      .drawn > p {
        color: var(--ink-soft);
        font-size: 12px;
        line-height: 16px;
      }
      .drawn > p {
        flex-basis: 100%;
      }
      .drawn > b {
        align-self: center;
        font-weight: 400;
      }
      .scroll {
        overflow-x: auto;
      }
      table {
        margin-top: 8px;
        border-collapse: collapse;
        font-size: 13px;
        line-height: 20px;
      }
      th,
      td {
        padding: 0 0 0 16px;
        text-align: right;
        font-weight: 400;
        white-space: nowrap;
      }
      th:first-child {
        padding: 0;
        text-align: left;
      }
      thead th {
        color: var(--ink-soft);
      }
      .total th,
      .total td {
        border-top: 1px solid var(--edge);
        font-weight: 600;
      }
      .total ~ tr td {
        font-weight: 600;
      }
      @media (max-width: 599px) {
        :host {
          padding: 8px;
        }
        .drawn {
          display: grid;
          grid-template-columns: minmax(0, 1fr) auto minmax(0, 1fr) auto minmax(0, 1fr);
        }
        .drawn > p {
          grid-column: 1 / -1;
        }
        th,
        td {
          padding-left: 8px;
        }
        tbody th {
          white-space: normal;
        }
      }
    `,
  ];

  /** Id of the layer: "conv1", "input", or that of the loss, for its probabilities. */
  @property() layer = "input";
  /** Which of its numbers; none: the largest. */
  @property({ type: Number }) index: number | null = null;
  /** Whether there is a button that asks to be closed: event "close". */
  @property({ type: Boolean }) closable = false;
  @state() private accounts: Accounts | null = null;
  #seen = false;
  #ask = (): void => {};
  readonly #dark = new DarkScheme(this);

  protected override follow(lesson: Lesson): void {
    const ask = (this.#ask = this.atMostEvery(250, () => this.#account(lesson)));
    this.whenSeen((seen) => {
      this.#seen = seen;
      ask();
    });
    this.listen(lesson.on("change", ask));
    this.listen(lesson.on("tick", ask));
    this.listen(lesson.view.on("drawing", ask));
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has("layer") || changed.has("index")) this.#ask();
  }

  protected override render(): unknown {
    const { accounts } = this;
    if (!accounts) return html`<p class="soft">Reading ${this.layer} …</p>`;
    const [channel, row, column] = placeOf(accounts.shape, accounts.index);
    const maps = accounts.shape.length === 3;
    const [channels = 1, height = 1, width = 1] = accounts.shape;
    const area = height * width;
    const go = (index: number): void => void (this.index = index);
    return html`
      <header>
        <h3>One value of ${this.layer}</h3>
        ${
          maps
            ? [
                numberField("Channel", channel, channels, (c) => go(c * area + row * width + column)),
                numberField("Row", row, height, (r) => go(channel * area + r * width + column)),
                numberField("Column", column, width, (c) => go(channel * area + row * width + c)),
              ]
            : numberField("Unit", accounts.index, channels, go)
        }
        ${
          this.closable
            ? html`<button
                class="plain"
                type="button"
                aria-label="Close the arithmetic of ${this.layer}"
                title="Close"
                @click=${() => this.dispatchEvent(new Event("close"))}
              >
                ${icons.remove}
              </button>`
            : nothing
        }
      </header>
      <div class="sides">
        ${this.#side("Forward", "Value", accounts.forward)}
        ${this.#side("Backward", "Gradient", accounts.backward)}
      </div>
    `;
  }

  #side(title: string, what: string, { value, sum, note }: Account): unknown {
    return html`<section class=${title.toLowerCase()} aria-label=${title}>
      <h4>${title}${Number.isNaN(value) ? "" : `: ${what.toLowerCase()} ${exact(value)}`}</h4>
      ${note ? html`<p>${note}</p>` : nothing}
      ${
        sum
          ? html`<p class="equation">${sum.equation}</p>
              ${drawn(sum)} ${table(sum)}`
          : nothing
      }
    </section>`;
  }

  protected override firstUpdated(): void {
    if (this.closable) this.scrollIntoView({ block: "nearest" });
  }

  protected override updated(changed: PropertyValues): void {
    // Opened from a picture, it comes into view again once it has its size.
    if (this.closable && changed.has("accounts") && !changed.get("accounts"))
      this.scrollIntoView({ block: "nearest" });
    for (const canvas of this.renderRoot.querySelectorAll<CellsCanvas>("canvas"))
      drawCells(canvas, canvas.cells, this.#dark.matches);
  }

  async #account(lesson: Lesson): Promise<void> {
    const { model, ready } = lesson.view;
    if (!this.#seen || !model || !ready) return;
    const { index } = this;
    this.accounts = await accountsOf(model, this.layer, (values) => index ?? largest(values));
  }
}

/** A canvas and what is drawn on it. */
type CellsCanvas = HTMLCanvasElement & { cells: Cells };

function largest(values: Float32Array): number {
  let best = 0;
  values.forEach((value, i) => {
    if (Math.abs(value) > Math.abs(values[best]!)) best = i;
  });
  return best;
}

/** The products, largest first; what is left of them in one line; offset, total, and what becomes of it. */
function table({ factors, terms, maps, offset, total, then }: Sum): unknown {
  const sorted = [...terms].sort((one, other) => Math.abs(product(other)) - Math.abs(product(one)));
  const shown = sorted.slice(0, terms.length > kTerms + 1 ? kTerms : terms.length);
  const rest = sorted.slice(shown.length);
  const channels = new Set(terms.map(({ at }) => at[0])).size > 1;
  const name = ({ at: [channel, row, column] }: Term): string =>
    maps ? `${channels ? `channel ${channel}, ` : ""}row ${row}, column ${column}` : `unit ${column}`;
  return html`<div class="scroll" tabindex="0" role="group" aria-label="The sum">
    <table>
      <thead>
        <tr>
          <th scope="col">${plural(terms.length, "term")}</th>
          <th scope="col">${factors[0]}</th>
          <th scope="col">${factors[1]}</th>
          <th scope="col">product</th>
        </tr>
      </thead>
      <tbody>
        ${shown.map(
          (term) =>
            html`<tr class="term">
              <th scope="row">${name(term)}</th>
              <td>${exact(term.a)}</td>
              <td>× ${exact(term.b)}</td>
              <td>${exact(product(term))}</td>
            </tr>`,
        )}
        ${
          rest.length > 0
            ? html`<tr class="term">
                <th scope="row" colspan="3">… ${plural(rest.length, "more term")}</th>
                <td>${exact(sumOf(rest))}</td>
              </tr>`
            : nothing
        }
        ${
          offset
            ? html`<tr class="term">
                <th scope="row" colspan="3">${offset.what}</th>
                <td>${exact(offset.value)}</td>
              </tr>`
            : nothing
        }
        <tr class="total">
          <th scope="row" colspan="3">sum</th>
          <td>${exact(total)}</td>
        </tr>
        ${then.map(
          ({ what, value }) =>
            html`<tr class="then">
              <th scope="row" colspan="3">${what}</th>
              <td>${exact(value)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** The factors and the products as pictures, a row for each of the channels that add most. */
function drawn({ factors, terms, maps }: Sum): unknown {
  if (terms.length < 2) return nothing;
  const byChannel = new Map<number, Term[]>();
  for (const term of terms) byChannel.set(term.at[0], [...(byChannel.get(term.at[0]) ?? []), term]);
  const channels = [...byChannel].sort(([, one], [, other]) => Math.abs(sumOf(other)) - Math.abs(sumOf(one)));
  const rest = channels.slice(kChannels);
  return html`${channels.slice(0, kChannels).map(([channel, terms]) => {
    const picture = (title: string, number: (term: Term) => number, sign: string): unknown =>
      html`${sign ? html`<b aria-hidden="true">${sign}</b>` : nothing}
        <figure>
          <canvas
            role="img"
            aria-label="${title} as a picture"
            .cells=${cellsOf(terms, maps, number)}
          ></canvas>
          <figcaption>${title}</figcaption>
        </figure>`;
    return html`<div class="drawn">
      ${channels.length > 1 ? html`<p>Channel ${channel}, which adds ${exact(sumOf(terms))}</p>` : nothing}
      ${picture(factors[0], ({ a }) => a, "")} ${picture(factors[1], ({ b }) => b, "×")}
      ${picture("product", product, "=")}
    </div>`;
  })}
  ${
    rest.length > 0
      ? html`<p class="equation">
          … ${plural(rest.length, "more channel")}, which add
          ${exact(rest.reduce((sum, [, terms]) => sum + sumOf(terms), 0))}
        </p>`
      : nothing
  }`;
}

/** The part of the maps that holds the terms; units in rows. */
function cellsOf(terms: readonly Term[], maps: boolean, number: (term: Term) => number): Cells {
  const across = terms.length > 16 ? Math.ceil(Math.sqrt(terms.length)) : terms.length;
  const places = terms.map(({ at: [, row, column] }) =>
    maps ? [row, column] : [Math.floor(column / across), column % across],
  ) as [row: number, column: number][];
  const rows = places.map(([row]) => row);
  const columns = places.map(([, column]) => column);
  const [top, left] = [Math.min(...rows), Math.min(...columns)];
  const width = Math.max(...columns) - left + 1;
  const values = new Array<number>(width * (Math.max(...rows) - top + 1)).fill(NaN);
  terms.forEach((term, i) => (values[(rows[i]! - top) * width + columns[i]! - left] = number(term)));
  return { width, values };
}
