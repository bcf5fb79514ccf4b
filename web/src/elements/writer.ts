import { css, html, nothing } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import type { SamplingOptions, Tick, Writing } from "../api";
import { LessonElement } from "./base";
import { formatCount, formatNumber } from "./format";
import { notices } from "./notice";
import type { TextLesson } from "./text-lesson";

/** While learning, milliseconds from one sample to the next. */
const kEvery = 2500;
const kCharacters = 400;
/** Samples on the page. */
const kSamples = 12;

/** What was written, when, and how. */
interface Sample {
  readonly step: number;
  readonly prime: string;
  readonly how: string;
  text: string;
  done: boolean;
  /** For a language: what is wrong with each whole line, "" for the right ones. */
  wrong: readonly string[] | null;
}

/** Text that the network writes while it learns, with the settings that choose each next character. */
@customElement("livegrad-writer")
export class LivegradWriter extends LessonElement<TextLesson> {
  static override styles = [
    ...LessonElement.styles,
    css`
      :host {
        display: flex;
        flex-direction: column;
      }
      .settings {
        display: grid;
        grid-template-columns: repeat(3, minmax(0, 1fr));
        gap: 12px 24px;
        align-items: end;
        margin-bottom: 16px;
      }
      .settings > div {
        display: grid;
        gap: 4px;
      }
      .name {
        display: flex;
        justify-content: space-between;
        gap: 8px;
      }
      .name output {
        font-weight: 400;
        color: var(--ink-soft);
      }
      input[type="text"],
      select {
        width: 100%;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: 8px 16px;
        align-items: center;
        margin-bottom: 16px;
        font-size: 14px;
      }
      ol {
        flex: 1 1 560px;
        min-height: 0;
        overflow: auto;
        border-top: 1px solid var(--line);
      }
      li {
        padding: 12px 0;
        border-bottom: 1px solid var(--line);
      }
      .when {
        display: flex;
        flex-wrap: wrap;
        gap: 0 12px;
        color: var(--ink-soft);
        font-size: 13px;
      }
      .when b {
        color: var(--ink);
        font-weight: 600;
      }
      pre {
        margin: 4px 0 0;
        font: 400 14px/1.5 var(--mono);
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      .prime {
        color: var(--ink-soft);
      }
      .bad {
        text-decoration: underline wavy var(--wrong) 1px;
        text-underline-offset: 3px;
      }
      .below:not(:empty) {
        margin-bottom: 12px;
      }
      @media (max-width: 599px) {
        .settings {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  @state() private samples: readonly Sample[] = [];
  @state() private temperature = 0.8;
  /** 0: all; -1: greedy. */
  @state() private topK = 0;
  @query("#prime") private primeBox!: HTMLInputElement;

  #writing: Writing | null = null;
  #seen = false;
  #seed = 1;
  #lastAt = -Infinity;
  #starting = false;
  /** Asked for while another was starting. */
  #again = false;

  protected override follow(lesson: TextLesson): void {
    this.whenSeen((seen) => (this.#seen = seen));
    this.listen(lesson.on("tick", (tick) => this.#onTick(tick)));
    this.listen(
      lesson.on("reset", () => {
        void this.#writing?.stop();
        this.#writing = null;
        this.samples = [];
        void this.#write();
      }),
    );
    if (lesson.model) void this.#write();
  }

  protected override render(): unknown {
    const { lesson } = this;
    const ready = lesson?.model != null && lesson.model.vocabulary !== "";
    const right = this.#share();
    return html`
      <div class="settings">
        <div>
          <label class="name" for="temperature"
            >Temperature <output>${formatNumber(this.temperature)}</output></label
          >
          <input
            id="temperature"
            type="range"
            min="0.1"
            max="2"
            step="0.05"
            .value=${live(String(this.temperature))}
            @input=${(event: Event) => {
              this.temperature = Number((event.target as HTMLInputElement).value);
              this.#changed();
            }}
          />
        </div>
        <div>
          <label class="name" for="among">Chosen among</label>
          <select
            id="among"
            @change=${(event: Event) => {
              this.topK = Number((event.target as HTMLSelectElement).value);
              this.#changed();
            }}
          >
            <option value="0">all characters</option>
            ${[20, 10, 5, 3].map((k) => html`<option value=${k}>the ${k} likeliest</option>`)}
            <option value="-1">the likeliest alone (greedy)</option>
          </select>
        </div>
        <div>
          <label class="name" for="prime">Begins with</label>
          <input
            id="prime"
            type="text"
            autocomplete="off"
            spellcheck="false"
            placeholder="a new line"
            @change=${() => void this.#write()}
          />
        </div>
      </div>
      <div class="actions">
        <button class="small" type="button" ?disabled=${!ready} @click=${this.#another}>Write another</button>
        ${right ? html`<span>${right}</span>` : nothing}
      </div>
      <div class="below">${notices(lesson, "sample")}</div>
      <ol aria-label="Samples, newest first" tabindex="0">
        ${this.samples.map(
          (sample) =>
            html`<li>
              <p class="when"><b>Step ${formatCount(sample.step)}</b><span>${sample.how}</span></p>
              <pre>
${sample.prime ? html`<span class="prime">${sample.prime}</span>` : nothing}${marked(sample)}</pre>
            </li>`,
        )}
      </ol>
    `;
  }

  get #options(): Required<SamplingOptions> {
    const greedy = this.topK < 0;
    return { temperature: this.temperature, topK: greedy ? 0 : this.topK, topP: 1, greedy };
  }

  #onTick({ state }: Tick): void {
    if (!this.#seen || this.#starting || this.#writing) return;
    const now = performance.now();
    if (state !== "running" || now - this.#lastAt < kEvery) return;
    void this.#write();
  }

  /** What is being written goes on with the new settings; else a text is written with them. */
  #changed(): void {
    if (this.#writing) void this.#writing.update(this.#options);
    else void this.#write();
  }

  #another(): void {
    this.#seed++;
    void this.#write();
  }

  async #write(): Promise<void> {
    const { lesson } = this;
    const model = lesson?.model;
    if (!lesson || !model || model.vocabulary === "") return;
    this.#again = this.#starting;
    if (this.#starting) return;
    this.#starting = true;
    this.#lastAt = performance.now();
    const prime = this.primeBox?.value ?? "";
    const { temperature, greedy, topK } = this.#options;
    const how = greedy
      ? "greedy"
      : `temperature ${formatNumber(temperature)}${topK ? `, ${topK} likeliest` : ""}`;
    const sample: Sample = { step: model.step, prime, how, text: "", done: false, wrong: null };
    // Other weights get other chances, so that the samples of a run are not all alike.
    const seed = this.#seed * 1e6 + model.step;
    const writing = await lesson.attempt("sample", () =>
      model.write({ ...this.#options, prime, seed, characters: kCharacters }, (more) => {
        sample.text += more;
        this.requestUpdate();
      }),
    );
    this.#starting = false;
    if (this.#again) void this.#write();
    if (!writing || lesson.model !== model) return;
    this.#writing = writing;
    this.samples = thin([sample, ...this.samples]);
    sample.text = await writing.done;
    sample.done = true;
    if (lesson.model === model) lesson.written = prime + sample.text;
    if (this.#writing === writing) this.#writing = null;
    await this.#check(lesson, sample);
    this.requestUpdate();
  }

  async #check(lesson: TextLesson, sample: Sample): Promise<void> {
    const { language, session } = lesson;
    if (!language || !session) return;
    const lines = (sample.prime + sample.text).split("\n").slice(0, -1);
    sample.wrong = (await lesson.quietly(() => session.texts.check(language, lines))) ?? null;
  }

  /** Of the newest sample's whole lines, how many keep the rules. */
  #share(): string | null {
    const sample = this.samples.find(({ wrong }) => wrong !== null);
    if (!sample?.wrong?.length) return null;
    const { length } = sample.wrong;
    const right = sample.wrong.filter((line) => line === "").length;
    return `Step ${formatCount(sample.step)}: ${right} of ${length} line${length === 1 ? "" : "s"} keep the rule`;
  }
}

/** The newest ones, and of those before fewer the older they are, so that the whole run stays in view. */
function thin(samples: Sample[]): Sample[] {
  if (samples.length <= kSamples) return samples;
  // The one that is nearest to its older neighbour, by the ratio of their steps, tells least.
  let least = 2;
  let smallest = Infinity;
  for (let i = 2; i < samples.length - 1; i++) {
    const ratio = (samples[i - 1]!.step + 1) / (samples[i + 1]!.step + 1);
    if (ratio < smallest) [least, smallest] = [i, ratio];
  }
  return samples.filter((_, i) => i !== least);
}

/** The text; of a language, lines that break its rule are marked with what is wrong. */
function marked({ prime, text, wrong }: Sample): unknown {
  if (!wrong) return text;
  let at = -prime.length;
  return (prime + text).split("\n").map((line, i, lines) => {
    const shown = line.slice(Math.max(0, -at)) + (i + 1 < lines.length ? "\n" : "");
    at += line.length + 1;
    return wrong[i] ? html`<span class="bad" title=${wrong[i]}>${shown}</span>` : shown;
  });
}
