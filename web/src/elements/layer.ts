import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import type { Frame, LayerInfo, Model, Palette, TensorInfo, Watch } from "../api";
import { LessonElement } from "./base";
import { formatNumber, formatShape, plural } from "./format";
import { type GridLayout, layGrid } from "./layer-grid";
import type { Lesson } from "./lesson";

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

/** The pictures of one layer's activations, live: drawn in the worker, at rest while off screen. */
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
      .pictures {
        min-height: 44px;
      }
      canvas {
        display: block;
        box-sizing: content-box;
        padding: 8px;
        border-radius: 4px;
        background: var(--table);
        image-rendering: pixelated;
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

  @query(".pictures") private pictures!: HTMLElement;
  #seen = false;
  #watch: Promise<Watch | undefined> | null = null;
  #watched: { model: Model; tensor: string; palette: Palette; key: string } | null = null;
  #frame: Frame | null = null;
  #relabel = (): void => {};
  #dark = matchMedia("(prefers-color-scheme: dark)");

  protected override follow(lesson: Lesson): void {
    const refresh = (): void => this.requestUpdate();
    this.#relabel = this.atMostEvery(250, refresh);
    this.whenSeen((seen) => {
      this.#seen = seen;
      void this.#watch?.then((watch) => (seen ? watch?.resume() : watch?.pause()));
      refresh();
    });
    const observer = new ResizeObserver(refresh);
    observer.observe(this);
    this.#dark.addEventListener("change", refresh);
    this.listen(lesson.on("reset", refresh));
    this.listen(() => {
      observer.disconnect();
      this.#dark.removeEventListener("change", refresh);
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
    if (old?.model !== model || old.tensor !== tensor.name) {
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
        ${info?.parameterCount ? html`<p class="facts">${plural(info.parameterCount, "weight")}</p>` : nothing}
        <p class="facts range">
          ${frame ? `${formatNumber(frame.minimum)} … ${formatNumber(frame.maximum)}` : "\u00a0"}
        </p>
      </div>
      <div class="pictures" role="img" aria-label=${this.#describe(tensor)}></div>
    `;
  }

  #describe(tensor: TensorInfo | undefined): string {
    if (!tensor) return this.layer;
    const [channels = 0, height, width] = tensor.shape;
    const what =
      height === undefined ? plural(channels, "unit") : `${plural(channels, "map")} of ${height} by ${width}`;
    const range = this.#frame
      ? `, from ${formatNumber(this.#frame.minimum)} to ${formatNumber(this.#frame.maximum)}`
      : "";
    return `Activations of ${this.layer}: ${what}${range}`;
  }

  #info(): LayerInfo | undefined {
    return this.lesson?.view.model?.layers.find(({ id }) => id === this.layer);
  }

  /** What the next layer sees. */
  #tensor(): TensorInfo | undefined {
    const tensors =
      this.lesson?.view.model?.tensors.filter(
        ({ kind, type, perExample }) => kind === "value" && type === "real" && perExample,
      ) ?? [];
    if (this.layer === "input") return tensors.find(({ op }) => op === "");
    const own = this.#info()?.tensors ?? [];
    return tensors.findLast(({ name }) => own.includes(name));
  }

  #look(tensor: TensorInfo): GridLayout & { palette: Palette } {
    const dark = this.#dark.matches;
    const palette: Palette =
      this.layer === "input" ? (dark ? "grey" : "ink") : dark ? "diverging-dark" : "diverging";
    return { palette, ...layGrid(tensor.shape, this.pictures.clientWidth - 2 * kPadding, devicePixelRatio) };
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
    this.#watched = { model, tensor: tensor.name, palette: options.palette, key: JSON.stringify(options) };
    this.pictures.replaceChildren(canvas);
    const show = (frame: Frame): void => {
      if (this.#watched?.model !== model || this.#watched.tensor !== tensor.name) return;
      this.#frame = frame;
      if (frame.grid) canvas.style.width = `${frame.grid.width / devicePixelRatio}px`;
      this.#relabel();
      if (kStill.matches) this.#restAWhile();
    };
    this.#watch = this.lesson!.quietly(() =>
      model.watch({ tensor: tensor.name, canvas: canvas.transferControlToOffscreen(), ...options }, show),
    );
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
  }
}
