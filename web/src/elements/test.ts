import { css, html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { Evaluation } from "../api";
import { LessonElement } from "./base";
import { formatCount, formatNumber, formatPercent } from "./format";
import type { Lesson } from "./lesson";
import { notices } from "./notice";

interface Result {
  evaluation: Evaluation;
  /** Updates that the tested weights had seen. */
  step: number;
  network: string;
}

/** The test on every test image, with its progress, its error and how sure one may be of it. */
@customElement("livegrad-test")
export class LivegradTest extends LessonElement {
  static override styles = [
    ...LessonElement.styles,
    css`
      .result {
        margin-top: 16px;
      }
      .error {
        font-size: 28px;
        font-weight: 500;
        line-height: 40px;
        letter-spacing: -0.01em;
      }
      .older {
        margin-top: 8px;
        color: var(--ink-soft);
        font-size: 13px;
      }
      .below {
        margin-top: 8px;
      }
      .below:empty {
        display: none;
      }
    `,
  ];

  @state() private progress: { done: number; total: number } | null = null;
  @state() private results: Result[] = [];
  #abort: AbortController | null = null;

  protected override follow(lesson: Lesson): void {
    this.listen(() => this.#abort?.abort());
    this.listen(lesson.on("reset", () => this.#abort?.abort()));
  }

  protected override render(): unknown {
    const lesson = this.lesson;
    const size = lesson?.dataset?.size.test ?? 0;
    const [last, ...older] = this.results;
    return html`
      <div class="work">
        ${
          this.progress
            ? html`<button type="button" @click=${() => this.#abort?.abort()}>Stop the test</button>
                <progress
                  aria-label="Test"
                  max=${this.progress.total}
                  .value=${this.progress.done}
                ></progress>
                <span>${formatCount(this.progress.done)} of ${formatCount(this.progress.total)}</span>`
            : html`<button type="button" ?disabled=${!lesson?.ready || lesson.arriving} @click=${this.#test}>
                ${size ? `Test on all ${formatCount(size)} images` : "Test on all images"}
              </button>`
        }
      </div>
      <div class="below">${notices(lesson, "test")}</div>
      <div role="status">${last ? this.#show(last) : nothing}</div>
      ${
        older.length
          ? html`<ul class="older" aria-label="Earlier tests">
              ${older.map(
                ({ evaluation, step, network }) =>
                  html`<li>
                    ${network}, step ${formatCount(step)}: ${formatPercent(evaluation.error ?? 0, 2)} wrong
                  </li>`,
              )}
            </ul>`
          : nothing
      }
    `;
  }

  #show({ evaluation, step, network }: Result): unknown {
    const { error, correct, examples, interval, loss } = evaluation;
    if (error === null || correct === null || !interval)
      return html`<p class="result">Loss ${formatNumber(loss)} at step ${formatCount(step)}</p>`;
    return html`<div class="result">
      <p class="error">${formatPercent(error, 2)} wrong</p>
      <p class="small">
        ${formatCount(examples - correct)} of ${formatCount(examples)} images; with 95 % confidence between
        ${formatPercent(interval.low, 2)} and ${formatPercent(interval.high, 2)}.
      </p>
      <p class="small soft">${network}, step ${formatCount(step)}, loss ${formatNumber(loss)}</p>
    </div>`;
  }

  async #test(): Promise<void> {
    const { lesson } = this;
    const model = lesson?.view.model;
    if (!lesson || !model) return;
    this.#abort = new AbortController();
    this.progress = { done: 0, total: lesson.dataset?.size.test ?? 1 };
    const evaluation = await lesson.evaluate(
      this.#abort.signal,
      (done, total) => (this.progress = { done, total }),
    );
    this.progress = null;
    if (evaluation) {
      const trained = model === lesson.view.trained ? ", the trained one" : "";
      const result = {
        evaluation,
        step: model.step,
        network: `${model.spec.name ?? "network"}${trained}`,
      };
      this.results = [result, ...this.results].slice(0, 6);
    }
  }
}
