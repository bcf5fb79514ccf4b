import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import type { Frame, LayerInfo, Model, Palette, TensorInfo, Watch, WatchOptions } from "../api";
import { LessonElement } from "./base";
import { DarkScheme } from "./dark-scheme";
import { formatNumber, formatPercent, formatShape, plural } from "./format";
import { drawHistogram, histogram } from "./histogram";
import { filterShape, type GridLayout, layGrid, pictureShape } from "./layer-grid";
import type { Lesson } from "./lesson";
import { outputOf } from "./output-tensor";
import { weightSum } from "./weight-sum";

/** Around the pictures, in CSS pixels. */
const kPadding = 8;

const kStill = matchMedia("(prefers-reduced-motion: reduce)");

const kinds: Record<string, string> = {
  input: "the image",
  conv: "convolution",
  pool: "pooling",
  dense: "fully connected",
  act: "activation",
  dropout: "dropout",
};

/** What of a layer is shown. */
export type Show = "activations" | "gradients" | "weights" | "weight-gradients";

const titles: Record<Show, string> = {
  activations: "Activations",
  gradients: "Gradients",
  weights: "Weights",
  "weight-gradients": "Weight gradients",
};

/** Whether a layer has this to show. */
export function hasToShow(model: Model, layer: string, show: Show): boolean {
  return !show.startsWith("weight") || model.tensors.some(({ name }) => name === `${layer}.weight`);
}

/** The pictures of one layer's activations, gradients or weights, live: drawn in the worker, at rest while off screen. */
@customElement("livegrad-layer")
export class LivegradLayer extends LessonElement {
  static override styles = [
    ...LessonElement.styles,
    css`
      :host {
        display: grid;
        grid-template-columns: 136px minmax(0, 1fr);
        gap: 8px 16px;
        align-items: start;
      }
      .id {
        font: 600 15px/24px var(--font);
      }
      .facts {
        color: var(--ink-soft);
        font-size: 13px;
        line-height: 18px;
      }
      .range {
        color: var(--ink);
      }
      summary {
        width: max-content;
        cursor: pointer;
      }
      .pictures {
        min-height: 44px;
      }
      livegrad-numbers {
        grid-column: 1 / -1;
        min-width: 0;
      }
      canvas {
        display: block;
        box-sizing: content-box;
        padding: 8px;
        border-radius: 4px;
        background: var(--table);
        max-width: calc(100% - 16px);
        image-rendering: pixelated;
      }
      .pictures {
        position: relative;
      }
      .pictures.taken-apart {
        cursor: crosshair;
      }
      .mark {
        position: absolute;
        min-width: 5px;
        min-height: 5px;
        outline: 2px solid var(--ink);
        outline-offset: 1px;
        box-shadow: 0 0 0 1px var(--panel);
        pointer-events: none;
      }
      .histogram {
        display: block;
        width: 112px;
        height: 24px;
        margin-top: 4px;
        border-bottom: 1px solid var(--line);
        color: var(--edge);
      }
      @media (max-width: 599px) {
        :host {
          grid-template-columns: minmax(0, 1fr);
        }
        .label {
          display: flex;
          flex-wrap: wrap;
          gap: 0 12px;
          align-items: baseline;
        }
        .range {
          margin-left: auto;
        }
      }
    `,
  ];

  /** Id of the layer: "conv1"; "input" for what the network is shown. */
  @property() layer = "input";
  @property() show: Show = "activations";
  /** Numbers of this size get the ends of the colour scale; 0: the largest there are. */
  @property({ type: Number }) limit = 0;
  /** How much larger the pictures are than usual. */
  @property({ type: Number }) zoom = 1;
  /** Whether a value can be chosen in the pictures: event "value" with its index. */
  @property({ type: Boolean }) choosable = false;
  /** Whether a table of the numbers belongs to the pictures. */
  @property({ type: Boolean }) numbers = false;

