import { css, html, nothing, type PropertyValues } from "lit";
import { customElement } from "lit/decorators.js";
import type { Dataset, DatasetExample, Prediction } from "../api";
import { LessonElement } from "./base";
import { DarkScheme } from "./dark-scheme";
import { paintExample } from "./digit";
import { formatPercent } from "./format";
import { icons } from "./icons";
import type { Lesson } from "./lesson";

const kShown = 16;

/** Test images, what the network says they are, and whether it is right. Choosing one shows the layers for it. */
@customElement("livegrad-predictions")
export class LivegradPredictions extends LessonElement {
  static override styles = [
    ...LessonElement.styles,
    css`
      .head {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: 8px 24px;
        margin-bottom: 16px;
        font-size: 14px;
      }
      ol {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(152px, 1fr));
        gap: 8px;
      }
      /* Keeps the place of images that are not there yet. */
      li {
        min-height: 74px;
      }
      button.one {
        display: grid;
        grid-template-columns: 56px minmax(0, 1fr);
        gap: 12px;
        width: 100%;
        height: 100%;
        padding: 8px;
        border-color: var(--line);
        background: none;
        text-align: left;
        font-weight: 400;
        white-space: normal;
      }
      button.one[aria-pressed="true"] {
        border-color: var(--accent);
        box-shadow: 0 0 0 1px var(--accent);
      }
      canvas {
        width: 56px;
        height: 56px;
        image-rendering: pixelated;
        border: 1px solid var(--line);
      }
      .bars {
        display: grid;
        gap: 2px;
        font-size: 13px;
        line-height: 16px;
      }
      .bars > span {
        display: grid;
        grid-template-columns: 12px 1fr 16px;
        min-height: 16px;
        gap: 6px;
        align-items: center;
      }
      .bar {
        height: 8px;
        background: var(--table);
      }
      .bar i {
        display: block;
        height: 100%;
        background: var(--edge);
      }
      .bars > :first-child {
        font-weight: 700;
      }
      .truth .bar i {
        background: var(--right);
      }
      .miss .bar i {
        background: var(--wrong);
      }
      .right svg {
        color: var(--right);
      }
      .wrong svg {
        color: var(--wrong);
      }
      @media (max-width: 599px) {
        ol {
          grid-template-columns: repeat(2, minmax(0, 1fr));
        }
        button.one {
          grid-template-columns: 48px minmax(0, 1fr);
          gap: 8px;
        }
        canvas {
          width: 48px;
          height: 48px;
        }
      }
    `,
  ];

  #first = 0;
  #seen = false;
  readonly #dark = new DarkScheme(this);
  #shown: { dataset: Dataset; first: number; examples: DatasetExample[] } | null = null;
  #predictions: Prediction[] = [];

  protected override follow(lesson: Lesson): void {
    const ask = this.atMostEvery(400, () => this.#ask(lesson));
    this.whenSeen((seen) => {
      this.#seen = seen;
      ask();
    });
    this.listen(lesson.on("tick", ask));
    this.listen(lesson.on("reset", ask));
    this.listen(lesson.on("change", ask));
  }

  protected override updated(_changed: PropertyValues): void {
    this.#paint();
  }

  protected override render(): unknown {
    const examples = this.#shown?.examples ?? [];
    const right = this.#predictions.filter(({ best, label }) => best === label).length;
    return html`
      <div class="head">
        <p class="soft">
          ${this.#predictions.length ? `${right} of these ${examples.length} right` : "\u00a0"}
        </p>
        <button class="small" type="button" ?disabled=${examples.length === 0} @click=${this.#others}>
          Other images
        </button>
      </div>
      <ol>
        ${examples.map((example, place) => html`<li>${this.#one(example, this.#predictions[place])}</li>`)}
        ${Array.from({ length: examples.length ? 0 : kShown }, () => html`<li aria-hidden="true"></li>`)}
      </ol>
    `;
  }

  #one({ index, label }: DatasetExample, prediction: Prediction | undefined): unknown {
    const classes = this.lesson?.dataset?.classes ?? [];
    const name = (label: number): string => classes[label] ?? String(label);
    const right = prediction?.best === label;
    const says = prediction ? `says ${name(prediction.best)}, ${right ? "right" : "wrong"}` : "";
    return html`<button
      class="one ${prediction ? (right ? "right" : "wrong") : ""}"
      type="button"
      aria-pressed=${this.lesson?.view.subject === "test" && index === this.lesson.view.example}
      @click=${() => this.lesson?.view.show("test", index)}
    >
      <span class="unseen">Test image ${index}, a ${name(label)}: ${says}. Show its layers</span>
      <canvas></canvas>
      <span class="bars" aria-hidden="true">
        ${top(prediction).map(
          ([best, p], rank) =>
            html`<span class=${best === label ? "truth" : rank === 0 ? "miss" : ""}>
              ${name(best)}
              <span class="bar" title=${formatPercent(100 * p)}><i .style=${`width: ${100 * p}%`}></i></span>
              ${rank === 0 ? (right ? icons.right : icons.wrong) : nothing}
            </span>`,
        )}
      </span>
    </button>`;
  }

  #paint(): void {
    const canvases = this.renderRoot.querySelectorAll("canvas");
    this.#shown?.examples.forEach((example, place) => {
      const canvas = canvases[place];
      const key = `${this.#shown?.dataset.name} ${example.index} ${this.#dark.matches}`;
      if (!canvas || canvas.dataset["key"] === key) return;
      canvas.dataset["key"] = key;
      paintExample(canvas, example, this.#dark.matches);
    });
  }

  #others(): void {
    const size = this.lesson?.dataset?.arrived.test ?? 0;
    this.#first = this.#first + 2 * kShown <= size ? this.#first + kShown : 0;
    void this.lesson?.quietly(async () => this.#ask(this.lesson!));
  }

  async #ask(lesson: Lesson): Promise<void> {
    const dataset = lesson.dataset;
    if (!this.#seen || !dataset || !lesson.view.model) return;
    const first = this.#first;
    const count = Math.min(kShown, dataset.arrived.test - first);
    const indices = Array.from({ length: count }, (_, place) => first + place);
    const isShown = (): boolean => this.#shown?.dataset === dataset && this.#shown.first === first;
    if (!isShown()) {
      const examples = await dataset.examples("test", indices);
      if (first !== this.#first || dataset !== lesson.dataset) return; // others were asked for meanwhile
      this.#shown = { dataset, first, examples };
      this.#predictions = [];
      this.requestUpdate(); // the images come first, then what is said of them
    }
    const predictions = await lesson.predict(indices);
    if (!isShown()) return;
    this.#predictions = predictions;
    this.requestUpdate();
  }
}

/** The three likeliest classes. */
function top(prediction: Prediction | undefined): [label: number, probability: number][] {
  if (!prediction?.probabilities) return [];
  return Array.from(prediction.probabilities, (p, label): [number, number] => [label, p])
    .sort(([, a], [, b]) => b - a)
    .slice(0, 3);
}
