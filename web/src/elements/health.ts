import { css, html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { Model, Update } from "../api";
import { LessonElement } from "./base";
import { formatCount, formatNumber, formatPercent, plural } from "./format";
import { drawHistogram } from "./histogram";
import { type Good, lastGood } from "./last-good";
import {
  areFinite,
  type Distribution,
  healthOf,
  kImages,
  kSaturated,
  type LayerHealth,
  ratiosOf,
} from "./layer-health";
import type { Lesson } from "./lesson";
import { drawPowerScale, type Powers, powerScaleStyle } from "./power-scale";

type Row = LayerHealth & {
  /** By which part of its length a step moves the layer's weights; null where that is not known. */
  readonly ratio: number | null;
};

/** Between these is what a step should change of the weights, and these are the ends of the scale; powers of ten. */
const kGood: Powers = [-5, -1];
const kEnds: Powers = [-7, 0];

/** What there is to say of a layer's numbers; nothing when they are fine. */
function complaints({ activations, ratio, dead, saturated }: Row): string {
  return [
    activations && !areFinite(activations) ? "not finite" : "",
    ratio !== null && ratio > 10 ** kGood[1] ? "weights jump: lower the rate" : "",
    ratio !== null && ratio < 10 ** kGood[0] ? "hardly learns" : "",
    dead && dead.count > 0.4 * dead.of ? "many are dead" : "",
    saturated !== null && saturated > 0.5 ? "mostly saturated" : "",
  ]
    .filter(Boolean)
    .join(", ");
}

/**
 * How well each layer is: how its numbers are distributed, how far a step moves its weights, how many of its units are dead or
 * saturated; and when a number is none any more, which layer was the first, and the way back.
 */
@customElement("livegrad-health")
export class LivegradHealth extends LessonElement {
  static override styles = [
    ...LessonElement.styles,
    powerScaleStyle,
    css`
      /* Those who follow a link to it find it below what stays at the top. */
      :host {
        scroll-margin-top: 240px;
      }
      .scroll {
        overflow-x: auto;
      }
      table {
        width: 100%;
        border-collapse: collapse;
        font-size: 14px;
      }
      th,
      td {
        padding: 8px 24px 8px 0;
        border-bottom: 1px solid var(--line);
        text-align: left;
        font-weight: 400;
        vertical-align: top;
        white-space: nowrap;
      }
      thead th {
        padding-top: 0;
        color: var(--ink-soft);
        font-size: 13px;
        vertical-align: bottom;
      }
      tbody th,
      thead th:first-child {
        position: sticky;
        left: 0;
        background: var(--panel);
        font-weight: 600;
      }
      .says {
        min-width: 104px;
        white-space: normal;
      }
      td > svg {
        margin-bottom: 4px;
      }
      .histogram {
        display: block;
        width: 112px;
        height: 24px;
        border-bottom: 1px solid var(--line);
        color: var(--edge);
      }
      td .soft {
        font-size: 13px;
        line-height: 18px;
      }
      td.says.wrong {
        color: var(--wrong);
        font-weight: 600;
      }
      p {
        max-width: 80ch;
        font-size: 14px;
      }
      .explained {
        margin-top: 12px;
      }
      .notice {
        flex-wrap: wrap;
        margin-bottom: 16px;
      }
      .notice p {
        min-width: min(100%, 240px);
      }
      .said:not(:empty) {
        margin-bottom: 12px;
      }
    `,
  ];

  @state() private rows: readonly Row[] = [];
  /** Undefined until it is known. */
  @state() private back: Good | null | undefined;
  @state() private said = "";
  #updates: readonly Update[] = [];
  #measured: Model | null = null;
  readonly #asked = new WeakSet<Model>();
  #seen = false;

  protected override follow(lesson: Lesson): void {
    const look = this.atMostEvery(1000, () => this.#look(lesson));
    this.whenSeen((seen) => {
      this.#seen = seen;
      look();
    });
    this.listen(lesson.on("change", look));
    this.listen(lesson.on("tick", look));
    // The way back is looked for also while nobody looks.
    const rescue = this.atMostEvery(0, async () => void (this.back = await lastGood(lesson)));
    const isBroken = (): boolean => lesson.model?.state === "nonfinite";
    if (isBroken()) rescue();
    this.listen(lesson.on("tick", () => isBroken() && rescue()));
    this.listen(
      lesson.on("reset", () => {
        this.#updates = [];
        this.back = undefined;
        look();
      }),
    );
  }

  protected override render(): unknown {
    const { lesson, rows } = this;
    if (!lesson?.view.model || rows.length === 0) return html`<p class="soft">Reading the layers …</p>`;
    const broken = lesson.model?.state === "nonfinite" ? (lesson.tick?.firstNonfinite ?? "") : "";
    const guilty = broken && lesson.view.which === "learning" ? layerOf(lesson.model!, broken) : "";
    return html`
      ${broken ? this.#rescue(lesson, broken) : nothing}
      <p class="said" role="status">${this.said}</p>
      <div class="scroll" tabindex="0" role="group" aria-label="Health of the layers">
        <table>
          <thead>
            <tr>
              <th scope="col">Layer</th>
              <th scope="col">Verdict</th>
              <th scope="col">Update / weights</th>
              <th scope="col">Dead</th>
              <th scope="col">Saturated</th>
              <th scope="col">Activations</th>
              <th scope="col">Weights</th>
            </tr>
          </thead>
          <tbody>
            ${rows.map((row) => {
              const { id, activations, weights, ratio, dead, saturated } = row;
              const wrong = id === guilty ? "first to go NaN" : complaints(row);
              return html`<tr>
                <th scope="row">${id}</th>
                <td class="says ${wrong ? "wrong" : ""}">${wrong || "fine"}</td>
                <td>${moved(ratio)}</td>
                <td>
                  ${dead ? html`${dead.count} <span class="soft">of ${plural(dead.of, dead.what)}</span>` : "–"}
                </td>
                <td>${saturated === null ? "–" : formatPercent(100 * saturated, 0)}</td>
                <td>${distributed(activations)}</td>
                <td>${distributed(weights)}</td>
              </tr>`;
            })}
          </tbody>
        </table>
      </div>
      <p class="explained soft">
        From ${kImages} test images. A good step changes a layer by about a thousandth of its weights, 0.1 %;
        the grey part of the scale is from 0.001 % to 10 %. A dead unit gives zero for every image, so nothing
        corrects it any more; a saturated answer lies beyond ${formatPercent(100 * kSaturated, 0)} of its
        range, where its slope is near zero.
        ${
          lesson.view.which === "learning" && this.#updates.length === 0
            ? "Updates are measured while it learns."
            : nothing
        }
      </p>
    `;
  }

  #rescue(lesson: Lesson, broken: string): unknown {
    const { back } = this;
    const { step } = lesson.model!;
    const what = layerOf(lesson.model!, broken);
    return html`<div class="notice" role="alert">
      <p>
        ${what ? html`<b>${what}</b> was the first layer to become infinite or not a number (${broken})` : html`${broken} became infinite or not a number`},
        in step ${formatCount(step + 1)}.
        ${
          back
            ? `At step ${formatCount(back.snapshot.step)} all was well, with a loss of ${formatNumber(back.loss)}.`
            : back === null
              ? "Nothing older that was well is kept."
              : nothing
        }
      </p>
      ${
        back === undefined
          ? nothing
          : html`<button class="small" type="button" @click=${() => this.#goBack(lesson, back)}>
              ${back ? "Go back there" : "Start over"}, with a lower rate
            </button>`
      }
    </div>`;
  }

  async #goBack(lesson: Lesson, back: Good | null): Promise<void> {
    const { model } = lesson;
    if (!model) return;
    const { rate } = model.options.optimizer;
    await (back ? lesson.goOnFrom(back.snapshot) : lesson.startOver());
    if (model.state === "nonfinite") return; // what went wrong is said where time travel is
    // A snapshot has the settings of its time, whose rate may be lower still.
    const lower = Math.min(model.options.optimizer.rate, Number((rate / 10).toPrecision(2)));
    await lesson.setOptions({ optimizer: { rate: lower } });
    this.said = `${back ? "Back at" : "Started over at"} step ${formatCount(model.step)}, with a learning rate of ${formatNumber(lower)}.`;
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(".scroll")?.focus();
  }

  async #look(lesson: Lesson): Promise<void> {
    const { model } = lesson.view;
    if (!this.#seen || !model?.dataset) return;
    if (this.#measured !== model) {
      this.#measured = model;
      this.#updates = [];
    }
    this.#measure(model);
    const layers = await healthOf(model);
    const ratios = ratiosOf(this.#updates);
    this.rows = layers.map((layer) => ({ ...layer, ratio: ratios.get(layer.id) ?? null }));
    if (model.state === "running") this.said = "";
  }

  /** Asks for the next step's updates; one question at a time. */
  #measure(model: Model): void {
    if (this.#asked.has(model)) return;
    this.#asked.add(model);
    void this.lesson
      ?.quietly(async () => {
        const updates = await model.measureUpdate();
        if (this.#measured === model) this.#updates = updates;
      })
      .finally(() => this.#asked.delete(model));
  }
}

/** The layer that a tensor belongs to; none: "". */
function layerOf(model: Model, tensor: string): string {
  return model.layers.find(({ tensors }) => tensors.includes(tensor))?.id ?? "";
}

function distributed(numbers: Distribution | null): unknown {
  if (!numbers) return "–";
  const { bins, low, high, deviation } = numbers;
  if (!areFinite(numbers)) return "not finite";
  return html`${drawHistogram(bins)}
    <p class="soft">${formatNumber(low)} … ${formatNumber(high)}<br />spread ${formatNumber(deviation)}</p>`;
}

/** The share that a step changes, and where it lies on the scale of powers of ten. */
function moved(ratio: number | null): unknown {
  if (ratio === null) return "–";
  if (!(ratio > 0)) return "none";
  return html`${drawPowerScale(Math.log10(ratio), kEnds, kGood)} ${formatNumber(100 * ratio)}&nbsp;%`;
}
