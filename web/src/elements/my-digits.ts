import { get, set } from "idb-keyval";
import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import { LessonElement } from "./base";
import { DarkScheme } from "./dark-scheme";
import { paintExample } from "./digit";
import { areDigits } from "./fitting";
import { plural } from "./format";
import { icons } from "./icons";
import type { Lesson } from "./lesson";
import { storageTrouble } from "./storage";

/** A digit that was drawn on the pad, and what it is meant to be. */
interface Mine {
  readonly pixels: Uint8Array;
  readonly label: number;
}

const kKey = "livegrad digits";
const kLabels = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/** The reader's own digits: drawn on the pad, labelled, kept in the browser, and mixed into what the network learns from. */
@customElement("livegrad-my-digits")
export class LivegradMyDigits extends LessonElement {
  static override styles = [
    ...LessonElement.styles,
    css`
      :host {
        display: grid;
        gap: 12px;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 12px;
        font-size: 14px;
      }
      .labels {
        display: grid;
        grid-template-columns: repeat(10, minmax(24px, 32px));
        gap: 4px;
      }
      .labels button {
        padding: 0;
      }
      ul {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        max-height: 152px;
        overflow-y: auto;
      }
      li {
        display: flex;
        align-items: center;
        gap: 4px;
        padding: 4px 4px 4px 8px;
        border: 1px solid var(--line);
        border-radius: 4px;
        font-size: 14px;
      }
      canvas {
        width: 28px;
        height: 28px;
        image-rendering: pixelated;
      }
      li button {
        min-width: 24px;
        padding: 0;
      }
      label {
        display: flex;
        align-items: center;
        gap: 8px;
      }
      input {
        width: 16px;
        height: 16px;
        margin: 0;
        accent-color: var(--accent);
      }
    `,
  ];

  @state() private mine: readonly Mine[] = [];
  @state() private trouble = "";
  @state() private spoken = "";
  readonly #dark = new DarkScheme(this);

  protected override follow(lesson: Lesson): void {
    this.listen(lesson.view.on("drawing", () => this.requestUpdate()));
    void this.#storage(async () => {
      this.mine = (await get<Mine[]>(kKey)) ?? [];
    });
  }

  protected override willUpdate(_changed: PropertyValues): void {
    this.hidden = !this.lesson?.view.drawing && this.mine.length === 0;
  }

  protected override updated(_changed: PropertyValues): void {
    const canvases = this.renderRoot.querySelectorAll("canvas");
    this.mine.forEach(({ pixels, label }, i) => {
      paintExample(canvases[i]!, { index: i, pixels, label, shape: [1, 28, 28] }, this.#dark.matches);
    });
  }

  protected override render(): unknown {
    const { lesson, mine } = this;
    const drawing = lesson?.view.drawing;
    const possible = lesson?.dataset ? areDigits(lesson.dataset) : false;
    return html`
      ${
        drawing
          ? html`<div class="row">
              <span id="this">Keep it as an example. This is a</span>
              <div class="labels" role="group" aria-labelledby="this">
                ${kLabels.map(
                  (label) =>
                    html`<button
                      class="small"
                      type="button"
                      aria-label="This is a ${label}"
                      @click=${() => this.#add({ pixels: drawing.pixels, label })}
                    >
                      ${label}
                    </button>`,
                )}
              </div>
            </div>`
          : nothing
      }
      ${
        mine.length > 0
          ? html`<ul aria-label="Your digits">
                ${mine.map(
                  (one) =>
                    html`<li>
                      <canvas role="img" aria-label="Your drawing of a ${one.label}"></canvas>${one.label}
                      <button
                        class="plain"
                        type="button"
                        aria-label="Delete this ${one.label}"
                        @click=${() => this.#remove(one)}
                      >
                        ${icons.remove}
                      </button>
                    </li>`,
                )}
              </ul>
              <div class="row">
                <label
                  ><input
                    type="checkbox"
                    .checked=${live(lesson?.mixed != null)}
                    ?disabled=${!lesson?.ready || !possible || lesson.locked("data")}
                    @change=${this.#switch}
                  />Mix ${mine.length === 1 ? "it" : `these ${mine.length}`} into what it learns from</label
                >
                <span class="soft">${this.#about(possible)}</span>
              </div>`
          : nothing
      }
      ${this.trouble ? html`<p class="soft">${this.trouble}</p>` : nothing}
      <div class="unseen" role="status">${this.spoken}</div>
    `;
  }

  #about(possible: boolean): string {
    const { mixed } = this.lesson ?? {};
    if (!possible) return "Digits can be mixed into MNIST and drawn digits only.";
    if (!mixed) return "Kept in this browser.";
    return `Each comes ${plural(mixed.times, "time")} in a pass over the images.`;
  }

  async #add(one: Mine): Promise<void> {
    this.mine = [...this.mine, one];
    this.spoken = `Kept as a ${one.label}.`;
    await this.#changed();
  }

  async #remove(one: Mine): Promise<void> {
    this.mine = this.mine.filter((other) => other !== one);
    this.spoken = `Deleted a ${one.label}.`;
    await this.#changed();
  }

  #switch(event: Event): void {
    void this.#mix((event.target as HTMLInputElement).checked);
  }

  async #changed(): Promise<void> {
    await this.#storage(() => set(kKey, this.mine));
    if (this.lesson?.mixed) await this.#mix(this.mine.length > 0);
  }

  async #mix(mixing: boolean): Promise<void> {
    const { mine } = this;
    const pixels = new Uint8Array(mine.length * 784);
    mine.forEach((one, i) => pixels.set(one.pixels, i * 784));
    const labels = Uint8Array.from(mine, ({ label }) => label);
    await this.lesson?.mixIn(mixing ? { pixels, labels } : null);
  }

  async #storage(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.trouble = "";
    } catch (error) {
      this.trouble = storageTrouble(error, "your digits go when you leave.");
    }
  }
}
