import { css, html } from "lit";
import { customElement, query } from "lit/decorators.js";
import { LessonElement } from "./base";
import { formatCount } from "./format";
import type { Lesson } from "./lesson";
import { notices } from "./notice";

/**
 * Time travel: a slider over the snapshots of the run. Going back, every picture and answer of the page is that of the network
 * as it was; learning can go on from there.
 */
@customElement("livegrad-time")
export class LivegradTime extends LessonElement {
  static override styles = [
    ...LessonElement.styles,
    css`
      :host {
        margin-top: 12px;
        padding-top: 12px;
        border-top: 1px solid var(--line);
      }
      label span {
        display: block;
        color: var(--ink-soft);
        font-weight: 400;
        font-size: 13px;
        line-height: 18px;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        margin-top: 4px;
      }
      .below:not(:empty) {
        margin-top: 8px;
      }
    `,
  ];

  @query("#moment") private slider!: HTMLInputElement;

  protected override follow(lesson: Lesson): void {
    this.listen(
      lesson.on(
        "tick",
        this.atMostEvery(500, () => this.requestUpdate()),
      ),
    );
  }

  protected override updated(): void {
    // A slider's place depends on its range, which is set with it.
    const { lesson } = this;
    if (!lesson) return;
    const { all } = lesson.snapshots;
    const { past } = lesson;
    const place = past ? all.findIndex(({ step }) => step >= past.step) : all.length;
    this.slider.value = String(place < 0 ? all.length : place);
  }

  protected override render(): unknown {
    const { lesson } = this;
    const all = lesson?.snapshots.all ?? [];
    const past = lesson?.past ?? null;
    const now = lesson?.model?.step ?? 0;
    return html`
      <label for="moment"
        >Time travel
        <span
          >${past ? `Shown as it was at step ${formatCount(past.step)} of ${formatCount(now)}` : "What you see is now"}</span
        >
      </label>
      <input
        id="moment"
        type="range"
        min="0"
        max=${all.length}
        step="1"
        ?disabled=${all.length === 0}
        aria-valuetext=${past ? `step ${formatCount(past.step)}` : "now"}
        @input=${this.#travel}
      />
      <div class="row">
        <button class="small" type="button" ?disabled=${!past} @click=${() => lesson?.travel(null)}>
          Back to now
        </button>
        <button
          class="small"
          type="button"
          ?disabled=${!past}
          @click=${() => lesson?.goOnFrom(all.find(({ step }) => step === past?.step))}
        >
          Go on from here
        </button>
      </div>
      <div class="below">${notices(lesson, "time")}</div>
    `;
  }

  #travel(): void {
    const { lesson } = this;
    void lesson?.travel(lesson.snapshots.all[Number(this.slider.value)] ?? null);
  }
}
