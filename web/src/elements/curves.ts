import { css, html, nothing, unsafeCSS } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import plotStyle from "uplot/dist/uPlot.min.css?inline";
import { LessonElement } from "./base";
import type { Chart, Line } from "./chart";
import { type Columns, columns, overlaid } from "./curve-data";
import { DarkScheme } from "./dark-scheme";
import { decayLoss } from "./decay";
import { formatCount, formatNumber, formatPercent } from "./format";
import type { Run } from "./kept-runs";
import type { Learner } from "./learner";

const lines: readonly Line[] = [
  { label: "training", color: "--training", faint: true },
  { label: "training, smoothed", color: "--training" },
  { label: "validation", color: "--validation", dots: true },
];

const figures = {
  loss: {
    title: "Loss",
    format: formatNumber,
    tick: (y: number) => String(Number(y.toPrecision(2))),
    range: (_low: number, high: number): [number, number] => [0, high > 0 ? high * 1.05 : 2.5],
  },
  accuracy: {
    title: "Accuracy",
    format: (y: number) => formatPercent(y),
    tick: (y: number) => `${y}%`,
    range: (low: number, high: number): [number, number] => [
      high > 0 ? Math.max(0, Math.floor((low - 1) / 10) * 10) : 0,
      100,
    ],
  },
};

/** Rows of the table behind the chart. */
const kRows = 20;

/** One curve of the run, of training and validation, with its table. */
@customElement("livegrad-curve")
export class LivegradCurve extends LessonElement<Learner> {
  static override styles = [
    ...LessonElement.styles,
    css`
      ${unsafeCSS(plotStyle)}
    `,
    css`
      .head {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: 0 16px;
      }
      .legend {
        display: flex;
        flex-wrap: wrap;
        gap: 0 16px;
        font-size: 13px;
      }
      .legend li {
        display: flex;
        align-items: center;
        gap: 6px;
        white-space: nowrap;
      }
      .key {
        width: 16px;
        border-top: 3px solid var(--training);
      }
      .key.validation {
        border-top-color: var(--validation);
      }
      .plot {
        min-height: 176px;
      }
      .u-over {
        cursor: crosshair;
      }
      summary {
        color: var(--ink-soft);
        font-size: 13px;
        cursor: pointer;
        width: max-content;
      }
      .table {
        max-height: 240px;
        overflow: auto;
        margin-top: 8px;
        border: 1px solid var(--line);
      }
      table {
        width: 100%;
        border-collapse: collapse;
        font-size: 13px;
      }
      th,
      td {
        padding: 4px 8px;
        text-align: right;
        font-weight: 400;
      }
      thead th {
        position: sticky;
        top: 0;
        background: var(--panel);
        border-bottom: 1px solid var(--line);
        font-weight: 600;
      }
    `,
  ];

  @property() figure: keyof typeof figures = "loss";
  @state() private point: number | null = null;
  @state() private tableOpen = false;
  @query(".plot") private plot!: HTMLElement;

  #chart: Chart | null = null;
  #opened = false;
  #refresh: () => void = () => {};
  #columns: Columns | null = null;
  /** Those whose curves are drawn. */
  #runs: readonly Run[] = [];
  #seen = false;
  #split = "validation";
  /** What decay adds to the loss now; null where there is nothing to tell. */
  #decay: number | null = null;
  readonly #dark = new DarkScheme(this);
  #drawnDark = this.#dark.matches;