  @query(".pictures") private pictures!: HTMLElement;
  #seen = false;
  /** Of the pictures, in CSS pixels; 0: to be measured, which costs a layout. */
  #width = 0;
  #watch: Promise<Watch | undefined> | null = null;
  #watched: { model: Model; tensor: string; show: Show; key: string } | null = null;
  #frame: Frame | null = null;
  #bins: number[] = [];
  #values: Float32Array | null = null;
  #relabel = (): void => {};
  /** Around the number that is pointed at. */
  readonly #mark = Object.assign(document.createElement("i"), { className: "mark" });
  readonly #dark = new DarkScheme(this);

  protected override follow(lesson: Lesson): void {
    const refresh = (): void => this.requestUpdate();
    this.#relabel = this.atMostEvery(250, () => this.#label());
    this.whenSeen((seen) => {
      this.#seen = seen;
      void this.#watch?.then((watch) => (seen ? watch?.resume() : watch?.pause()));
      refresh();
    });
    const observer = new ResizeObserver(() => {
      this.#width = 0;
      refresh();
    });
    observer.observe(this);
    this.listen(lesson.on("reset", refresh));
    this.listen(() => {
      observer.disconnect();
      this.#forget();
    });
  }

  protected override updated(_changed: PropertyValues): void {
    const model = this.lesson?.view.model;
    const tensor = this.#tensor();
    if (!model || !tensor) return;
    this.#reserve(tensor);
    if (!this.lesson?.view.ready) return;
    const old = this.#watched;
    if (old?.model !== model || old.tensor !== tensor.name || old.show !== this.show) {
      this.#forget();
      if (this.#seen) this.#begin(model, tensor);
    } else {
      const options = this.#look(tensor);
      const key = JSON.stringify(options);
      if (key === old.key) return;
      this.#watched = { ...old, key };
      void this.#watch?.then((watch) => watch?.update(options));
    }
  }

  protected override render(): unknown {
    const info = this.#info();
    const tensor = this.#tensor();
    const frame = this.#frame;
    const kind = this.layer === "input" ? "input" : (info?.kind ?? "");
    const filter = this.lesson?.view.model?.tensors.find(({ name }) => name === `${this.layer}.weight`);
    const [, , height = 0, width = 0] = kind === "conv" ? (filter?.shape ?? []) : [];
    return html`
      <div class="label" title=${info?.ops.map(({ equation }) => equation).join("\n") || nothing}>
        <h3 class="id">${this.layer === "input" ? "Input" : this.layer}</h3>
        <p class="facts">${kinds[kind] ?? kind}${height ? ` ${height} × ${width}` : ""}</p>
        <p class="facts">
          ${tensor ? (tensor.shape.length === 1 ? plural(tensor.shape[0]!, "unit") : formatShape(tensor.shape)) : ""}
        </p>
        ${info?.parameterCount ? this.#weights(info) : nothing}
        <p class="facts range">
          ${frame ? `${formatNumber(frame.minimum)} … ${formatNumber(frame.maximum)}` : "\u00a0"}
        </p>
        <p class="facts">
          ${
            frame && this.show === "activations" && this.layer !== "input"
              ? `${formatPercent(100 * frame.zeroFraction, 0)} at zero`
              : frame && this.layer !== "input"
                ? `spread ${formatNumber(frame.deviation)}`
                : nothing
          }
        </p>
        ${this.layer === "input" ? nothing : drawHistogram(this.#bins)}
      </div>
      <div
        class="pictures ${this.choosable ? "taken-apart" : ""}"
        role="img"
        aria-label=${this.#describe(tensor)}
        @pointermove=${this.#point}
        @pointerleave=${() => this.#mark.remove()}
        @click=${this.#choose}
      ></div>
      ${
        this.numbers && tensor
          ? html`<livegrad-numbers .values=${this.#values} .shape=${this.#shape(tensor)}></livegrad-numbers>`
          : nothing
      }
    `;
  }

  /** How many, and for those who ask how that comes about. */
  #weights({ parameterCount, pointer }: LayerInfo): unknown {
    const count = plural(parameterCount, "weight");
    const [, index = ""] = /^\/layers\/(\d+)$/.exec(pointer) ?? [];
    const spec = this.lesson?.view.model?.spec.layers[Number(index)];
    const sum = index && spec ? weightSum(spec, parameterCount) : "";
    return sum
      ? html`<details class="facts">
          <summary>${count}</summary>
          <span>= ${sum}</span>
        </details>`
      : html`<p class="facts">${count}</p>`;
  }

  /** The number under a pointer, and where it is drawn. */
  #under({ clientX, clientY }: MouseEvent): { index: number; box: DOMRect } | null {
    const canvas = this.pictures.querySelector("canvas");
    const grid = this.#frame?.grid;
    const tensor = this.#tensor();
    if (!this.choosable || !canvas || !grid || !tensor) return null;
    const [pictures, height, width] = this.#shape(tensor);
    const bounds = canvas.getBoundingClientRect();
    const around = this.pictures.getBoundingClientRect();
    const unit = (bounds.width - 2 * kPadding) / grid.width; // CSS pixels of a canvas pixel
    const [stepX, stepY] = [grid.tileWidth + grid.gap, grid.tileHeight + grid.gap];
    const [x, y] = [(clientX - bounds.x - kPadding) / unit, (clientY - bounds.y - kPadding) / unit];
    const [tileX, tileY] = [Math.floor(x / stepX), Math.floor(y / stepY)];
    const cell = grid.tileWidth / width;
    const [column, row] = [Math.floor((x - tileX * stepX) / cell), Math.floor((y - tileY * stepY) / cell)];
    const picture = tileY * grid.columns + tileX;
    const inside =
      x >= 0 && y >= 0 && tileX < grid.columns && picture < pictures && column < width && row < height;
    if (!inside) return null;
    return {
      index: (picture * height + row) * width + column,
      box: new DOMRect(
        bounds.x - around.x + kPadding + (tileX * stepX + column * cell) * unit,
        bounds.y - around.y + kPadding + (tileY * stepY + row * cell) * unit,
        cell * unit,
        cell * unit,
      ),
    };
  }

  #point(event: PointerEvent): void {
    const under = this.#under(event);
    if (!under) return this.#mark.remove();
    const { box } = under;
    const { style } = this.#mark;
    [style.left, style.top, style.width, style.height] = [box.x, box.y, box.width, box.height].map(
      (pixels) => `${pixels}px`,
    ) as [string, string, string, string];
    this.pictures.append(this.#mark);
  }

  #choose(event: MouseEvent): void {
    const under = this.#under(event);
    if (under) this.dispatchEvent(new CustomEvent("value", { detail: under.index }));
  }

  #describe(tensor: TensorInfo | undefined): string {
    if (!tensor) return this.layer;
    const [pictures, height, width] = this.#shape(tensor);
    const what =
      height * width === 1
        ? plural(pictures, "unit")
        : `${plural(pictures, "picture")} of ${height} by ${width}`;
    const range = this.#frame
      ? `, from ${formatNumber(this.#frame.minimum)} to ${formatNumber(this.#frame.maximum)}`
      : "";
    return `${titles[this.show]} of ${this.layer}: ${what}${range}`;
  }

  #info(): LayerInfo | undefined {
    return this.lesson?.view.model?.layers.find(({ id }) => id === this.layer);
  }

  /** The weights, or what the next layer sees. */
  #tensor(): TensorInfo | undefined {
    if (this.show.startsWith("weight"))
      return this.lesson?.view.model?.tensors.find(
        ({ name, kind }) => kind === "parameter" && name === `${this.layer}.weight`,
      );
    const model = this.lesson?.view.model;
    return model ? outputOf(model, this.layer) : undefined;
  }

  #shape(tensor: TensorInfo): GridLayout["shape"] {
    if (!this.show.startsWith("weight")) return pictureShape(tensor.shape);
    const layers = this.lesson?.view.model?.layers ?? [];
    const at = layers.findIndex(({ id }) => id === this.layer);
    const before = layers.slice(0, at).findLast(({ output }) => output.length === 3);
    const input = this.lesson?.view.model?.spec.input;
    const maps = before?.output ?? (Array.isArray(input) ? input : []);
    const fits = maps.reduce((size, extent) => size * extent, 1) === tensor.shape[1];
    return filterShape(tensor.shape, fits ? maps : []);
  }

