import { css, html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { LessonElement } from "./base";
import { icons } from "./icons";
import { imageChoice } from "./image-choice";
import { segments } from "./segments";
import type { View } from "./view";
import "./answer";
import { hasToShow, type Show } from "./layer";

/** Layers that change no number, and the loss, whose answer is shown as bars. */
const silent = new Set(["flatten", "reshape", "loss"]);

const sigma = html`<svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
  <path d="M13 4.5V2H3l5 6-5 6h10v-2.5" fill="none" stroke="currentColor" stroke-width="1.8" />
</svg>`;

const shows = [
  ["activations", "Activations"],
  ["gradients", "Gradients"],
  ["weights", "Weights"],
  ["weight-gradients", "Weight gradients"],
] as const;

/** Every layer of the network, from the image to the answer, for one test image. */
@customElement("livegrad-layers")
export class LivegradLayers extends LessonElement {
  static override styles = [
    ...LessonElement.styles,
    css`
      .choose {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 16px;
        margin-bottom: 16px;
        font-size: 14px;
      }
      .choose div {
        display: flex;
        align-items: center;
        gap: 8px;
      }
      .choose input[type="number"] {
        width: 80px;
      }
      .scale {
        margin-left: auto;
        color: var(--ink-soft);
        font-size: 13px;
      }
      .scale i {
        width: 88px;
        height: 10px;
        border: 1px solid var(--line);
        background: linear-gradient(to right, #054891, #5498cd, #f7f7f7, #f49336, #963e04);
      }
      @media (prefers-color-scheme: dark) {
        .scale i {
          background: linear-gradient(to right, #82c3ff, #266eb4, #141418, #c86214, #ffbe6e);
        }
      }
      /* The signal's path: one line through all layers, a dot at each. */
      ol {
        border-left: 2px solid var(--line);
        margin-left: 5px;
      }
      li {
        position: relative;
        padding: 8px 0 16px 20px;
      }
      li::before {
        content: "";
        position: absolute;
        left: -7px;
        top: 14px;
        width: 12px;
        height: 12px;
        border: 2px solid var(--edge);
        border-radius: 50%;
        background: var(--panel);
      }
      .enlarge {
        position: absolute;
        top: 8px;
        right: 0;
      }
      .take-apart {
        position: absolute;
        top: 8px;
        right: 36px;
      }
      livegrad-arithmetic {
        margin-top: 8px;
      }
      .note {
        margin: -8px 0 16px;
        font-size: 13px;
      }
      .shared {
        display: flex;
        align-items: center;
        gap: 6px;
        font-size: 13px;
        font-weight: 400;
      }
      dialog {
        width: min(1200px, calc(100vw - 32px));
        max-height: calc(100vh - 32px);
        padding: 24px;
        border: 1px solid var(--line);
        border-radius: 8px;
        background: var(--panel);
        color: var(--ink);
      }
      dialog form {
        margin-top: 16px;
        text-align: right;
      }
      li:last-child {
        padding-bottom: 0;
      }
      .answer {
        display: grid;
        grid-template-columns: 136px minmax(0, 1fr);
        gap: 8px 16px;
      }
      .answer h3 {
        font: 600 15px/24px var(--font);
      }
      @media (max-width: 599px) {
        livegrad-layer {
          padding-top: 24px;
        }
        li:has(livegrad-layer)::before {
          top: 38px;
        }
        .answer {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  @property() show: Show = "activations";
  /** One colour scale for all layers; else each has its own. */
  @property({ type: Boolean, attribute: "shared-scale" }) sharedScale = false;
  /** The layer that is shown large. */
  @state() private large = "";
  /** The layer of which a value is taken apart, and which value; none: the largest. */
  @state() private apart: { layer: string; index: number | null } | null = null;
  /** The largest number of each layer, in magnitude. */
  readonly #limits = new Map<string, number>();
  @query("dialog") private dialog!: HTMLDialogElement;

  protected override render(): unknown {
    const lesson = this.lesson;
    const model = lesson?.view.model;
    if (!lesson || !model) return nothing;
    const { view } = lesson;
    const loss = model.layers.find(({ kind }) => kind === "loss");
    const ids = ["input", ...model.layers.filter(({ kind }) => !silent.has(kind)).map(({ id }) => id)].filter(
      (id) => hasToShow(model, id, this.show),
    );
    const limit = this.sharedScale ? Math.max(...ids.map((id) => this.#limits.get(id) ?? 0)) : 0;
    return html`
      <div class="choose">
        ${view.trained ? this.#networks(view) : nothing}
        <div>${imageChoice(lesson)}</div>
        ${segments("Numbers", shows, this.show, (show) => this.#chooseShow(show))}
        <label class="shared">
          <input
            type="checkbox"
            .checked=${this.sharedScale}
            @change=${(event: Event) => (this.sharedScale = (event.target as HTMLInputElement).checked)}
          />
          Same scale for all
        </label>
        <div class="scale" aria-hidden="true">negative <i></i> positive</div>
      </div>
      ${
        this.show === "gradients" && view.subject === "drawing"
          ? html`<p class="note soft">
              Of the loss, if the drawing were what the network thinks second likeliest: orange speaks against
              that.
            </p>`
          : this.show === "weight-gradients"
            ? html`<p class="note soft">
                ${
                  view.which === "trained" || model.step === 0
                    ? "All zero, since this network has not learned here yet."
                    : "Of the loss, summed over the last batch."
                }
              </p>`
            : nothing
      }
      <ol>
        ${repeat(
          ids,
          (id) => id,
          (id) =>
            html`<li>
              <livegrad-layer
                layer=${id}
                show=${this.show}
                limit=${limit}
                .for=${this.for}
                ?choosable=${!this.show.startsWith("weight")}
                @range=${(event: CustomEvent<number>) => this.#note(id, event.detail)}
                @value=${(event: CustomEvent<number>) => this.#takeApart(id, event.detail)}
              ></livegrad-layer>
              ${this.#arithmetic(id)}
              <button
                class="plain enlarge"
                type="button"
                aria-label="Enlarge ${id}"
                title="Enlarge"
                @click=${() => this.#enlarge(id)}
              >
                ${icons.enlarge}
              </button>
            </li>`,
        )}
        ${
          loss && model.classes && !this.show.startsWith("weight")
            ? html`<li class="answer">
                <h3>Answer</h3>
                <livegrad-answer .for=${this.for}></livegrad-answer>
                ${this.#arithmetic(loss.id)}
              </li>`
            : nothing
        }
      </ol>
      <dialog aria-label="${this.large}, enlarged" @close=${() => (this.large = "")}>
        ${
          this.large
            ? html`<livegrad-layer
                  layer=${this.large}
                  show=${this.show}
                  limit=${limit}
                  zoom="3"
                  numbers
                  .for=${this.for}
                ></livegrad-layer>
                <form method="dialog"><button>Close</button></form>`
            : nothing
        }
      </dialog>
    `;
  }

  /** The button that takes a value of the layer apart, and its arithmetic once it was pressed. */
  #arithmetic(layer: string): unknown {
    if (this.show.startsWith("weight")) return nothing;
    const open = this.apart?.layer === layer;
    return html`<button
        class="plain take-apart"
        type="button"
        aria-label="Arithmetic of ${layer}"
        aria-expanded=${open}
        title="How one value comes about"
        @click=${() => (open ? (this.apart = null) : this.#takeApart(layer, null))}
      >
        ${sigma}
      </button>
      ${
        open
          ? html`<livegrad-arithmetic
              closable
              layer=${layer}
              .index=${this.apart!.index}
              .for=${this.for}
              @close=${this.#putTogether}
            ></livegrad-arithmetic>`
          : nothing
      }`;
  }

  #takeApart(layer: string, index: number | null): void {
    void import("./arithmetic");
    this.apart = { layer, index };
  }

  #putTogether(): void {
    const { layer } = this.apart!;
    this.apart = null;
    this.renderRoot.querySelector<HTMLElement>(`[aria-label="Arithmetic of ${layer}"]`)?.focus();
  }

  #chooseShow(show: Show): void {
    this.show = show;
    this.#limits.clear();
  }

  #note(layer: string, limit: number): void {
    if (this.#limits.get(layer) === limit) return;
    this.#limits.set(layer, limit);
    if (this.sharedScale) this.requestUpdate();
  }

  #enlarge(layer: string): void {
    void import("./numbers");
    this.large = layer;
    this.dialog.showModal();
  }

  #networks(view: View): unknown {
    return segments(
      "Network",
      [
        ["trained", "Trained network"],
        ["learning", "Learning network"],
      ],
      view.which,
      (which) => void view.choose(which),
    );
  }
}
