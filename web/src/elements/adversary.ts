import { css, html, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import type { DatasetExample, Prediction } from "../api";
import { type Attack, attack, fools, kSteps, type Method, smallestAttack } from "./attack";
import { LessonElement } from "./base";
import { drawCells } from "./cells";
import { DarkScheme } from "./dark-scheme";
import { paintExample } from "./digit";
import { formatPercent } from "./format";
import { imageChoice } from "./image-choice";
import type { Lesson } from "./lesson";
import { notices } from "./notice";
import { barsStyle, probabilityBars } from "./probability-bars";
import { segments } from "./segments";
import { extents } from "./stages";

const methods = [
  ["fgsm", "One step (FGSM)"],
  ["pgd", `${kSteps} steps (PGD)`],
] as const;
/** Largest epsilon on offer. */
const kMost = 0.5;

/** An image changed a little, along the gradient of the loss with respect to its pixels, until the network takes it for another class. */
@customElement("livegrad-adversary")
export class LivegradAdversary extends LessonElement {
  static override styles = [
    ...LessonElement.styles,
    barsStyle,
    css`
      .work {
        gap: 12px 24px;
      }
      .work > div {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
        font-size: 14px;
      }
      .work input[type="number"] {
        width: 80px;
      }
      .work label {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
      }
      .work .epsilon {
        flex: 1 1 264px;
        flex-wrap: nowrap;
        max-width: 480px;
      }
      .amount {
        min-width: 52px;
      }
      .says {
        min-height: 24px;
        margin: 16px 0;
      }
      .says b {
        font-weight: 600;
      }
      ol.pictures {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 264px), 1fr));
        gap: 24px 32px;
      }
      .pictures > li {
        display: grid;
        gap: 8px;
        align-content: start;
      }
      .pictures canvas {
        width: 140px;
        height: 140px;
        border: 1px solid var(--line);
        background: var(--table);
        image-rendering: pixelated;
      }
      .pictures p {
        color: var(--ink-soft);
        font-size: 13px;
        line-height: 18px;
      }
    `,
  ];

  /** Most that a pixel changes, as a part of the way from black to white. */
  @property({ type: Number }) epsilon = 0.1;
  @property() method: Method = "fgsm";
  /** The class that the network is to see; none: the second likeliest. */
  @property({ type: Number }) target: number | null = null;
  @state() private attack: Attack | null = null;
  /** Why there is no attack to show, or what was found out about it. */
  @state() private note = "";
  @state() private searching = false;
  @query(".image") private image!: HTMLCanvasElement | null;
  @query(".change") private change!: HTMLCanvasElement | null;
  @query(".result") private result!: HTMLCanvasElement | null;
  #seen = false;
  #look = (): void => {};
  readonly #dark = new DarkScheme(this);

  protected override follow(lesson: Lesson): void {
    const look = (this.#look = this.atMostEvery(150, () => this.#try(lesson)));
    const again = this.atMostEvery(1000, () => this.#try(lesson));
    this.whenSeen((seen) => {
      this.#seen = seen;
      look();
    });
    this.listen(lesson.view.on("change", look));
    this.listen(lesson.view.on("drawing", look));
    this.listen(lesson.on("reset", look));
    this.listen(lesson.on("tick", () => lesson.view.which === "learning" && again()));
  }

  #name(label: number): string {
    return this.lesson?.dataset?.classes[label] ?? String(label);
  }

  protected override render(): unknown {
    const { lesson, attack } = this;
    if (!lesson?.view.model) return html`<p class="soft">Waiting for the network …</p>`;
    const classes = lesson.dataset?.classes ?? [];
    return html`
      <div class="work">
        <div>${imageChoice(lesson)}</div>
        <label
          >Make it say
          <select @change=${this.#aim}>
            <option value="" ?selected=${this.target === null}>what is second likeliest</option>
            ${classes.map(
              (title, label) =>
                html`<option value=${label} ?selected=${label === this.target}>${title}</option>`,
            )}
          </select></label
        >
        ${segments("Method", methods, this.method, (method) => {
          this.method = method;
          this.#look();
        })}
        <label class="epsilon"
          >ε
          <input
            type="range"
            aria-label="Epsilon, the most that a pixel changes"
            min="0"
            max=${kMost}
            step="0.005"
            .value=${live(String(this.epsilon))}
            aria-valuetext=${formatPercent(100 * this.epsilon)}
            @input=${(event: Event) => this.#set(Number((event.target as HTMLInputElement).value))}
          />
          <span class="amount" aria-hidden="true">${formatPercent(100 * this.epsilon)}</span></label
        >
        <button class="small" type="button" ?disabled=${this.searching || !attack} @click=${this.#search}>
          Find the smallest ε
        </button>
      </div>
      <p class="says" role="status">${this.note || (attack ? this.#verdict(attack) : "\u00a0")}</p>
      ${attack ? this.#pictures(attack, classes) : nothing} ${notices(lesson, "adversary")}
    `;
  }

  #says({ best, probabilities }: Prediction): string {
    return best < 0 ? "nothing" : `${this.#name(best)} with ${formatPercent(100 * probabilities![best]!)}`;
  }

  #verdict(attack: Attack): unknown {
    const { before, after, epsilon } = attack;
    const most = formatPercent(100 * epsilon);
    return fools(attack)
      ? html`<b>Fooled.</b> It says ${this.#says(after)} instead of ${this.#name(before.best)}, though no
          pixel has changed by more than ${most}.`
      : `Not fooled by changes of up to ${most}: it still says ${this.#says(after)}.`;
  }

  #pictures({ image, before, after, target }: Attack, classes: readonly string[]): unknown {
    const { label } = image;
    const inColour = image.shape[0] === 3;
    return html`<ol class="pictures">
      <li>
        <h3>The image</h3>
        <canvas class="image" role="img" aria-label="The image as it is"></canvas>
        <p>It says ${this.#says(before)}${label < 0 ? "" : `; it is ${this.#name(label)}`}.</p>
        ${probabilityBars(before.probabilities!, before.best, classes)}
      </li>
      <li>
        <h3>The change, at full strength</h3>
        <canvas
          class="change"
          role="img"
          aria-label=${inColour ? "The change of red, green and blue, around grey" : "The change: ink that is added, orange, and taken away, blue"}
        ></canvas>
        <p>
          ${
            inColour
              ? "Grey is no change; red, green and blue are added or taken away"
              : "Ink added, orange, and taken away, blue"
          }:
          in each pixel by the sign of the gradient, towards ${this.#name(target)}.
        </p>
      </li>
      <li>
        <h3>Image and change</h3>
        <canvas class="result" role="img" aria-label="The image with the change"></canvas>
        <p>It says ${this.#says(after)}.</p>
        ${probabilityBars(after.probabilities!, after.best, classes)}
      </li>
    </ol>`;
  }

  protected override updated(): void {
    const { attack } = this;
    if (!attack || !this.image || !this.change || !this.result) return;
    const dark = this.#dark.matches;
    paintExample(this.image, attack.image, dark);
    paintExample(this.result, attack.result, dark);
    const [, height, width] = extents(attack.image.shape);
    const values = Array.from(attack.result.pixels, (pixel, i) => pixel - attack.image.pixels[i]!);
    if (values.length === height * width) drawCells(this.change, { width, values }, dark);
    else paintColors(this.change, attack.image, values);
    this.change.style.width = "";
  }

  #aim(event: Event): void {
    const { value } = event.target as HTMLSelectElement;
    this.target = value === "" ? null : Number(value);
    this.#look();
  }

  #set(epsilon: number): void {
    this.epsilon = epsilon;
    this.#look();
  }

  async #search(): Promise<void> {
    const { lesson } = this;
    const model = lesson?.view.model;
    if (!lesson || !model) return;
    this.searching = true;
    await lesson.attempt("adversary", () =>
      // One set of weights for all that is tried.
      lesson.whilePaused(async () => {
        const image = await lesson.view.picture();
        const found = image && (await smallestAttack(model, image, this.target, kMost, this.method));
        if (found) this.epsilon = found.epsilon;
        this.note = found ? "" : `No ε up to ${formatPercent(100 * kMost, 0)} fools it on this way.`;
      }),
    );
    this.searching = false;
    if (!this.note) this.#look();
  }

  async #try(lesson: Lesson): Promise<void> {
    const { model } = lesson.view;
    if (!this.#seen || !model || !lesson.view.ready || this.searching) return;
    if (!model.classes) {
      this.note = "This network knows no classes, so there is nothing to take the image for.";
      return;
    }
    await lesson.attempt("adversary", async () => {
      const image = await lesson.view.picture();
      const found = image && (await attack(model, image, this.target, this.epsilon, this.method));
      if (lesson.view.model !== model) return;
      this.attack = found ?? null;
      this.note = found ? "" : "The network's scores are not numbers: there is nothing to fool.";
    });
  }
}

/** How each channel changes: grey where it does not. */
function paintColors(canvas: HTMLCanvasElement, image: DatasetExample, changes: readonly number[]): void {
  const most = changes.reduce((most, change) => Math.max(most, Math.abs(change)), 1);
  const pixels = Uint8Array.from(changes, (change) => Math.round(127.5 * (1 + change / most)));
  paintExample(canvas, { ...image, pixels }, true);
}