  protected override follow(lesson: Learner): void {
    const draw = this.atMostEvery(250, () => this.#fetch(lesson));
    const weigh = this.atMostEvery(1000, () => this.#weigh(lesson)); // it reads all weights
    const refresh = (): void => {
      draw();
      if (this.figure === "loss") weigh();
    };
    this.whenSeen((seen) => {
      this.#seen = seen;
      if (seen) refresh();
    });
    this.#refresh = draw;
    for (const event of ["tick", "reset", "change"] as const) this.listen(lesson.on(event, refresh));
  }

  /** Fetches the code that draws when there is something to draw on. */
  async #open(): Promise<void> {
    if (this.#opened) return;
    this.#opened = true;
    const { Chart } = await import("./chart");
    await this.updateComplete;
    if (!this.isConnected) return;
    const { range, tick } = figures[this.figure];
    this.#runs = [];
    this.#chart = new Chart(this.plot, {
      lines,
      range,
      format: tick,
      onPoint: (index) => (this.point = index === null ? null : this.#indexAt(index)),
    });
    const observer = new ResizeObserver(() => this.#chart?.resize());
    observer.observe(this.plot);
    this.listen(() => {
      observer.disconnect();
      this.#chart?.destroy();
      this.#chart = null;
      this.#opened = false;
    });
    this.#refresh();
  }

  protected override updated(): void {
    if (this.#drawnDark === this.#dark.matches) return;
    this.#drawnDark = this.#dark.matches;
    this.#chart?.recolor();
  }

  protected override render(): unknown {
    const { title, format } = figures[this.figure];
    const data = this.#columns;
    const at = this.point ?? (data ? data.x.length - 1 : -1);
    const value = (column: (number | null)[] | undefined): string => {
      const y = column?.slice(0, at + 1).findLast((y) => y !== null);
      return y == null ? "–" : format(y);
    };
    return html`
      <div class="head">
        <h3>${title}</h3>
        <ul class="legend">
          <li><i class="key" aria-hidden="true"></i>training ${value(data?.smoothed)}</li>
          <li><i class="key validation" aria-hidden="true"></i>${this.#split} ${value(data?.validation)}</li>
          ${
            this.#decay !== null && this.point === null
              ? html`<li
                  title="Half the L2 decay times the sum of all squared weights: what each step lowers besides the loss"
                >
                  + L2 decay ${format(this.#decay)}
                </li>`
              : nothing
          }
        </ul>
      </div>
      <div
        class="plot"
        role="img"
        aria-label="${title} against ${this.lesson?.examples.toLowerCase()} seen; the table below has the numbers"
      ></div>
      <details @toggle=${(event: Event) => (this.tableOpen = (event.target as HTMLDetailsElement).open)}>
        <summary>${title} as a table</summary>
        ${this.tableOpen && data ? this.#table(data, format) : nothing}
      </details>
    `;
  }

  #table(data: Columns, format: (y: number) => string): unknown {
    const every = Math.max(1, Math.ceil(data.x.length / kRows));
    const rows = data.x
      .map((_, index) => index)
      .filter((index) => index % every === every - 1 || data.validation[index] !== null);
    const others = this.#runs.map((run) => columns(run.history, this.figure, run.examples));
    const cell = (y: number | null | undefined): string => (y == null ? "" : format(y));
    return html`<div class="table" tabindex="0" role="region" aria-label="Table">
      <table>
        <thead>
          <tr>
            <th scope="col">${this.lesson?.examples} seen</th>
            <th scope="col">Training</th>
            <th scope="col">Validation</th>
            ${this.#runs.map(({ name, settings }) => html`<th scope="col" title=${settings}>${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (index) =>
              html`<tr>
                <th scope="row">${formatCount(data.x[index]!)}</th>
                <td>${cell(data.smoothed[index])}</td>
                <td>${cell(data.validation[index])}</td>
                ${others.map((other) => html`<td>${cell(before(other, data.x[index]!))}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  /** The last point of the run that learns at or before one of the chart's. */
  #indexAt(index: number): number | null {
    const place = this.#chart?.data[0][index];
    const at = place === undefined ? -1 : (this.#columns?.x.findLastIndex((x) => x <= place) ?? -1);
    return at < 0 ? null : at;
  }

  /** The run that learns, over those that were kept. */
  #draw({ x, training, smoothed, validation }: Columns, runs: readonly Run[]): void {
    const chart = this.#chart!;
    if (runs !== this.#runs) {
      this.#runs = runs;
      chart.setLines([
        ...lines,
        ...runs.map(({ name, color, dash }) => ({ label: name, color: `--run-${color}`, dash })),
      ]);
    }
    const others = runs.map((run) => columns(run.history, this.figure, run.examples));
    const axis = overlaid(x, others);
    chart.show([
      axis.x,
      ...[training, smoothed, validation].map((column) => axis.at(column, x)),
      ...others.map((other) => axis.at(other.smoothed, other.x)),
    ]);
  }

  async #weigh({ model }: Learner): Promise<void> {
    this.#decay = this.#seen && model ? await decayLoss(model) : null;
    this.requestUpdate();
  }

  async #fetch(lesson: Learner): Promise<void> {
    const model = lesson.model;
    if (!model || !this.#seen) return;
    if (!this.#chart) {
      if (model.step > 0) void this.#open();
      return;
    }
    const history = await model.history();
    if (lesson.model !== model || !this.#chart) return;
    this.#split = model.options.hold_out > 0 ? "validation" : lesson.checked;
    this.#columns = columns(history, this.figure, lesson.passSize);
    this.#draw(this.#columns, lesson.runs.kept);
    this.requestUpdate();
  }
}

/** What a curve stood at after so many images; null when it had ended. */
function before({ x, smoothed }: Columns, place: number): number | null {
  if (place > (x.at(-1) ?? -1)) return null;
  return smoothed[x.findLastIndex((one) => one <= place)] ?? null;
}
