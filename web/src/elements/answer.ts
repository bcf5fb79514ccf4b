import { css, html, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import type { Prediction } from "../api";
import { LessonElement } from "./base";
import { formatPercent } from "./format";
import { icons } from "./icons";
import type { Lesson } from "./lesson";
import { barsStyle, probabilityBars } from "./probability-bars";

/** The probabilities that the network gives the classes, for the image that the layers show. */
@customElement("livegrad-answer")
export class LivegradAnswer extends LessonElement {
  static override styles = [
    ...LessonElement.styles,
    barsStyle,
    css`
      :host {
        min-height: 124px;
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
    this.listen(lesson.view.on("drawing", ask));
    ask();
  }

  protected override render(): unknown {
    const { probabilities, best, label } = this.#prediction ?? {};
    if (!probabilities || best === undefined) return nothing;
    const classes = this.lesson?.dataset?.classes ?? [];
    const known = label !== undefined && label >= 0;
    const right = best === label;
    if (best < 0) return html`<p class="verdict">Its scores are not numbers, so it says nothing.</p>`;
    const says = `It says ${classes[best] ?? best} with ${formatPercent(100 * probabilities[best]!)}`;
    return html`
      ${probabilityBars(probabilities, best, classes)}
      <p class="verdict">
        ${known ? html`<span class=${right ? "right" : "wrong"}>${right ? icons.right : icons.wrong}</span>` : nothing}
        ${says}${!known ? "." : right ? ", which is right." : `. It is ${classes[label] ?? label}.`}
      </p>
    `;
  }

  async #ask(lesson: Lesson): Promise<void> {
    if (!this.#seen) return;
    this.#prediction = await lesson.view.answer();
    this.requestUpdate();
  }
}
