import { css, html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { DatasetExample, Model } from "../api";
import { LessonElement } from "./base";
import { DarkScheme } from "./dark-scheme";
import { paintExample } from "./digit";
import { formatCount, formatNumber } from "./format";
import type { Lesson } from "./lesson";
import { notices } from "./notice";
import { numberField } from "./number-field";
import { outputOf } from "./output-tensor";
import { findPeaks, type Peak } from "./peaks";
import { type Field, receptiveField } from "./receptive-field";
import { extents } from "./stages";

/** Test images looked through. */
const kImages = 1000;
/** CSS pixels of a patch and of the whole image. */
const kPatch = 72;
const kWhole = 48;

/** Layers whose channels can be excited. */
const kinds = new Set(["conv", "pool", "act", "dense", "batch_norm"]);

interface Found {
  readonly model: Model;
  readonly layer: string;
  readonly step: number;
  readonly images: number;
  /** For each channel. */
  readonly peaks: readonly (readonly Peak[])[];
}

/** The eight pieces of test images that excite a channel most. */
@customElement("livegrad-patches")
export class LivegradPatches extends LessonElement {
  static override styles = [
    ...LessonElement.styles,
    css`
      .work label {
        display: flex;
        align-items: center;
        gap: 8px;
      }
      .work input {
        width: 72px;
      }
      .found {
        max-width: 80ch;
        min-height: 24px;
        margin: 12px 0;
        font-size: 14px;
      }
      ol {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(148px, 1fr));
        gap: 12px;
      }
      button.one {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 4px 8px;
        align-items: end;
        justify-content: start;
        width: 100%;
        height: 100%;
        padding: 8px;
        border-color: var(--line);
        background: none;
        font-size: 13px;
        font-weight: 400;
        text-align: left;
        white-space: normal;
      }
      button.one[aria-pressed="true"] {
        border-color: var(--accent);
        box-shadow: 0 0 0 1px var(--accent);
      }
      canvas {
        image-rendering: pixelated;
      }
      .value {
        grid-column: 1 / -1;
        line-height: 18px;
      }
    `,
  ];

  /** Id of the layer; none: the last convolution. */
  @property() layer = "";
  @property({ type: Number }) channel = 0;
  @state() private found: Found | null = null;
  @state() private progress = 0;
  /** What is looked for, or was found. */
  #wanted: { readonly model: Model; readonly layer: string } | null = null;
  #examples: readonly DatasetExample[] = [];
  #seen = false;
  #look = (): void => {};
  readonly #dark = new DarkScheme(this);

  protected override follow(lesson: Lesson): void {
    const look = (this.#look = this.atMostEvery(100, () => this.#find(lesson)));
    this.whenSeen((seen) => {
      this.#seen = seen;
      look();
    });
    this.listen(lesson.on("change", look));
    this.listen(lesson.on("reset", () => this.#again()));
  }

  #layers(model: Model): string[] {
    return model.layers.filter(({ kind, id }) => kinds.has(kind) && outputOf(model, id)).map(({ id }) => id);
  }

  #chosen(model: Model): string {
    const layers = this.#layers(model);
    if (layers.includes(this.layer)) return this.layer;
    return model.layers.findLast(({ kind }) => kind === "conv")?.id ?? layers[0] ?? "";
  }

  /** The channel shown, and what excites it; none while that is looked for. */
  #shown(model: Model): { layer: string; channels: number; channel: number; peaks?: readonly Peak[] } {
    const layer = this.#chosen(model);
    const channels = outputOf(model, layer)?.shape[0] ?? 1;
    const channel = Math.min(this.channel, channels - 1);
    const { found } = this;
    const peaks = found?.layer === layer && found.model === model ? found.peaks[channel] : undefined;
    return { layer, channels, channel, ...(peaks ? { peaks } : {}) };
  }

  protected override render(): unknown {
    const { lesson, found, progress } = this;
    const model = lesson?.view.model;
    if (!lesson || !model) return html`<p class="soft">Reading the layers …</p>`;
    const { layer, channels, channel, peaks } = this.#shown(model);
    const choose = (event: Event): void => {
      this.layer = (event.target as HTMLSelectElement).value;
      this.#look();
    };
    return html`
      <div class="work">
        <label
          >Layer
          <select @change=${choose}>
            ${this.#layers(model).map((id) => html`<option ?selected=${id === layer}>${id}</option>`)}
          </select></label
        >
        <div class="work">
          ${numberField("Channel", channel, channels, (channel) => (this.channel = channel))}
          <span class="soft small">0 to ${channels - 1}</span>
        </div>
        <button class="small" type="button" ?disabled=${!peaks} @click=${() => this.#again()}>
          Look again
        </button>
        ${
          peaks || !this.#wanted
            ? nothing
            : html`<progress
                aria-label="Looking through the test images"
                max=${kImages}
                .value=${progress}
              ></progress>`
        }
      </div>
      <p class="found soft" role="status">
        ${
          !peaks || !found
            ? "\u00a0"
            : peaks.length === 0
              ? `Channel ${channel} of ${layer} stays at or below zero in all ${formatCount(found.images)} test images: nothing excites it.`
              : `What excites channel ${channel} of ${layer} most, in ${formatCount(found.images)} test images, at step ${formatCount(found.step)}: the piece that it sees, the image with a frame around that, and the value.`
        }
      </p>
      <ol>
        ${peaks?.map((peak, rank) => html`<li>${this.#one(lesson, layer, peak, rank)}</li>`)}
      </ol>
      ${notices(lesson, "patches")}
    `;
  }

  #one(lesson: Lesson, layer: string, { image, value, row, column }: Peak, rank: number): unknown {
    const { view, dataset } = lesson;
    const label = this.#examples.find(({ index }) => index === image)?.label ?? -1;
    const name = dataset?.classes[label] ?? String(label);
    const { top, left, height, width } = receptiveField(view.model!, layer, row, column);
    return html`<button
      class="one"
      type="button"
      aria-pressed=${view.subject === "test" && view.example === image}
      @click=${() => view.show("test", image)}
    >
      <span class="unseen"
        >${rank + 1}: ${formatNumber(value)} in test image ${image}, class ${name}, from the ${height} by
        ${width} pixels at row ${top}, column ${left}. Show its layers</span
      >
      <canvas></canvas>
      <canvas></canvas>
      <span class="value" aria-hidden="true"
        >${formatNumber(value)}<br /><span class="soft">image ${image}, class ${name}</span></span
      >
    </button>`;
  }

  protected override updated(): void {
    const { lesson } = this;
    const model = lesson?.view.model;
    const dataset = lesson?.dataset;
    if (!model || !dataset) return;
    const { layer, peaks = [] } = this.#shown(model);
    const missing = peaks.some(({ image }) => !this.#examples.some(({ index }) => index === image));
    if (missing) {
      void lesson.quietly(async () => {
        this.#examples = await dataset.examples(
          "test",
          peaks.map(({ image }) => image),
        );
        this.requestUpdate();
      });
      return;
    }
    const [, height, width] = extents(outputOf(model, "input")!.shape);
    const [, fullHeight, fullWidth] = extents(dataset.shape);
    // Networks with crops see the centre.
    const [down, right] = [(fullHeight - height) >> 1, (fullWidth - width) >> 1];
    const canvases = this.renderRoot.querySelectorAll("canvas");
    peaks.forEach(({ image, row, column }, rank) => {
      const { top, left, ...size } = receptiveField(model, layer, row, column);
      const example = this.#examples.find(({ index }) => index === image)!;
      const field = { top: top + down, left: left + right, ...size };
      this.#paint(canvases[2 * rank]!, canvases[2 * rank + 1]!, example, field);
    });
  }

  #paint(patch: HTMLCanvasElement, whole: HTMLCanvasElement, example: DatasetExample, field: Field): void {
    const picture = document.createElement("canvas");
    paintExample(picture, example, this.#dark.matches);
    const color = (name: string): string => getComputedStyle(this).getPropertyValue(name);
    const draw = (canvas: HTMLCanvasElement, side: number, { top, left, height, width }: Field) => {
      const scale = side / Math.max(height, width);
      canvas.width = Math.round(width * scale * devicePixelRatio);
      canvas.height = Math.round(height * scale * devicePixelRatio);
      canvas.style.width = `${width * scale}px`;
      const context = canvas.getContext("2d")!;
      context.imageSmoothingEnabled = false;
      context.scale(scale * devicePixelRatio, scale * devicePixelRatio);
      context.fillStyle = color("--table");
      context.fillRect(0, 0, width, height);
      context.drawImage(picture, -left, -top);
      context.lineWidth = 2 / scale;
      return context;
    };
    draw(patch, kPatch, field);
    const { width, height } = picture;
    const context = draw(whole, kWhole, { top: 0, left: 0, height, width });
    context.strokeStyle = color("--training");
    context.strokeRect(field.left, field.top, field.width, field.height);
  }

  #again(): void {
    this.#wanted = null;
    this.found = null;
    this.#look();
  }

  async #find(lesson: Lesson): Promise<void> {
    const { model } = lesson.view;
    if (!this.#seen || !model?.dataset) return;
    const layer = this.#chosen(model);
    if (!layer || (this.#wanted?.model === model && this.#wanted.layer === layer)) return;
    const wanted = (this.#wanted = { model, layer });
    this.#examples = [];
    this.progress = 0;
    const isStale = (): boolean =>
      this.#wanted !== wanted || lesson.view.model !== model || this.#chosen(model) !== layer;
    // One set of weights for all images.
    await lesson.attempt("patches", () =>
      lesson.whilePaused(async () => {
        const { step } = model;
        const images = Math.min(kImages, model.dataset!.arrived.test);
        const peaks = await findPeaks(model, layer, images, (done) => (this.progress = done), isStale);
        if (peaks) this.found = { model, layer, step, images, peaks };
      }),
    );
  }
}
