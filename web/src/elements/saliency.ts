import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { Model } from "../api";
import { LessonElement } from "./base";
import { DarkScheme } from "./dark-scheme";
import type { Lesson } from "./lesson";
import { occlusionMap } from "./occlusion";
import { type Drawing, runnerUp } from "./view";

/** Side of a drawing. */
const kSide = 28;

interface Maps {
  readonly first: number;
  readonly second: number;
  /** One number a pixel each: above zero speaks for the first class, below for the second. */
  readonly gradient: Float32Array;
  readonly occlusion: Float32Array;
}

/** What the network sees of the drawing, and what in it mattered for the answer. */
@customElement("livegrad-saliency")
export class LivegradSaliency extends LessonElement {
  static override styles = [
    ...LessonElement.styles,
    css`
      ul {
        display: grid;
        grid-template-columns: repeat(3, minmax(0, 1fr));
        gap: 16px;
      }
      li {
        display: grid;
        gap: 4px;
        align-content: start;
      }
      canvas {
        width: 100%;
        max-width: 168px;
        border: 1px solid var(--line);
        background: var(--well);
        image-rendering: pixelated;
      }
      p {
        color: var(--ink-soft);
        font-size: 13px;
        line-height: 18px;
        min-height: 36px;
      }
      .for {
        color: var(--training);
        font-weight: 600;
      }
      .against {
        color: var(--validation);
        font-weight: 600;
      }
      @media (max-width: 599px) {
        ul {
          gap: 8px;
        }
        h3 {
          font-size: 13px;
          letter-spacing: -0.01em;
          white-space: nowrap;
        }
      }
    `,
  ];

  @state() private maps: Maps | null = null;
  #drawing: Drawing | null = null;
  #seen = false;

  constructor() {
    super();
    new DarkScheme(this);
  }

  protected override follow(lesson: Lesson): void {
    const look = this.atMostEvery(120, () => this.#look(lesson));
    const again = this.atMostEvery(1000, () => this.#look(lesson));
    this.whenSeen((seen) => {
      this.#seen = seen;
      look();
    });
    this.listen(lesson.view.on("drawing", look));
    this.listen(lesson.view.on("change", look));
    this.listen(lesson.on("tick", () => lesson.view.which === "learning" && again()));
  }

  protected override render(): unknown {
    const { maps } = this;
    const classes = this.lesson?.dataset?.classes ?? [];
    const name = (label: number): string => classes[label] ?? String(label);
    const sides = maps
      ? html`<span class="for">for ${name(maps.first)}</span> or
          <span class="against">for ${name(maps.second)}</span>`
      : nothing;
    const about = (map: "gradient" | "occlusion"): string =>
      maps ? `: most for ${name(maps.first)} ${place(maps[map])}` : "";
    return html`<ul>
      <li>
        <h3>What it sees</h3>
        <canvas width=${kSide} height=${kSide} role="img" aria-label="The drawing in MNIST's form"></canvas>
        <p>Scaled to 20 × 20 and centred by mass in 28 × 28, as in MNIST.</p>
      </li>
      <li>
        <h3>Input gradient</h3>
        <canvas
          width=${kSide}
          height=${kSide}
          role="img"
          aria-label="Input gradient${about("gradient")}"
        ></canvas>
        <p>${maps ? html`More ink here would speak ${sides}.` : "Where more ink would change its mind."}</p>
      </li>
      <li>
        <h3>Occlusion</h3>
        <canvas
          width=${kSide}
          height=${kSide}
          role="img"
          aria-label="Occlusion${about("occlusion")}"
        ></canvas>
        <p>
          ${maps ? html`Ink that spoke ${sides}, found by erasing.` : "Which ink it went by, found by erasing."}
        </p>
      </li>
    </ul>`;
  }

  protected override updated(_changed: PropertyValues): void {
    const style = getComputedStyle(this);
    const color = (name: string): string => style.getPropertyValue(name).trim();
    const colors = {
      above: rgb(color("--training")),
      below: rgb(color("--validation")),
      ink: rgb(color("--ink")),
    };
    const [seen, gradient, occlusion] = this.renderRoot.querySelectorAll("canvas");
    paint(seen!, this.#drawing, null, colors);
    paint(gradient!, this.#drawing, this.maps?.gradient ?? null, colors);
    paint(occlusion!, this.#drawing, this.maps?.occlusion ?? null, colors);
  }

  async #look({ view }: Lesson): Promise<void> {
    if (!this.#seen) return;
    const { model, drawing } = view;
    if (this.#drawing !== drawing) {
      this.#drawing = drawing;
      this.requestUpdate();
    }
    if (!drawing || !model || !view.takesDrawing) {
      this.maps = null;
      return;
    }
    const isStale = (): boolean => view.drawing !== drawing || view.model !== model;
    const [whole] = await model.predict([drawing]);
    if (!whole?.probabilities || isStale()) return;
    const first = whole.best;
    const second = runnerUp(whole);
    const gradient = await inputGradient(model);
    if (isStale() || view.subject !== "drawing") return;
    const occlusion = await occlusionMap(model, drawing, whole, first, second, isStale);
    if (occlusion) this.maps = { first, second, gradient, occlusion };
  }
}

/** Of the loss with respect to each pixel of the image looked at, in the drawing's frame. */
async function inputGradient(model: Model): Promise<Float32Array> {
  const input = model.tensors.find(
    ({ kind, type, perExample, op }) => kind === "value" && type === "real" && perExample && op === "",
  )!;
  const [, height = kSide, width = kSide] = input.shape;
  const values = await model.read(input.name, { gradient: true });
  const whole = new Float32Array(kSide * kSide);
  const [top, left] = [(kSide - height) >> 1, (kSide - width) >> 1]; // networks with crops see the centre
  for (let row = 0; row < height; row++)
    whole.set(values.subarray(row * width, (row + 1) * width), (top + row) * kSide + left);
  return whole;
}

type Color = readonly [red: number, green: number, blue: number];

/** A map over a faint drawing; without a map, the drawing alone. */
function paint(
  canvas: HTMLCanvasElement,
  drawing: Drawing | null,
  map: Float32Array | null,
  { above, below, ink }: { above: Color; below: Color; ink: Color },
): void {
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(kSide, kSide);
  const most = map?.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30) ?? 1;
  drawing?.pixels.forEach((byte, i) => {
    const value = map ? map[i]! / most : 0;
    const top = Math.abs(value);
    const under = (byte / 255) * (map ? 0.25 : 1) * (1 - top);
    const alpha = top + under;
    const color = value > 0 ? above : below;
    for (let c = 0; c < 3; c++)
      image.data[4 * i + c] = alpha > 0 ? (color[c]! * top + ink[c]! * under) / alpha : 0;
    image.data[4 * i + 3] = 255 * alpha;
  });
  context.putImageData(image, 0, 0);
}

/** "#b9540c", or any colour that a canvas knows. */
function rgb(color: string): Color {
  const context = new OffscreenCanvas(1, 1).getContext("2d")!;
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}

/** Where a map is largest, in words. */
function place(map: Float32Array): string {
  const third = (x: number): number => Math.floor((3 * x) / kSide);
  const at = map.indexOf(Math.max(...map));
  const row = ["at the top", "in the middle", "at the bottom"][third(Math.floor(at / kSide))]!;
  const column = [" left", "", " right"][third(at % kSide)]!;
  return row + column;
}
