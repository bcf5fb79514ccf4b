import { css, html, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import { LessonElement } from "./base";
import { formatCount, formatNumber, formatPercent } from "./format";
import type { Run } from "./kept-runs";
import type { Lesson } from "./lesson";

/** Runs kept to compare: their curves lie under those of the one that learns. */
@customElement("livegrad-runs")
export class LivegradRuns extends LessonElement {
  static override styles = [
    ...LessonElement.styles,
    css`
      :host {
        margin-top: 12px;
        padding-top: 12px;
        border-top: 1px solid var(--line);
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 16px;
      }
      .row label {
        display: flex;
        align-items: center;
        gap: 8px;
        font-weight: 400;
      }
      ul {
        display: grid;
        gap: 8px;
        margin-top: 12px;
      }
      li {
        display: grid;
        grid-template-columns: 24px minmax(0, 1fr) auto;
        align-items: center;
        gap: 0 12px;
        font-size: 14px;
      }
      li p {
        overflow-wrap: anywhere;
      }
      li span {
        display: block;
        color: var(--ink-soft);
        font-size: 13px;
        line-height: 18px;
      }
      line {
        stroke-width: 2.5;
      }
      line.run-0 {
        stroke: var(--run-0);
      }
      line.run-1 {
        stroke: var(--run-1);
      }
      line.run-2 {
        stroke: var(--run-2);
      }
      line.run-3 {
        stroke: var(--run-3);
      }
    `,
  ];

  protected override render(): unknown {
    const { lesson } = this;
    const runs = lesson?.runs.kept ?? [];
    return html`
      <div class="row">
        <button
          class="small"
          type="button"
          ?disabled=${!lesson?.model || lesson.model.step === 0}
          @click=${() => lesson?.keepRun()}
        >
          Keep this run
        </button>
        <label
          ><input
            type="checkbox"
            .checked=${live(lesson?.runs.always ?? true)}
            @change=${(event: Event) => lesson?.alwaysKeepRuns((event.target as HTMLInputElement).checked)}
          />
          Keep each one that starts over</label
        >
      </div>
      ${
        runs.length
          ? html`<ul aria-label="Kept runs">
              ${runs.map((run) => this.#run(lesson!, run))}
            </ul>`
          : nothing
      }
    `;
  }

  #run(lesson: Lesson, run: Run): unknown {
    const { name, settings, seen, loss, accuracy, color } = run;
    const result = [
      `${formatCount(seen)} images`,
      loss === null ? "" : `loss ${formatNumber(loss)}`,
      accuracy === null ? "" : `accuracy ${formatPercent(accuracy)}`,
    ].filter(Boolean);
    const same = lesson.runs.sameStream(run, lesson) ? "; the same images in the same order as now" : "";
    return html`<li>
      <svg width="24" height="8" aria-hidden="true">
        <line class="run-${color}" x1="0" x2="24" y1="4" y2="4" stroke-dasharray=${run.dash.join(" ")} />
      </svg>
      <p>${name} <span>${settings}${same}</span> <span>${result.join(", ")}</span></p>
      <button
        class="plain"
        type="button"
        aria-label="Forget run ${name}, ${settings}"
        @click=${() => lesson.forgetRun(run)}
      >
        Forget
      </button>
    </li>`;
  }
}
