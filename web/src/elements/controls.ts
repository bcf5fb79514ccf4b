import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, query } from "lit/decorators.js";
import type { Tick } from "../api";
import { LessonElement } from "./base";
import { formatCount, formatNumber, formatPercent, formatTime } from "./format";
import { icons } from "./icons";
import type { Learner } from "./learner";
import { notices } from "./notice";

/** Spoken while learning, this often. */
const kSpeakEvery = 15_000;

/** Run, pause, step once, start over; and the figures one watches meanwhile. */
@customElement("livegrad-controls")
export class LivegradControls extends LessonElement<Learner> {
  static override styles = [
    ...LessonElement.styles,
    css`
      .bar {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 32px;
      }
      .buttons {
        display: flex;
        gap: 8px;
      }
      .primary {
        min-width: 112px;
        border-color: var(--accent);
        background: var(--accent);
        color: var(--on-accent);
        font-weight: 600;
      }
      .primary:disabled {
        border-color: var(--line);
        background: var(--table);
        color: var(--ink-soft);
      }
      .primary:hover:not(:disabled) {
        border-color: var(--accent-strong);
        background: var(--accent-strong);
      }
      dl {
        display: grid;
        grid-template-columns: repeat(4, minmax(0, 1fr));
        flex: 1;
        gap: 0 24px;
        min-width: min(100%, 480px);
      }
      dt {
        color: var(--ink-soft);
        font-size: 13px;
        line-height: 16px;
        white-space: nowrap;
      }
      dd {
        font-size: 22px;
        font-weight: 500;
        line-height: 24px;
        letter-spacing: -0.01em;
        white-space: nowrap;
      }
      /* The ruler of a pass over the data: a mark at every tenth. */
      .pass {
        display: grid;
        grid-template-columns: 1fr auto auto;
        align-items: center;
        gap: 4px 16px;
        margin-top: 12px;
        color: var(--ink-soft);
        font-size: 13px;
        line-height: 16px;
      }
      .times {
        min-width: 23ch;
        font-variant-numeric: tabular-nums;
        text-align: right;
      }
      .times:empty {
        display: none;
      }
      .ruler {
        position: relative;
        height: 8px;
        border-bottom: 1px solid var(--edge);
        background: repeating-linear-gradient(
            to right,
            var(--edge) 0 1px,
            transparent 1px calc((100% - 1px) / 10)
          )
          bottom / 100% 4px no-repeat;
      }
      .ruler i {
        position: absolute;
        inset: auto auto -2px 0;
        height: 3px;
        background: var(--training);
      }
      .goal {
        display: flex;
        flex-wrap: wrap;
        gap: 0 12px;
        margin-top: 8px;
        font-size: 14px;
      }
      .goal b {
        font-weight: 600;
      }
      .goal.reached {
        color: var(--right);
      }
      .goal svg {
        vertical-align: -2px;
      }
      .below {
        display: grid;
        gap: 8px;
        margin-top: 8px;
      }
      .below:empty {
        display: none;
      }
      @media (max-width: 599px) {
        .buttons {
          width: 100%;
        }
        .buttons button {
          padding: 0 12px;
        }
        .primary {
          flex: 1;
        }
        dl {
          grid-template-columns: repeat(4, auto);
          justify-content: space-between;
          gap: 0 12px;
          max-width: none;
          min-width: 100%;
        }
        .pass {
          grid-template-columns: 1fr auto;
        }
        .times {
          grid-column: 1 / -1;
          min-height: 16px;
        }
        .times:empty {
          display: block;
        }
        dt {
          font-size: 12px;
        }
        dd {
          font-size: 17px;
          line-height: 20px;
        }
      }
    `,
  ];

  @query("#spoken") private spoken!: HTMLElement;
  #spokenAt = 0;
  #wasRunning = false;

  protected override follow(lesson: Learner): void {
    const refresh = this.atMostEvery(120, () => this.requestUpdate());
    this.listen(lesson.on("tick", refresh));
  }

