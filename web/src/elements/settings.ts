import { css, html, type PropertyValues } from "lit";
import { customElement, query } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import type { OptimizerOptions, OptimizerType } from "../api";
import { LessonElement } from "./base";
import { formatNumber } from "./format";

const optimizers: Record<OptimizerType, string> = {
  sgd: "SGD",
  momentum: "Momentum",
  nesterov: "Nesterov",
  adagrad: "Adagrad",
  rmsprop: "RMSProp",
  windowgrad: "Windowgrad",
  adadelta: "Adadelta",
  adam: "Adam",
  adamw: "AdamW",
};

interface Setting {
  key: string;
  label: string;
  /** What it does, in a few words. */
  hint: string;
  /** Step of a linear scale. */
  step?: number;
  low: number;
  high: number;
  /** Slider on a logarithmic scale, of whole numbers or of two digits; where zero makes sense, it is the low end. */
  log?: "whole" | "digits" | "digits or zero";
}

const settings: readonly Setting[] = [
  {
    key: "rate",
    label: "Learning rate",
    hint: "size of each correction",
    low: 1e-5,
    high: 10,
    log: "digits",
  },
  { key: "momentum", label: "Momentum", hint: "share of the last step kept", low: 0, high: 0.99, step: 0.01 },
  { key: "batch", label: "Batch size", hint: "images a correction", low: 1, high: 512, log: "whole" },
  {
    key: "l2",
    label: "L2 decay",
    hint: "pull of every weight to zero",
    low: 1e-6,
    high: 1,
    log: "digits or zero",
  },
];

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

/** The settings that act at once, while it learns: optimiser, rate, momentum, batch size, decay; and the seed of the next start. */
@customElement("livegrad-settings")
export class LivegradSettings extends LessonElement {
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
    `,
  ];

  @query("#type") private types!: HTMLSelectElement;

  /** What is being typed into a field: news from the training must not overwrite it. */
  #draft?: { key: string; text: string };

  protected override updated(_changed: PropertyValues): void {
    // Once a reader has chosen, only this property moves the choice.
    const type = this.lesson?.model?.options.optimizer.type;
    if (type) this.types.value = type;
  }

  protected override render(): unknown {
    const options = this.lesson?.model?.options;
    return html`
      <div class="rows">
        <div class="row wide">
          <label class="name" for="type">Optimiser <span>how weights are corrected</span></label>
          <select id="type" ?disabled=${!options} @change=${this.#chooseType}>
            ${Object.entries(optimizers).map(([key, name]) => html`<option value=${key}>${name}</option>`)}
          </select>
        </div>
        ${settings.map((setting) => this.#row(setting))}
        <div class="row">
          <label class="name" for="seed">Seed <span>the next start over begins with it</span></label>
          <input
            id="seed"
            type="number"
            min="0"
            step="1"
            .value=${String(this.lesson?.seed ?? 1)}
            @change=${this.#setSeed}
          />
        </div>
      </div>
    `;
  }

  #row(setting: Setting): unknown {
    const { key, label, hint, low, high } = setting;
    const value = this.#value(key);
    const values = stops.get(key);
    const unused =
      key === "momentum" &&
      !/^(momentum|nesterov)$/.test(this.lesson?.model?.options.optimizer.type ?? "momentum");
    const note = unused ? "not used by this optimiser" : hint;
    const off = unused || value === null;
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
        @input=${(event: Event) => {
          const position = Number((event.target as HTMLInputElement).value);
          void this.#set(setting, values ? values[position]! : position);
        }}
      />
    </div>`;
  }

  #value(key: string): number | null {
    const options = this.lesson?.model?.options;
    if (!options) return null;
    return key === "batch" ? options.batch : (options.optimizer[key as keyof OptimizerOptions] as number);
  }

  async #takeDraft(setting: Setting): Promise<void> {
    const draft = this.#draft;
    if (draft && draft.text !== "") await this.#set(setting, Number(draft.text));
    // What was refused gives way to what is in force, unless another was begun meanwhile.
    if (this.#draft === draft) this.#draft = undefined;
    this.requestUpdate();
  }

  async #set({ key }: Setting, value: number): Promise<void> {
    await this.lesson?.setOptions(key === "batch" ? { batch: value } : { optimizer: { [key]: value } });
  }

  async #chooseType(event: Event): Promise<void> {
    const type = (event.target as HTMLSelectElement).value as OptimizerType;
    await this.lesson?.setOptions({ optimizer: { type } });
    this.requestUpdate();
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
