import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import type { Model, Prediction } from "../api";
import { LessonElement } from "./base";
import { DarkScheme } from "./dark-scheme";
import { formatPercent, formatShape, plural } from "./format";
import { icons } from "./icons";
import { Ink, inkOn, type Point } from "./ink";
import type { Lesson } from "./lesson";
import { notices } from "./notice";
import { barsStyle, probabilityBars } from "./probability-bars";
import type { Drawing, Which } from "./view";

/** Pixels of the canvas, both ways. */
const kSide = 280;
/** How far an arrow key moves the pen. */
const kStep = 0.05;
/** The answer is spoken when the pen has rested this long, in milliseconds. */
const kSpeakAfter = 800;

const arrows: Record<string, Point> = {
  ArrowLeft: [-kStep, 0],
  ArrowRight: [kStep, 0],
  ArrowUp: [0, -kStep],
  ArrowDown: [0, kStep],
};

const inside = (x: number): number => Math.min(1, Math.max(0, x));

/** A pad to draw a digit on; the trained network and the one that learns here say at once what they take it for. */
@customElement("livegrad-pad")
export class LivegradPad extends LessonElement {
  static override styles = [
    ...LessonElement.styles,
    barsStyle,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 280px) minmax(0, 1fr);
        gap: 16px 32px;
        align-items: start;
      }
      .paper {
        position: relative;
        aspect-ratio: 1;
        border: 1px solid var(--edge);
        border-radius: var(--radius);
        background: var(--well);
      }
      canvas {
        display: block;
        width: 100%;
        height: 100%;
        border-radius: var(--radius);
        cursor: crosshair;
        touch-action: none;
      }
      .invitation {
        position: absolute;
        inset: 0;
        display: grid;
        place-content: center;
        color: var(--ink-soft);
        font-size: 17px;
        text-align: center;
        pointer-events: none;
      }
      .pen {
        position: absolute;
        width: 8%;
        height: 8%;
        margin: -4%;
        border: 2px solid var(--accent);
        border-radius: 50%;
        pointer-events: none;
      }
      .pen.down {
        background: var(--accent);
      }
      .tools {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        margin-top: 8px;
      }
      .keys {
        margin-top: 8px;
        color: var(--ink-soft);
        font-size: 13px;
        line-height: 18px;
      }
      .answers {
        display: grid;
        gap: 24px;
      }
      .answer {
        display: grid;
        grid-template-columns: 56px minmax(0, 1fr);
        gap: 4px 16px;
        align-items: center;
      }
      .answer h3,
      .answer .facts {
        grid-column: 1 / -1;
      }
      .facts {
        min-height: 20px;
        color: var(--ink-soft);
        font-size: 13px;
      }
      .verdict {
        font-size: 56px;
        font-weight: 600;
        line-height: 64px;
        text-align: center;
      }
      .notices {
        grid-column: 1 / -1;
      }
      .notices:empty {
        display: none;
      }
      @media (max-width: 599px) {
        :host {
          grid-template-columns: minmax(0, 1fr);
        }
        .paper {
          max-width: 280px;
          margin: 0 auto;
        }
        .tools {
          justify-content: center;
        }
        .answers {
          gap: 16px;
        }
      }
    `,
  ];

  @query("canvas") private canvas!: HTMLCanvasElement;
  @query("input") private input!: HTMLInputElement;
  @query("#spoken") private spoken!: HTMLElement;
  /** Keys have drawn: how they do stays in sight, so that nothing moves under a pointer. */
  @state() private keyed = false;
  @state() private answers: Partial<Record<Which, Prediction>> = {};
  /** Where the keys have brought the pen; null while it is not used by keys. */
  @state() private pen: { readonly at: Point; readonly down: boolean } | null = null;

  readonly #ink = new Ink();
  #pointer: number | null = null;
  #painted: unknown[] = [];
  #drawn: Ink["strokes"] | null = this.#ink.strokes;
  #drawing: Drawing | null = null;
  #ask = (): void => {};
  #speakTimer = 0;

  constructor() {
    super();
    new DarkScheme(this);
  }

  protected override follow(lesson: Lesson): void {
    this.#ask = this.atMostEvery(25, () => this.#recognise(lesson));
    const learned = this.atMostEvery(200, () => this.#recognise(lesson));
    this.listen(() => clearTimeout(this.#speakTimer));
    this.listen(lesson.on("tick", learned));
    this.listen(lesson.on("reset", learned));
    void lesson.openTrained().then(this.#ask);
  }

  protected override updated(_changed: PropertyValues): void {
    const color = getComputedStyle(this).color;
    const key = [color, this.#ink.strokes, this.#ink.photo];
    if (key.every((part, i) => part === this.#painted[i])) return;
    this.#painted = key;
    this.#ink.paint(this.canvas, color);
  }

  protected override render(): unknown {
    const lesson = this.lesson;
    return html`
      <div>
        <div class="paper">
          <canvas
            width=${kSide}
            height=${kSide}
            tabindex="0"
            role="application"
            aria-roledescription="drawing pad"
            aria-label="Digit pad"
            aria-describedby="keys"
            @pointerdown=${this.#pointerDown}
            @pointermove=${this.#pointerMove}
            @pointerup=${this.#pointerUp}
            @pointercancel=${this.#pointerUp}
            @keydown=${this.#key}
            @blur=${() => (this.pen = null)}
          ></canvas>
          ${this.#ink.empty && !this.pen ? html`<p class="invitation" aria-hidden="true">Draw a digit</p>` : nothing}
          ${
            this.pen
              ? html`<div
                  class=${this.pen.down ? "pen down" : "pen"}
                  .style=${`left: ${100 * this.pen.at[0]}%; top: ${100 * this.pen.at[1]}%`}
                ></div>`
              : nothing
          }
        </div>
        <div class="tools">
          <button class="small" type="button" ?disabled=${!this.#ink.canUndo} @click=${this.#undo}>
            Undo
          </button>
          <button class="small" type="button" ?disabled=${this.#ink.empty} @click=${this.#clear}>
            Clear
          </button>
          <button class="small" type="button" @click=${() => this.input.click()}>Open a photo</button>
          <input type="file" hidden accept="image/*" aria-label="Photo of a digit" @change=${this.#open} />
        </div>
        <p id="keys" class=${this.keyed ? "keys" : "unseen"}>
          Arrow keys move the pen, the space bar puts it down and lifts it, Delete clears, Ctrl+Z takes back.
        </p>
      </div>
      <div class="answers">
        ${lesson?.view.trained ? this.#answer("trained", lesson.view.trained) : nothing}
        ${lesson?.model ? this.#answer("learning", lesson.model) : nothing}
      </div>
      <div class="notices">${notices(lesson, "pad")}</div>
      <div id="spoken" class="unseen" role="status"></div>
    `;
  }

  #answer(which: Which, model: Model): unknown {
    const lesson = this.lesson!;
    const prediction = this.answers[which];
    const { probabilities, best = -1 } = prediction ?? {};
    const fresh = which === "learning" && model.step === 0;
    const classes = which === "trained" ? [] : (lesson.dataset?.classes ?? []);
    return html`<section class="answer" aria-label=${titles[which]}>
      <h3>${titles[which]}</h3>
      <span class="verdict" aria-hidden="true"
        >${probabilities && !fresh ? (classes[best] ?? best) : "–"}</span
      >
      ${probabilityBars(probabilities && !fresh ? probabilities : new Float32Array(model.classes), fresh ? -1 : best, classes)}
      <p class="facts">
        ${
          which === "trained"
            ? "Trained before you came: 0.96 % wrong on MNIST's 10,000 test digits."
            : fresh
              ? `${plural(model.parameterCount, "weight")}, all random: it knows nothing yet.`
              : !lesson.view.takesDrawing
                ? `It learns from pictures of another form (${formatShape(lesson.dataset!.shape)}): it cannot read the drawing.`
                : `${plural(model.step, "step")}${lesson.recent?.accuracy == null ? "" : `, ${formatPercent(lesson.recent.accuracy)} right while learning`}.`
        }
      </p>
      ${
        which === "learning"
          ? html`<div>
              <button class="small" type="button" @click=${this.#toggle}>
                ${lesson.running ? icons.pause : icons.run}
                ${lesson.running ? "Pause it" : fresh ? "Teach it, live" : "Go on"}
              </button>
            </div>`
          : nothing
      }
    </section>`;
  }

  #toggle(): void {
    void (this.lesson?.running ? this.lesson.pause() : this.lesson?.run());
  }

  // The pen.

  #pointerDown(event: PointerEvent): void {
    if (this.#pointer !== null || event.button !== 0) return;
    this.#pointer = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    this.pen = null;
    this.#ink.begin(this.#place(event));
    this.#changed();
  }

  #pointerMove(event: PointerEvent): void {
    if (event.pointerId !== this.#pointer) return;
    const events = event.getCoalescedEvents();
    this.#ink.extend((events.length ? events : [event]).map((event) => this.#place(event)));
    this.#changed();
  }

  #pointerUp(event: PointerEvent): void {
    if (event.pointerId === this.#pointer) this.#pointer = null;
  }

  #place({ clientX, clientY }: PointerEvent): Point {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return [(clientX - left) / width, (clientY - top) / height];
  }

  #key(event: KeyboardEvent): void {
    const arrow = arrows[event.key];
    const undo = (event.ctrlKey || event.metaKey) && event.key === "z";
    if (!arrow && event.key !== " " && event.key !== "Delete" && event.key !== "Backspace" && !undo) return;
    event.preventDefault();
    if (undo) return this.#undo();
    if (event.key === "Delete" || event.key === "Backspace") return this.#clear();
    this.keyed = true;
    const { at, down } = this.pen ?? { at: [0.5, 0.2] as Point, down: false };
    if (arrow) {
      const next: Point = [inside(at[0] + arrow[0]), inside(at[1] + arrow[1])];
      if (down) this.#ink.extend([next]);
      this.pen = { at: next, down };
    } else {
      if (!down) this.#ink.begin(at);
      this.pen = { at, down: !down };
      this.spoken.textContent = down ? "Pen up." : "Pen down.";
      if (down) this.#speakAnswers();
    }
    this.#changed();
  }

  #undo(): void {
    this.#ink.undo();
    this.#lift();
  }

  #clear(): void {
    this.#ink.clear();
    this.#lift();
  }

  async #open(): Promise<void> {
    const file = this.input.files?.[0];
    this.input.value = "";
    if (!file) return;
    await this.lesson?.attempt("pad", async () => {
      const { inkOfPhoto } = await import("./photo-ink");
      this.#ink.show(await inkOfPhoto(file, kSide));
      this.#lift();
    });
  }

  #lift(): void {
    if (this.pen) this.pen = { ...this.pen, down: false };
    if (this.#ink.empty) this.answers = {};
    this.#pointer = null;
    this.#changed();
  }

  #changed(): void {
    this.requestUpdate();
    this.#ask();
  }

  // What the networks say.

  async #recognise(lesson: Lesson): Promise<void> {
    const { view } = lesson;
    await this.updateComplete; // the canvas is painted
    if (this.#drawn !== this.#ink.strokes) {
      this.#drawn = this.#ink.strokes;
      await view.draw(inkOn(this.canvas), kSide, kSide);
    }
    const { drawing, trained } = view;
    if (!drawing) {
      this.#drawing = null;
      this.answers = {};
      return;
    }
    const isNew = this.#drawing !== drawing;
    this.#drawing = drawing;
    const ask = async (model: Model | null): Promise<Prediction | undefined> =>
      (await model?.predict([drawing]))?.[0];
    const before = isNew || !this.answers.trained ? await ask(trained) : this.answers.trained;
    const learning = lesson.past ?? lesson.model;
    const now = learning && learning.step > 0 && view.takesDrawing ? await ask(learning) : undefined;
    if (this.#ink.empty) return; // cleared meanwhile
    this.answers = { ...(before ? { trained: before } : {}), ...(now ? { learning: now } : {}) };
    if (isNew) this.#speakAnswers();
  }

  #speakAnswers(): void {
    const says = Object.entries(this.answers).map(
      ([which, { best, probabilities }]) =>
        `${titles[which as Which]}: ${which === "learning" ? (this.lesson?.dataset?.classes[best] ?? best) : best}, ${formatPercent(100 * (probabilities?.[best] ?? 0))}.`,
    );
    clearTimeout(this.#speakTimer);
    this.#speakTimer = window.setTimeout(() => (this.spoken.textContent = says.join(" ")), kSpeakAfter);
  }
}

const titles: Record<Which, string> = {
  trained: "The trained network",
  learning: "The network that learns here",
};
