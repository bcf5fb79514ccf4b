import { css, html, type PropertyValues } from "lit";
import { customElement, query } from "lit/decorators.js";
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
  low: number;
  high: number;
  /** Slider on a logarithmic scale; zero gets the end of its own. */
  log?: boolean;
  step?: number;
}

const settings: readonly Setting[] = [
  { key: "rate", label: "Learning rate", hint: "size of each correction", low: 1e-5, high: 10, log: true },
  { key: "momentum", label: "Momentum", hint: "share of the last step kept", low: 0, high: 0.99, step: 0.01 },
  { key: "batch", label: "Batch size", hint: "images a correction", low: 1, high: 512, log: true, step: 1 },
  { key: "l2", label: "L2 decay", hint: "pull of every weight to zero", low: 1e-6, high: 1, log: true },
];

/** Slider positions of a logarithmic scale. */
const kNotches = 400;

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
        .value=${value === null ? "" : shortNumber(value)}
        @change=${(event: Event) => void this.#set(setting, Number((event.target as HTMLInputElement).value), event)}
      />
      <input
        type="range"
        aria-label=${label}
        aria-valuetext=${value === null ? "" : formatNumber(value)}
        ?disabled=${off}
        min=${setting.log ? 0 : low}
        max=${setting.log ? kNotches : high}
        step=${setting.log ? 1 : (setting.step ?? "any")}
        .value=${String(value === null ? 0 : setting.log ? toNotch(value, low, high) : value)}
        @input=${(event: Event) => this.#slide(setting, Number((event.target as HTMLInputElement).value))}
      />
    </div>`;
  }

  #value(key: string): number | null {
    const options = this.lesson?.model?.options;
    if (!options) return null;
    return key === "batch" ? options.batch : (options.optimizer[key as keyof OptimizerOptions] as number);
  }

  #slide(setting: Setting, position: number): void {
    let value = position;
    if (setting.log) {
      value = position === 0 && setting.key === "l2" ? 0 : fromNotch(position, setting.low, setting.high);
      value = setting.step ? Math.round(value) : Number(value.toPrecision(2));
    }
    void this.#set(setting, value);
  }

  async #set(setting: Setting, value: number, event?: Event): Promise<void> {
    const input = event?.target as HTMLInputElement | undefined;
    if (input?.value !== "") {
      await this.lesson?.setOptions(
        setting.key === "batch" ? { batch: value } : { optimizer: { [setting.key]: value } },
      );
    }
    // What was refused gives way to what is in force.
    const inForce = this.#value(setting.key);
    if (input && inForce !== null) input.value = shortNumber(inForce);
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

function toNotch(value: number, low: number, high: number): number {
  return Math.round((kNotches * Math.log(Math.max(value, low) / low)) / Math.log(high / low));
}

function fromNotch(notch: number, low: number, high: number): number {
  return low * (high / low) ** (notch / kNotches);
}

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}