  protected override updated(_changed: PropertyValues): void {
    const lesson = this.lesson;
    if (!lesson) return;
    const running = lesson.model?.state === "running";
    const now = performance.now();
    if (running === this.#wasRunning && !(running && now - this.#spokenAt > kSpeakEvery)) return;
    this.#wasRunning = running;
    this.#spokenAt = now;
    this.spoken.textContent = `${running ? "Learning" : "Paused"}. ${this.#figures(lesson)
      .map(([name, value]) => `${name} ${value}`)
      .join(", ")}.`;
  }

  protected override render(): unknown {
    const lesson = this.lesson;
    const running = lesson?.running ?? false;
    const tick = lesson?.tick;
    const epoch = lesson?.model?.epoch ?? 0;
    const shows = (part: string): unknown => (lesson?.shows(part) === false ? nothing : true);
    return html`
      <div class="bar">
        <div class="buttons" role="group" aria-label="Training">
          ${
            shows("run") &&
            html`<button
              class="primary"
              type="button"
              ?disabled=${(!lesson?.model && lesson?.errors.has("session")) || lesson?.locked("run")}
              @click=${this.#toggle}
            >
              ${running ? icons.pause : icons.run} ${running ? "Pause" : "Run"}
            </button>`
          }
          ${
            shows("step") &&
            html`<button
              type="button"
              title="Learn from one batch, then stop"
              ?disabled=${running || !lesson?.ready || lesson.locked("step")}
              @click=${() => lesson?.stepOnce()}
            >
              ${icons.step} Step
            </button>`
          }
          ${
            shows("over") &&
            html`<button
              type="button"
              title="Back to new weights from the same seed"
              ?disabled=${!lesson?.ready || lesson.locked("over")}
              @click=${() => lesson?.startOver()}
            >
              ${icons.over} Start over
            </button>`
          }
        </div>
        <dl>
          ${
            lesson
              ? this.#figures(lesson).map(
                  ([name, value]) =>
                    html`<div>
                      <dt>${name}</dt>
                      <dd>${value}</dd>
                    </div>`,
                )
              : nothing
          }
        </dl>
      </div>
      <div class="pass">
        <div class="ruler"><i .style=${`width: ${100 * (epoch - Math.floor(epoch))}%`}></i></div>
        <span>Pass ${Math.floor(epoch) + 1} over the data</span>
        <span class="times"
          >${lesson && tick && tick.msPerExample.forward > 0 ? this.#times(lesson, tick) : nothing}</span
        >
      </div>
      ${lesson?.goal.any ? this.#goal(lesson) : nothing}
      <div class="below">
        ${notices(lesson, "session")} ${notices(lesson, "training")}
        ${tick?.message ? html`<div class=${tick.state === "nonfinite" ? "notice" : "notice calm"} role="alert"><p>${tick.message}${tick.state === "nonfinite" ? html` <slot name="nonfinite"></slot>` : nothing}</p></div>` : nothing}
        ${
          lesson?.undo
            ? html`<div class="notice calm" role="status">
                <p>Started over with new weights.</p>
                <button class="plain" type="button" @click=${() => lesson.undoStartOver()}>
                  Bring back step ${formatCount(lesson.undo.step)}
                </button>
                <button class="plain" type="button" @click=${() => lesson.forgetUndo()}>Close</button>
              </div>`
            : nothing
        }
      </div>
      <div id="spoken" class="unseen" role="status"></div>
    `;
  }

  #goal(lesson: Learner): unknown {
    const { goal, examplesSeen } = lesson;
    return html`<p class="goal ${goal.ended === "accuracy" ? "reached" : ""}">
      <b>${goal.ended === "accuracy" ? icons.right : nothing} ${goal.sentence}</b>
      <span role=${goal.ended ? "status" : nothing}>${goal.outcome(examplesSeen)}</span>
    </p>`;
  }

  #figures(lesson: Learner): [name: string, value: string][] {
    const { recent, tick, model, examples, examplesSeen } = lesson;
    return [
      ["Loss", recent ? formatNumber(recent.loss) : "–"],
      ["Accuracy", recent?.accuracy == null ? "–" : formatPercent(recent.accuracy)],
      [`${examples} seen`, formatCount(examplesSeen)],
      [`${examples}/s`, tick && model?.state === "running" ? formatCount(tick.examplesPerSecond) : "–"],
    ];
  }

  #times({ example }: Learner, { msPerExample: { forward, backward } }: Tick): string {
    return `${example}: ${formatTime(forward)} forward, ${formatTime(backward)} backward`;
  }

  #toggle(): void {
    void (this.lesson?.running ? this.lesson.pause() : this.lesson?.run());
  }
}
