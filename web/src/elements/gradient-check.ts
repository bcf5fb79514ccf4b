import { css, html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { GradientCheckRow } from "../api";
import { LessonElement } from "./base";
import { formatCount, formatNumber } from "./format";
import { notices } from "./notice";
import { drawPowerScale, type Powers, powerScaleStyle } from "./power-scale";

/** Relative errors up to this are rounding; and the ends of the scale; powers of ten. */
const kAllowed = -6;
const kEnds: Powers = [-13, -1];

interface Result {
  readonly rows: readonly GradientCheckRow[];
  /** Step of the network that was checked. */
  readonly step: number;
  readonly which: string;
}

const isWrong = ({ worst }: GradientCheckRow): boolean => worst !== null && !(worst <= 10 ** kAllowed);

/** A button that checks whether the gradients of the network on screen are the slopes of its loss, and the table of what it found. */
@customElement("livegrad-gradient-check")
export class LivegradGradientCheck extends LessonElement {
  static override styles = [
    ...LessonElement.styles,
    powerScaleStyle,
    css`
      .work {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 16px;
        margin: 16px 0;
      }
      progress {
        width: 200px;
        accent-color: var(--accent);
      }
      .scroll {
        overflow-x: auto;
      }
      table {
        border-collapse: collapse;
        font-size: 14px;
      }
      th,
      td {
        padding: 8px 32px 8px 0;
        border-bottom: 1px solid var(--line);
        text-align: left;
        font-weight: 400;
        white-space: nowrap;
      }
      thead th {
        padding-top: 0;
        color: var(--ink-soft);
        font-size: 13px;
      }
      tbody th {
        font-weight: 600;
      }
      .number {
        text-align: right;
      }
      .error {
        display: flex;
        align-items: center;
        gap: 12px;
      }
      .error span {
        min-width: 64px;
        text-align: right;
      }
      .wrong .says {
        color: var(--wrong);
        font-weight: 600;
      }
      p {
        max-width: 80ch;
        font-size: 14px;
      }
      .says {
        font-weight: 600;
      }
      td.says {
        font-weight: 400;
      }
      .explained {
        margin-top: 12px;
      }
    `,
  ];

  /** Numbers checked of each tensor, chosen by chance. */
  @property({ type: Number }) samples = 40;
  @state() private result: Result | null = null;
  /** From 0 to 1; null: not checking. */
  @state() private done: number | null = null;
  @state() private stopped = false;
  #abort = new AbortController();

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#abort.abort();
  }

  protected override render(): unknown {
    const { lesson, result, done } = this;
    if (!lesson?.view.model) return html`<p class="soft">Waiting for the network …</p>`;
    return html`
      <p class="soft">
        Learning follows the gradient that backpropagation computes: how much the loss changes with each
        weight. The check moves weights up and down a little, one at a time, and measures that change.
      </p>
      <div class="work">
        <button type="button" @click=${done === null ? this.#check : this.#stop}>
          ${done === null ? "Check the gradients" : "Stop"}
        </button>
        ${done === null ? nothing : html`<progress aria-label="Check" max="1" .value=${done}></progress>`}
        <p class="says" role="status">${this.#says()}</p>
      </div>
      ${notices(lesson, "gradients")}
      ${
        result
          ? html`<div class="scroll" tabindex="0" role="group" aria-label="Gradients of each layer">
                ${this.#table(result)}
              </div>
              <p class="explained soft">
                In double precision, on a copy of the weights of
                ${result.which === "trained" ? "the trained network" : `step ${formatCount(result.step)}`},
                with four images of noise. The error is how far gradient and measured slope are apart, as a
                part of their size: at most a millionth is rounding, the grey part of the scale. A number is
                left out where the loss has a corner, as those of ReLU and of max pooling, since it has two
                slopes there.
              </p>`
          : nothing
      }
    `;
  }

  #says(): unknown {
    const { done, result, stopped } = this;
    if (done !== null) return "Checking …";
    if (!result) return nothing;
    const wrong = result.rows.filter(isWrong);
    const worst = Math.max(...result.rows.map(({ worst }) => worst ?? 0));
    if (wrong.length > 0)
      return `The gradients of ${wrong.map(({ layer, parameter }) => `${layer}.${parameter}`).join(", ")} are wrong.`;
    return `${stopped ? "Stopped. What was checked is right" : "All gradients are right"}: the largest relative error is ${formatNumber(worst)}.`;
  }

  #table({ rows }: Result): unknown {
    return html`<table>
      <thead>
        <tr>
          <th scope="col">Layer</th>
          <th scope="col">Of</th>
          <th scope="col">Verdict</th>
          <th scope="col">Largest relative error</th>
          <th scope="col" class="number">Checked</th>
          <th scope="col" class="number">At corners</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map((row) => {
          const { layer, parameter, size, checked, kinks, worst } = row;
          return html`<tr class=${isWrong(row) ? "wrong" : ""}>
            <th scope="row">${parameter === "input" ? "image" : layer}</th>
            <td>${parameter === "input" ? "pixels" : parameter}</td>
            <td class="says">
              ${worst === null ? (kinks > 0 ? "not known" : "–") : isWrong(row) ? "wrong" : "right"}
            </td>
            <td>${worst === null ? "–" : this.#error(worst)}</td>
            <td class="number">${checked} <span class="soft">of ${formatCount(size)}</span></td>
            <td class="number">${kinks || "–"}</td>
          </tr>`;
        })}
      </tbody>
    </table>`;
  }

  /** The number, and where it lies on the scale of powers of ten. */
  #error(worst: number): unknown {
    return html`<div class="error">
      <span>${formatNumber(worst)}</span>
      ${drawPowerScale(Math.log10(worst), kEnds, [kEnds[0], kAllowed])}
    </div>`;
  }

  #stop(): void {
    this.#abort.abort();
  }

  async #check(): Promise<void> {
    const { lesson } = this;
    const model = lesson?.view.model;
    if (!lesson || !model) return;
    lesson.dismiss("gradients");
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const { step } = model;
    const { which } = lesson.view;
    this.result = null;
    this.stopped = false;
    this.done = 0;
    const show = (rows: readonly GradientCheckRow[], done: number): void => {
      this.result = { rows, step, which };
      this.done = done;
    };
    await lesson.attempt("gradients", () =>
      model.checkGradients({ samples: this.samples, signal, onProgress: show }),
    );
    this.done = null;
    this.stopped = signal.aborted;
  }
}
