import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, query } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import type { OptimizerType } from "../api";
import { LessonElement } from "./base";
import type { Learner } from "./learner";
import { formatNumber } from "./format";
import { changeOf, optimizers, optionOf, type Setting, settings } from "./settings-table";

/** The values that a slider on a logarithmic scale stops at: each notch another one. */
function stopsOf({ low, high, log }: Setting): number[] {
  const kNotches = 400;
  const values = Array.from({ length: kNotches + 1 }, (_, notch) => {
    const value = low * (high / low) ** (notch / kNotches);
    return log === "whole" ? Math.round(value) : Number(value.toPrecision(2));
  });
  if (log === "digits or zero") values[0] = 0;
  return [...new Set(values)];
}

const stops = new Map(settings.filter(({ log }) => log).map((setting) => [setting.key, stopsOf(setting)]));

/**
 * The settings that act at once, while it learns: optimiser, rate, momentum, batch size, decay, dropout, augmentation; and
 * the seed of the next start.
 */
@customElement("livegrad-settings")
export class LivegradSettings extends LessonElement<Learner> {
  static override styles = [
    ...LessonElement.styles,
    css`
      .rows {
        display: grid;
        gap: 12px;
      }
      .row {
        display: grid;
        grid-template-columns: 1fr 96px;
        align-items: center;
        gap: 4px 16px;
      }
      .row input[type="range"] {
        grid-column: 1 / -1;
      }
      .row input[type="number"],
      .row select {
        width: 100%;
      }
      .row.wide {
        grid-template-columns: 1fr 136px;
      }
      .name {
        line-height: 18px;
      }
      .name span {
        display: block;
        color: var(--ink-soft);
        font-weight: 400;
        font-size: 13px;
      }
      .off {
        color: var(--ink-soft);
      }
      .row.seed {
        grid-template-columns: 1fr 96px auto;
        column-gap: 8px;
      }
      summary {
        cursor: pointer;
        font-size: 14px;
        font-weight: 500;
        line-height: 24px;
      }
      details .rows {
        padding-top: 8px;
      }
      .check {
        display: flex;
        align-items: center;
        gap: 8px;
        min-height: 32px;
      }
    `,
  ];

  @query("#type") private types!: HTMLSelectElement | null;

  /** What is being typed into a field: news from the training must not overwrite it. */
  #draft?: { key: string; text: string };

  protected override updated(_changed: PropertyValues): void {
    // Once a reader has chosen, only this property moves the choice.
    const type = this.lesson?.model?.options.optimizer.type;
    if (type && this.types) this.types.value = type;
  }