  #look(tensor: TensorInfo): GridLayout & Pick<WatchOptions, "palette" | "gradient" | "range"> {
    const dark = this.#dark.matches;
    const gradient = this.show.endsWith("gradients");
    const plain = this.layer === "input" && !gradient;
    const palette: Palette = plain ? (dark ? "grey" : "ink") : dark ? "diverging-dark" : "diverging";
    const width = (this.#width ||= this.pictures.clientWidth) - 2 * kPadding;
    return {
      palette,
      gradient,
      range: this.limit > 0 && !plain ? [-this.limit, this.limit] : undefined,
      ...layGrid(this.#shape(tensor), width, devicePixelRatio, this.zoom),
    };
  }

  /** Keeps the place of pictures that are not drawn yet, so that nothing jumps when they come. */
  #reserve(tensor: TensorInfo): void {
    const { shape, scale, gap, columns } = this.#look(tensor);
    const [pictures, height] = shape;
    const rows = Math.ceil(pictures / columns);
    const pixels = rows * (height * scale + gap) - gap;
    this.pictures.style.minHeight = `${pixels / devicePixelRatio + 2 * kPadding}px`;
  }

  #begin(model: Model, tensor: TensorInfo): void {
    const canvas = document.createElement("canvas");
    const options = this.#look(tensor);
    const { show } = this;
    this.#watched = { model, tensor: tensor.name, show, key: JSON.stringify(options) };
    this.pictures.replaceChildren(canvas);
    const onFrame = (frame: Frame): void => {
      if (
        this.#watched?.model !== model ||
        this.#watched.tensor !== tensor.name ||
        this.#watched.show !== show
      )
        return;
      this.#frame = frame;
      if (frame.grid) canvas.style.width = `${frame.grid.width / devicePixelRatio}px`;
      this.#relabel();
      if (kStill.matches) this.#restAWhile();
    };
    this.#watch = this.lesson!.quietly(() =>
      model.watch({ tensor: tensor.name, canvas: canvas.transferControlToOffscreen(), ...options }, onFrame),
    );
  }

  /** The figures beside the pictures. */
  async #label(): Promise<void> {
    const watched = this.#watched;
    if (watched && this.#seen && (this.layer !== "input" || this.numbers)) {
      const values = await watched.model.read(watched.tensor, {
        gradient: watched.show.endsWith("gradients"),
      });
      if (this.#watched === watched) {
        if (this.layer !== "input") this.#bins = histogram(values);
        this.#values = values;
      }
    }
    this.requestUpdate();
    const { minimum = 0, maximum = 0 } = this.#frame ?? {};
    this.dispatchEvent(new CustomEvent("range", { detail: Math.max(-minimum, maximum) }));
  }

  /** For readers who want little motion: a picture a second. */
  #restAWhile(): void {
    const watch = this.#watch;
    void watch?.then((watch) => watch?.pause());
    setTimeout(() => {
      if (this.#seen && this.#watch === watch) void watch?.then((watch) => watch?.resume());
    }, 1000);
  }

  #forget(): void {
    void this.#watch?.then((watch) => watch?.close());
    this.#watch = null;
    this.#watched = null;
    this.#frame = null;
    this.#bins = [];
    this.#values = null;
  }
}
