import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { Dataset, DatasetExample } from "../api";
import { LessonElement } from "./base";
import { DarkScheme } from "./dark-scheme";
import { paintExample } from "./digit";
import { formatCount, formatPercent, plural } from "./format";
import type { Lesson } from "./lesson";
import { notices } from "./notice";

/** Images asked for at once, so that others have their turn. */
const kChunk = 128;
/** Most images shown. */
const kShown = 36;

/** What the network made of one test image. */
interface Outcome {
  readonly index: number;
  readonly label: number;
  readonly best: number;
  /** Probability of `best`. */
  readonly sure: number;
  readonly loss: number;
}

interface Cell {
  readonly label: number;
  readonly best: number;
}

/** Which digits the network takes for which: the confusion matrix, whose cells open their images, and the worst mistakes. */
@customElement("livegrad-mistakes")
export class LivegradMistakes extends LessonElement {
  static override styles = [
    ...LessonElement.styles,
    css`
      .found {
        display: grid;
        grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
        gap: 24px 32px;
        margin-top: 16px;
      }
      .matrix {
        overflow-x: auto;
      }
      table {
        border-collapse: collapse;
        font-size: 13px;
      }
      caption {
        margin-bottom: 8px;
        text-align: left;
        color: var(--ink-soft);
      }
      th,
      td {
        min-width: 32px;
        height: 28px;
        padding: 0;
        text-align: center;
        font-weight: 400;
      }
      th {
        padding: 0 6px;
        font-weight: 600;
      }
      td.figure {
        padding: 0 8px;
        color: var(--ink-soft);
        text-align: right;
        white-space: nowrap;
      }
      td button {
        width: 100%;
        min-height: 28px;
        padding: 0 4px;
        border: 1px solid transparent;
        border-radius: 2px;
        background: none;
        font-size: 13px;
        font-weight: 400;
      }
      td.right button {
        color: var(--ink-soft);
      }
      td.wrong {
        background: color-mix(in srgb, var(--wrong) calc(10% + 40% * var(--share)), var(--panel));
      }
      button[aria-pressed="true"] {
        border-color: var(--ink);
        box-shadow: 0 0 0 1px var(--ink);
      }
      .images {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(64px, 1fr));
        gap: 8px;
        margin-top: 12px;
      }
      .images button {
        display: grid;
        gap: 4px;
        width: 100%;
        padding: 4px;
        border-color: var(--line);
        background: none;
        font-size: 13px;
        font-weight: 400;
      }
      canvas {
        width: 44px;
        margin: 0 auto;
        image-rendering: pixelated;
      }
      .below {
        margin-top: 8px;
      }
      .below:empty {
        display: none;
      }
      @media (max-width: 999px) {
        .found {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  @state() private progress: { done: number; total: number } | null = null;
  @state() private outcomes: readonly Outcome[] = [];
  /** The cell that is open; null: the worst mistakes of all. */
  @state() private cell: Cell | null = null;
  @state() private examples: readonly DatasetExample[] = [];
  #dataset: Dataset | null = null;
  /** Whose mistakes they are. */
  #of = "";
  #abort: AbortController | null = null;
  readonly #dark = new DarkScheme(this);

  protected override follow(lesson: Lesson): void {
    this.listen(() => this.#abort?.abort());
    this.listen(lesson.on("reset", () => this.#abort?.abort()));
  }

  protected override willUpdate(_changed: PropertyValues): void {
    const dataset = this.lesson?.dataset ?? null;
    if (dataset === this.#dataset) return;
    this.#dataset = dataset;
    this.#abort?.abort();
    this.outcomes = [];
    this.examples = [];
    this.cell = null;
  }

  protected override render(): unknown {
    const { lesson, progress } = this;
    return html`
      <div class="work">
        ${
          progress
            ? html`<button type="button" @click=${() => this.#abort?.abort()}>Stop looking</button>
                <progress aria-label="Images" max=${progress.total} .value=${progress.done}></progress>
                <span>${formatCount(progress.done)} of ${formatCount(progress.total)}</span>`
            : html`<button
                type="button"
                ?disabled=${!lesson?.view.model?.dataset || lesson.arriving}
                @click=${this.#find}
              >
                ${this.outcomes.length ? "Look again" : "Find its mistakes"}
              </button>`
        }
        <span role="status" class="small soft"
          >${this.outcomes.length && !progress ? this.#of : nothing}</span
        >
      </div>
      <div class="below">${notices(lesson, "mistakes")}</div>
      ${
        this.outcomes.length
          ? html`<div class="found">
              <div class="matrix">${this.#matrix()}</div>
              <div>${this.#images()}</div>
            </div>`
          : nothing
      }
    `;
  }

  protected override updated(_changed: PropertyValues): void {
    this.renderRoot.querySelectorAll("canvas").forEach((canvas, place) => {
      const example = this.examples[place];
      if (example) paintExample(canvas, example, this.#dark.matches);
    });
  }

  #name(label: number): string {
    return this.lesson?.dataset?.classes[label] ?? String(label);
  }

  #matrix(): unknown {
    const classes = this.lesson?.dataset?.classes.length ?? 0;
    const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
    for (const { label, best } of this.outcomes) counts[label]![best]!++;
    const most = Math.max(1, ...counts.flatMap((row, label) => row.filter((_, best) => best !== label)));
    const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
    const share = (part: number, whole: number): string =>
      whole ? formatPercent((100 * part) / whole) : "–";
    const labels = counts.map((_, label) => label);
    return html`<table>
      <caption>
        Rows: what it is. Columns: what the network says. A cell opens its images.
      </caption>
      <thead>
        <tr>
          <td></td>
          ${labels.map((best) => html`<th scope="col">${this.#name(best)}</th>`)}
          <th scope="col">found</th>
        </tr>
      </thead>
      <tbody>
        ${counts.map(
          (row, label) =>
            html`<tr>
              <th scope="row">${this.#name(label)}</th>
              ${row.map((count, best) => this.#cell({ label, best }, count, most))}
              <td class="figure">${share(row[label]!, sum(row))}</td>
            </tr>`,
        )}
        <tr>
          <th scope="row">true</th>
          ${labels.map((best) => html`<td class="figure">${this.#short(counts[best]![best]!, sum(counts.map((row) => row[best]!)))}</td>`)}
          <td></td>
        </tr>
      </tbody>
    </table>`;
  }

  /** Percent without the sign, for narrow columns. */
  #short(part: number, whole: number): string {
    return whole ? ((100 * part) / whole).toFixed(1) : "–";
  }

  #cell(cell: Cell, count: number, most: number): unknown {
    const { label, best } = cell;
    const right = label === best;
    if (count === 0) return html`<td aria-label="none"></td>`;
    const share = right ? 0 : Math.sqrt(count / most);
    const what = right ? "right" : `taken for ${this.#name(best)}`;
    return html`<td class=${right ? "right" : "wrong"} .style=${`--share: ${share}`}>
      <button
        type="button"
        aria-pressed=${this.cell?.label === label && this.cell.best === best}
        aria-label="${plural(count, "image")} of ${this.#name(label)} ${what}"
        @click=${() => this.#open(cell)}
      >
        ${formatCount(count)}
      </button>
    </td>`;
  }

  #chosen(): readonly Outcome[] {
    const { cell } = this;
    const found = this.outcomes.filter(({ label, best }) =>
      cell ? label === cell.label && best === cell.best : label !== best,
    );
    return found.sort((a, b) => b.loss - a.loss);
  }

  #images(): unknown {
    const { cell } = this;
    const chosen = this.#chosen();
    const shown = chosen.slice(0, this.examples.length);
    const title = !cell
      ? "The worst mistakes"
      : cell.label === cell.best
        ? `Hardest of the ${this.#name(cell.label)} that it knows`
        : `${this.#name(cell.label)} taken for ${this.#name(cell.best)}`;
    return html`<div class="work">
        <h3>${title}</h3>
        <span class="small soft"
          >${formatCount(shown.length)} of ${formatCount(chosen.length)}, worst first</span
        >
        ${cell ? html`<button class="plain" type="button" @click=${() => this.#open(null)}>All mistakes</button>` : nothing}
      </div>
      <ol class="images">
        ${repeat(
          shown,
          ({ index }) => index,
          ({ index, label, best, sure }) =>
            html`<li>
              <button
                type="button"
                aria-pressed=${this.lesson?.view.subject === "test" && this.lesson.view.example === index}
                @click=${() => this.lesson?.view.show("test", index)}
              >
                <span class="unseen"
                  >Test image ${index}, a ${this.#name(label)}: says ${this.#name(best)} with
                  ${formatPercent(100 * sure, 0)}. Show its layers</span
                >
                <canvas></canvas>
                <span aria-hidden="true"
                  >${this.#name(label)} → ${this.#name(best)}<br /><span class="soft"
                    >${formatPercent(100 * sure, 0)}</span
                  ></span
                >
              </button>
            </li>`,
        )}
      </ol>`;
  }

  async #open(cell: Cell | null): Promise<void> {
    this.cell = cell;
    const indices = this.#chosen()
      .slice(0, kShown)
      .map(({ index }) => index);
    this.examples =
      (await this.lesson?.quietly(async () => this.lesson?.dataset?.examples("test", indices))) ?? [];
  }

  async #find(): Promise<void> {
    const { lesson } = this;
    const model = lesson?.view.model;
    if (!lesson || !model?.dataset) return;
    const abort = (this.#abort = new AbortController());
    const total = model.dataset.size.test;
    const outcomes: Outcome[] = [];
    this.progress = { done: 0, total };
    await lesson.attempt("mistakes", () =>
      lesson.whilePaused(async () => {
        for (let first = 0; first < total; first += kChunk) {
          abort.signal.throwIfAborted();
          const indices = Array.from({ length: Math.min(kChunk, total - first) }, (_, i) => first + i);
          const predictions = await model.predict(indices.map((index) => ({ split: "test", index })));
          predictions.forEach(({ label, best, loss, probabilities }, i) =>
            outcomes.push({ index: first + i, label, best, loss, sure: probabilities?.[best] ?? 0 }),
          );
          this.progress = { done: outcomes.length, total };
        }
        const wrong = outcomes.filter(({ label, best }) => label !== best).length;
        const trained =
          model === lesson.view.trained ? "the trained network" : `step ${formatCount(model.step)}`;
        this.#of = `${plural(wrong, "mistake")} in ${formatCount(total)} images, each seen once; ${model.spec.name ?? "network"}, ${trained}.`;
        this.outcomes = outcomes;
        await this.#open(null);
      }),
    );
    this.progress = null;
  }
}