  protected override render(): unknown {
    const { lesson } = this;
    const options = lesson?.model?.options;
    return html`
      <div class="rows">
        ${
          lesson?.shows("optimizer") === false
            ? nothing
            : html`<div class="row wide">
                <label class="name" for="type">Optimiser <span>how weights are corrected</span></label>
                <select
                  id="type"
                  ?disabled=${!options || lesson?.locked("optimizer", "settings")}
                  @change=${this.#chooseType}
                >
                  ${Object.entries(optimizers).map(([key, name]) => html`<option value=${key}>${name}</option>`)}
                </select>
              </div>`
        }
        ${this.#group("main")}
        ${
          lesson?.shows("seed") === false
            ? nothing
            : html`<div class="row seed">
                <label class="name" for="seed">Seed <span>the next start over begins with it</span></label>
                <input
                  id="seed"
                  type="number"
                  min="0"
                  step="1"
                  ?disabled=${lesson?.locked("seed", "settings")}
                  .value=${live(String(lesson?.seed ?? 1))}
                  @change=${this.#setSeed}
                />
                <button
                  class="small"
                  type="button"
                  title="Start over with another seed: other weights, other order"
                  ?disabled=${!lesson?.ready || lesson.locked("seed", "settings", "over")}
                  @click=${this.#newSeed}
                >
                  New seed
                </button>
              </div>`
        }
        ${
          lesson?.shows("augmentation") === false
            ? nothing
            : this.#details(
                "Augmentation",
                html`<p class="soft small">Each training image is changed at random every time it is seen.</p>
                  ${this.#group("augmentation")}
                  <label class="check">
                    <input
                      id="flip"
                      type="checkbox"
                      ?disabled=${!options || lesson?.locked("augmentation", "settings")}
                      .checked=${live(options?.augmentation.flip ?? false)}
                      @change=${(event: Event) =>
                        lesson?.setOptions({
                          augmentation: { flip: (event.target as HTMLInputElement).checked },
                        })}
                    />
                    Mirror half of the images
                  </label>`,
              )
        }
        ${this.#details("More of the optimiser", this.#group("optimizer"))}
      </div>
    `;
  }

  #details(title: string, content: unknown): unknown {
    return html`<details>
      <summary>${title}</summary>
      <div class="rows">${content}</div>
    </details>`;
  }

  #group(group: Setting["group"]): unknown {
    return settings
      .filter((setting) => setting.group === group && this.lesson?.shows(setting.key) !== false)
      .map((setting) => this.#row(setting));
  }

  #row(setting: Setting): unknown {
    const { key, label, hint, low, high, usedBy } = setting;
    const { lesson } = this;
    const value = this.#value(setting);
    const values = stops.get(key);
    const type = lesson?.model?.options.optimizer.type;
    const unused = usedBy !== undefined && type !== undefined && !usedBy.includes(type);
    const note = unused ? "not used by this optimiser" : hint;
    const off = unused || value === null || lesson?.locked(key, setting.group, "settings");
    // What takes compiling waits until the slider is let go.
    const slide = (event: Event): void => {
      const position = Number((event.target as HTMLInputElement).value);
      void this.#set(setting, values ? values[position]! : position);
    };
    return html`<div class="row ${unused ? "off" : ""}">
      <label class="name" for=${key}>${label} <span>${note}</span></label>
      <input
        id=${key}
        type="number"
        step="any"
        min=${key === "batch" ? 1 : 0}
        ?disabled=${off}
        .value=${live(this.#draft?.key === key ? this.#draft.text : value === null ? "" : shortNumber(value))}
        @input=${(event: Event) => (this.#draft = { key, text: (event.target as HTMLInputElement).value })}
        @change=${() => this.#takeDraft(setting)}
      />
      <input
        type="range"
        aria-label=${label}
        aria-valuetext=${value === null ? "" : formatNumber(value)}
        ?disabled=${off}
        min=${values ? 0 : low}
        max=${values ? values.length - 1 : high}
        step=${values ? 1 : (setting.step ?? "any")}
        .value=${String(value === null ? 0 : values ? nearest(values, value) : value)}
        @input=${key === "dropout" ? nothing : slide}
        @change=${key === "dropout" ? slide : nothing}
      />
    </div>`;
  }

  #value(setting: Setting): number | null {
    const { lesson } = this;
    const options = lesson?.model?.options;
    if (!lesson || !options) return null;
    return setting.key === "dropout" ? lesson.dropout : optionOf(options, setting);
  }

  async #takeDraft(setting: Setting): Promise<void> {
    const draft = this.#draft;
    if (draft && draft.text !== "") await this.#set(setting, Number(draft.text));
    // What was refused gives way to what is in force, unless another was begun meanwhile.
    if (this.#draft === draft) this.#draft = undefined;
    this.requestUpdate();
  }

  async #set(setting: Setting, value: number): Promise<void> {
    if (setting.key === "dropout") await this.lesson?.setDropout(value);
    else await this.lesson?.setOptions(changeOf(setting, value));
  }

  async #chooseType(event: Event): Promise<void> {
    const type = (event.target as HTMLSelectElement).value as OptimizerType;
    await this.lesson?.setOptions({ optimizer: { type } });
    this.requestUpdate();
  }

  #newSeed(): void {
    const { lesson } = this;
    if (!lesson) return;
    let seed = lesson.seed;
    while (seed === lesson.seed) seed = crypto.getRandomValues(new Uint32Array(1))[0]! % 1_000_000;
    void lesson.startOver(seed);
  }

  #setSeed(event: Event): void {
    const input = event.target as HTMLInputElement;
    const seed = Number(input.value);
    if (!this.lesson) return;
    if (input.value !== "" && Number.isSafeInteger(seed) && seed >= 0) this.lesson.seed = seed;
    input.value = String(this.lesson.seed);
  }
}

function nearest(values: readonly number[], value: number): number {
  const above = values.findIndex((stop) => stop >= value);
  if (above < 1) return above === 0 ? 0 : values.length - 1;
  return value - values[above - 1]! < values[above]! - value ? above - 1 : above;
}

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}
