import { css, html, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { LessonElement } from "./base";
import { formatCount } from "./format";
import type { Lesson } from "./lesson";
import { segments } from "./segments";
import type { View } from "./view";
import "./answer";
import "./layer";

/** Layers that change no number, and the loss, whose answer is shown as bars. */
const silent = new Set(["flatten", "reshape", "loss"]);

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
        justify-content: space-between;
        gap: 8px 24px;
        margin-bottom: 16px;
        font-size: 14px;
      }
      .choose div {
        display: flex;
        align-items: center;
        gap: 8px;
      }
      .choose input {
        width: 80px;
      }
      .scale {
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
        .answer {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  protected override render(): unknown {
    const lesson = this.lesson;
    const model = lesson?.view.model;
    if (!lesson || !model) return nothing;
    const { view } = lesson;
    const loss = model.layers.find(({ kind }) => kind === "loss");
    const ids = ["input", ...model.layers.filter(({ kind }) => !silent.has(kind)).map(({ id }) => id)];
    return html`
      <div class="choose">
        ${view.trained ? this.#networks(view) : nothing}
        <div>
          ${
            view.drawing
              ? segments(
                  "Image",
                  [
                    ["drawing", "Your drawing"],
                    ["test", "Test image"],
                  ],
                  view.subject,
                  (subject) => void view.show(subject),
                )
              : html`<label for="example">Test image</label>`
          }
          ${view.subject === "test" ? this.#testImage(lesson) : nothing}
        </div>
        <div class="scale" aria-hidden="true">negative <i></i> positive</div>
      </div>
      <ol>
        ${repeat(
          ids,
          (id) => id,
          (id) => html`<li><livegrad-layer layer=${id} .for=${this.for}></livegrad-layer></li>`,
        )}
        ${
          loss && model.classes
            ? html`<li class="answer">
                <h3>Answer</h3>
                <livegrad-answer .for=${this.for}></livegrad-answer>
              </li>`
            : nothing
        }
      </ol>
    `;
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

  #testImage(lesson: Lesson): unknown {
    const { view, dataset } = lesson;
    return html`<input
        id="example"
        type="number"
        aria-label="Test image"
        min="0"
        max=${(dataset?.size.test ?? 1) - 1}
        .value=${String(view.example)}
        ?disabled=${!lesson.ready}
        @change=${this.#choose}
      />
      <span class="soft">of ${formatCount(dataset?.size.test ?? 0)}</span>
      <button
        class="small"
        type="button"
        ?disabled=${!lesson.ready}
        @click=${() => view.showTest(view.example + 1)}
      >
        Next
      </button>`;
  }

  #choose(event: Event): void {
    const input = event.target as HTMLInputElement;
    const index = Number(input.value);
    if (input.value !== "" && Number.isInteger(index) && index >= 0) void this.lesson?.view.showTest(index);
    else input.value = String(this.lesson?.view.example ?? 0);
  }
}
