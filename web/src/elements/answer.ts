import { css, html, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import type { Prediction } from "../api";
import { LessonElement } from "./base";
import { formatPercent } from "./format";
import { icons } from "./icons";
import type { Lesson } from "./lesson";

/** The probabilities that the network gives the classes, for the image that the layers show. */
@customElement("livegrad-answer")
export class LivegradAnswer extends LessonElement {
  static override styles = [
    ...LessonElement.styles,
    css`
      ol {
        display: grid;
        grid-auto-columns: minmax(0, 40px);
        grid-auto-flow: column;
        gap: 4px;
      }
      li {
        text-align: center;
        font-size: 13px;
        line-height: 20px;
      }
      .bar {
        display: flex;
        align-items: flex-end;
        height: 64px;
        background: var(--table);
      }
      .bar span {
        flex: 1;
        background: var(--edge);
      }
      .best .bar span {
        background: var(--training);
      }
      .best {
        font-weight: 700;
      }
      .verdict {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 8px;
        margin-top: 8px;
        font-size: 14px;
      }
      .verdict span {
        display: flex;
      }
      .right {
        color: var(--right);
      }
      .wrong {
        color: var(--wrong);
      }
    `,
  ];

  #prediction: Prediction | null = null;
  #seen = false;

  protected override follow(lesson: Lesson): void {
    const ask = this.atMostEvery(200, () => this.#ask(lesson));
    this.whenSeen((seen) => {
      this.#seen = seen;
      ask();
    });
    this.listen(lesson.on("tick", ask));
    this.listen(lesson.on("change", ask));
    ask();
  }

  protected override render(): unknown {
    const { probabilities, best, label } = this.#prediction ?? {};
    if (!probabilities || best === undefined) return nothing;
    const classes = this.lesson?.dataset?.classes ?? [];
    const right = best === label;
    return html`
      <ol aria-label="Probability of each class">
        ${Array.from(
          probabilities,
          (p, index) =>
            html`<li class=${index === best ? "best" : ""}>
              <div class="bar"><span .style=${`height: ${100 * p}%`}></span></div>
              ${classes[index] ?? index}<span class="unseen">: ${formatPercent(100 * p)}</span>
            </li>`,
        )}
      </ol>
      <p class="verdict">
        <span class=${right ? "right" : "wrong"}>${right ? icons.right : icons.wrong}</span>
        It says ${classes[best] ?? best} with
        ${formatPercent(100 * probabilities[best]!)}${right ? ", which is right." : `. It is ${classes[label ?? -1] ?? label}.`}
      </p>
    `;
  }

  async #ask(lesson: Lesson): Promise<void> {
    if (!this.#seen || !lesson.ready) return;
    [this.#prediction = null] = await lesson.predict([lesson.example]);
    this.requestUpdate();
  }
}
