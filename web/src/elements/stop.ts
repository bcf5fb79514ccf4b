import { css, html } from "lit";
import { customElement } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import { LessonElement } from "./base";
import type { Limit, Limits } from "./goal";

const rows: readonly {
  limit: Limit;
  label: string;
  unit: string;
  low: number;
  high: number;
  step: string;
}[] = [
  { limit: "accuracy", label: "Accuracy", unit: "%", low: 1, high: 100, step: "0.1" },
  { limit: "seconds", label: "Time", unit: "s", low: 1, high: 86_400, step: "1" },
  { limit: "examples", label: "Images", unit: "", low: 1, high: 1e9, step: "1" },
];

/** Where learning stops by itself: at an accuracy, after a time, or after a number of images; empty fields stop nothing. */
@customElement("livegrad-stop")
export class LivegradStop extends LessonElement {
  static override styles = [
    ...LessonElement.styles,
    css`
      fieldset {
        display: grid;
        grid-template-columns: repeat(3, minmax(0, 1fr));
        gap: 4px 12px;
      }
      legend {
        margin-bottom: 4px;
        padding: 0;
        font-weight: 500;
      }
      legend span {
        display: block;
        color: var(--ink-soft);
        font-weight: 400;
        font-size: 13px;
        line-height: 18px;
      }
      label {
        display: block;
        color: var(--ink-soft);
        font-weight: 400;
        font-size: 13px;
      }
      input {
        display: block;
        width: 100%;
      }
    `,
  ];

  protected override render(): unknown {
    const { lesson } = this;
    const limits: Limits = lesson?.goal.limits ?? {};
    return html`<fieldset ?disabled=${!lesson || lesson.locked("stop")}>
      <legend>Stop at <span>whichever comes first; empty: go on</span></legend>
      ${rows.map(
        ({ limit, label, unit, low, high, step }) =>
          html`<label
            >${label}${unit && `, ${unit}`}
            <input
              type="number"
              min=${low}
              max=${high}
              step=${step}
              .value=${live(limits[limit] === undefined ? "" : String(limits[limit]))}
              @change=${(event: Event) => this.#set(limit, event.target as HTMLInputElement, low, high)}
          /></label>`,
      )}
    </fieldset>`;
  }

  #set(limit: Limit, input: HTMLInputElement, low: number, high: number): void {
    const { lesson } = this;
    if (!lesson) return;
    const { [limit]: _, ...others } = lesson.goal.limits;
    const value = Number(input.value);
    const fits = input.value !== "" && value >= low && value <= high;
    void lesson.setLimits(fits ? { ...others, [limit]: value } : others);
    this.requestUpdate();
  }
}
