import { css, html, nothing, type PropertyValues, unsafeCSS } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import plotStyle from "uplot/dist/uPlot.min.css?inline";
import type { TextReading } from "../api";
import { LessonElement } from "./base";
import { Chart } from "./chart";
import { legendStyle, lineColors } from "./legend";
import { formatPercent } from "./format";
import { notices } from "./notice";
import { type RecurrentLayer, recurrentLayers } from "./recurrent-layers";
import type { TextLesson } from "./text-lesson";
import { type TellingUnit, tellingUnits } from "./units";

/** Characters that are read. */
const kMost = 600;
/** While learning, milliseconds between two readings. */
const kEvery = 1500;
/** Colours on each side of zero. */
const kShades = 8;

/** A text as the network reads it: coloured by one unit, with its gates over time, and what it expects to follow. */
@customElement("livegrad-reader")
export class LivegradReader extends LessonElement<TextLesson> {
  static override styles = [
    ...LessonElement.styles,
    legendStyle,
    css`
      ${unsafeCSS(plotStyle)}
    `,
    css`
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: end;
        gap: 8px 20px;
        margin-bottom: 12px;
        font-size: 14px;
      }
      .row > div {
        display: grid;
        gap: 4px;
      }
      input[type="number"] {
        width: 88px;
      }
      .body {
        display: grid;
        grid-template-columns: minmax(0, 1fr) 288px;
        gap: 24px;
      }
      .text {
        padding: 12px;
        border: 1px solid var(--line);
        border-radius: 4px;
        background: var(--well);
        font: 400 14px/1.7 var(--mono);
        overflow-wrap: anywhere;
        cursor: pointer;
      }
      .text span {
        padding: 2px 0;
        white-space: pre-wrap;
      }
      .text .at {
        outline: 2px solid var(--ink);
        outline-offset: -1px;
        border-radius: 2px;
      }
      ${unsafeCSS(shades())}
      h3 {
        margin-bottom: 6px;
      }
      .next li {
        display: grid;
        grid-template-columns: 44px 1fr 56px;
        align-items: center;
        gap: 8px;
        font-size: 14px;
      }
      .next code {
        font: 500 14px/1.6 var(--mono);
      }
      .next i {
        height: 10px;
        background: var(--accent);
        border-radius: 2px;
      }
      .next .came code {
        text-decoration: underline 2px var(--right);
        text-underline-offset: 3px;
      }
      .next span {
        text-align: right;
      }
      .units {
        margin-top: 16px;
      }
      .units button {
        display: flex;
        justify-content: space-between;
        width: 100%;
        padding: 0 8px;
        text-align: left;
        white-space: normal;
      }
      .units [aria-pressed="true"] {
        background: var(--accent-wash);
      }
      .legend {
        margin: 16px 0 4px;
      }
      .plot {
        min-height: 176px;
      }
      .below {
        margin-top: 8px;
      }
      @media (max-width: 799px) {
        .body {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  @state() private text = "";
  @state() private layer = 0;
  @state() private shows = "state h";
  @state() private unit = 0;
  /** Until a unit is chosen, the most telling one is shown. */
  #chosen = false;
  /** The character looked at. */
  @state() private at = 0;
  @query(".plot") private plot!: HTMLElement | null;

  #readings = new Map<string, TextReading>();
  #telling: TellingUnit[] = [];
  #chart: Chart | null = null;
  #drawn = "";
  #refresh: () => void = () => {};
  #seen = false;

  protected override follow(lesson: TextLesson): void {
    this.#refresh = this.atMostEvery(kEvery, () => this.#read(lesson));
    this.whenSeen((seen) => {
      this.#seen = seen;
      if (seen) this.#refresh();
    });
    this.listen(lesson.on("tick", () => this.#seen && this.#refresh()));
    this.listen(
      lesson.on("reset", () => {
        this.#readings.clear();
        this.#chosen = false;
        this.text = "";
        this.#refresh();
      }),
    );
    const observer = new ResizeObserver(() => this.#chart?.resize());
    observer.observe(this);
    this.listen(() => {
      observer.disconnect();
      this.#chart?.destroy();
      this.#chart = null;
    });
  }

  protected override updated(_changed: PropertyValues): void {
    this.#draw();
  }

  get #layers(): RecurrentLayer[] {
    return this.lesson?.model ? recurrentLayers(this.lesson.model) : [];
  }
  get #shown(): RecurrentLayer | undefined {
    const layers = this.#layers;
    return layers[Math.min(this.layer, layers.length - 1)];
  }

  protected override render(): unknown {
    const { lesson } = this;
    const layers = this.#layers;
    const shown = this.#shown;
    const reading = shown && this.#readings.get(`${shown.name}.h`);
    return html`
      <div class="row">
        ${
          layers.length > 1
            ? html`<div>
                <label for="layer">Layer</label>
                <select id="layer" @change=${(event: Event) => this.#choose({ layer: numberOf(event) })}>
                  ${layers.map((_, i) => html`<option value=${i}>${i + 1}</option>`)}
                </select>
              </div>`
            : nothing
        }
        <div>
          <label for="part">Coloured by</label>
          <select
            id="part"
            @change=${(event: Event) => this.#choose({ shows: (event.target as HTMLSelectElement).value })}
          >
            ${shown?.parts.map(({ id, title }) => html`<option value=${id}>${title}</option>`)}
          </select>
        </div>
        <div>
          <label for="unit">of unit</label>
          <input
            id="unit"
            type="number"
            min="0"
            max=${(shown?.units ?? 1) - 1}
            .value=${String(this.unit)}
            @change=${(event: Event) => this.#choose({ unit: numberOf(event) })}
          />
        </div>
        <button class="small" type="button" ?disabled=${!lesson?.written} @click=${this.#takeNewest}>
          Read the newest sample
        </button>
      </div>
      ${
        reading && shown
          ? html`<div class="body">
              <div>
                ${this.#colored(reading, shown)}
                <ul class="legend" aria-hidden="true">
                  ${this.#lines(shown).map(
                    ({ title }, i) => html`<li><i class="key k${i}"></i>${title} of unit ${this.unit}</li>`,
                  )}
                </ul>
                <div
                  class="plot"
                  role="img"
                  aria-label="State and gates of the unit, character by character"
                ></div>
              </div>
              <div>${this.#following(reading)} ${this.#list()}</div>
            </div>`
          : html`<p class="soft">It reads the newest sample as soon as there is one.</p>`
      }
      <div class="below">${notices(lesson, "reader")}</div>
    `;
  }

  #colored(reading: TextReading, shown: RecurrentLayer): unknown {
    const values = this.#values(shown, this.shows);
    const low = shown.parts.find(({ id }) => id === this.shows)?.low ?? -1;
    return html`<div
      class="text"
      tabindex="0"
      role="application"
      aria-label="The text; arrow keys choose a character"
      aria-describedby="here"
      @click=${(event: Event) => {
        const { index } = (event.target as HTMLElement).dataset;
        if (index !== undefined) this.at = Number(index);
      }}
      @keydown=${this.#move}
    >
      ${reading.characters.map((character, t) => {
        const value = values[t] ?? 0;
        const shade = Math.round(Math.max(-1, Math.min(1, low === 0 ? 2 * value - 1 : value)) * kShades);
        return html`<span
          class="${t === this.at ? "at " : ""}${shade < 0 ? "n" : "p"}${Math.abs(shade)}"
          data-index=${t}
          >${character === "\n" ? "↵\n" : character}</span
        >`;
      })}
    </div>`;
  }

  #following({ characters, likeliest }: TextReading): unknown {
    const at = Math.min(this.at, characters.length - 1);
    const came = characters[at + 1];
    return html`<h3 id="here">After ${shown(characters[at]!)}, character ${at + 1}</h3>
      <ol class="next">
        ${likeliest[at]!.map(
          ({ character, probability }) =>
            html`<li class=${character === came ? "came" : ""}>
              <code>${shown(character)}</code><i .style=${`width: ${100 * probability}%`}></i>
              <span>${formatPercent(100 * probability)}</span>
            </li>`,
        )}
      </ol>
      ${came === undefined ? nothing : html`<p class="soft small">What came: ${shown(came)}</p>`}`;
  }

  #list(): unknown {
    return html`<div class="units">
      <h3>Telling units</h3>
      <ul>
        ${this.#telling.map(
          ({ unit, about, correlation }) =>
            html`<li>
              <button
                class="plain"
                type="button"
                aria-pressed=${unit === this.unit}
                @click=${() => this.#choose({ unit })}
              >
                <span>${unit}: ${correlation < 0 ? "against " : ""}${about}</span>
                <span>${Math.abs(correlation).toFixed(2)}</span>
              </button>
            </li>`,
        )}
      </ul>
      <p class="soft small">How well each goes with something you can see in this text: 1 is perfectly.</p>
    </div>`;
  }

  /** One number a character: of the part, for the unit looked at. */
  #values(layer: RecurrentLayer, id: string): number[] {
    const all = this.#allValues(layer, id);
    return Array.from({ length: all.length / layer.units }, (_, t) => all[t * layer.units + this.unit] ?? 0);
  }

  /** [characters, units] of a part. */
  #allValues({ parts, units }: RecurrentLayer, id: string): Float32Array {
    const part = parts.find((candidate) => candidate.id === id) ?? parts[0]!;
    const reading = this.#readings.get(part.tensor);
    if (!reading) return new Float32Array();
    const { values, characters } = reading;
    const slots = values.length / characters.length / units;
    const result = new Float32Array(characters.length * units);
    characters.forEach((_, t) => {
      const from = (t * slots + part.slot) * units;
      result.set(values.subarray(from, from + units), t * units);
    });
    return result;
  }

  #lines({ parts }: RecurrentLayer): RecurrentLayer["parts"] {
    return [parts[0]!, ...parts.filter(({ low }) => low === 0)];
  }

  #draw(): void {
    const shown = this.#shown;
    if (!this.plot || !shown) {
      this.#chart?.destroy();
      this.#chart = null;
      return;
    }
    const lines = this.#lines(shown);
    if (!this.#chart || this.#drawn !== shown.cell) {
      this.#chart?.destroy();
      this.#drawn = shown.cell;
      this.#chart = new Chart(this.plot, {
        lines: lines.map(({ title }, i) => ({ label: title, color: lineColors[i]! })),
        range: () => [-1, 1],
        format: String,
        onPoint: (index) => {
          if (index !== null) this.at = index;
        },
      });
    }
    const values = lines.map(({ id }) => this.#values(shown, id));
    this.#chart.show([(values[0] ?? []).map((_, t) => t), ...values]);
  }

  #choose(change: { layer?: number; shows?: string; unit?: number }): void {
    Object.assign(this, change);
    this.#chosen ||= change.unit !== undefined;
    const units = this.#shown?.units ?? 1;
    this.unit = Math.max(0, Math.min(units - 1, Math.round(this.unit) || 0));
    this.#refresh();
  }

  #takeNewest(): void {
    this.text = this.lesson?.written.slice(0, kMost) ?? "";
    this.at = 0;
    this.#refresh();
  }

  #move(event: KeyboardEvent): void {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -10, ArrowDown: 10 }[event.key];
    if (!by) return;
    event.preventDefault();
    this.at = Math.max(0, Math.min([...this.text].length - 1, this.at + by));
  }

  async #read(lesson: TextLesson): Promise<void> {
    const { model } = lesson;
    const shown = this.#shown;
    this.text ||= lesson.written.slice(0, kMost);
    if (!model || !shown || !this.text || !this.#seen) return;
    const readings = new Map<string, TextReading>();
    for (const tensor of new Set(shown.parts.map((part) => part.tensor)))
      readings.set(tensor, await model.readText(this.text, tensor));
    if (lesson.model !== model) return;
    this.#readings = readings;
    const reading = readings.get(`${shown.name}.h`)!;
    this.#telling = tellingUnits({ ...reading, values: this.#allValues(shown, this.shows) }, 8);
    if (!this.#chosen) this.unit = this.#telling[0]?.unit ?? 0;
    this.requestUpdate();
  }
}

function numberOf(event: Event): number {
  return Number((event.target as HTMLInputElement | HTMLSelectElement).value);
}

function shown(character: string): string {
  return character === "\n" ? "↵" : character === " " ? "space" : character;
}

/** Blue below zero, orange above, as everywhere. */
function shades(): string {
  return Array.from({ length: kShades + 1 }, (_, i) => {
    const share = Math.round((70 * i) / kShades);
    const mix = (color: string): string => `color-mix(in oklab, var(${color}) ${share}%, transparent)`;
    return `.n${i} { background: ${mix("--validation")}; } .p${i} { background: ${mix("--training")}; }`;
  }).join("\n");
}
