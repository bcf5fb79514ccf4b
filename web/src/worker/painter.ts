import type { Frame, Grid, Palette, WatchOptions } from "../api/types";
import { type Core, statistic } from "./core";
import { paletteColors } from "./palettes";
import { arrange, layOut, mixColors } from "./pictures";
import type { Place } from "./tensors";
import { LivegradError } from "../api/errors";

/** A canvas and what was last laid out on it. */
export class Surface {
  readonly canvas: OffscreenCanvas;
  readonly #context: OffscreenCanvasRenderingContext2D;
  #image: ImageData | undefined;

  constructor(canvas: OffscreenCanvas) {
    this.canvas = canvas;
    const context = canvas.getContext("2d");
    if (!context)
      throw new LivegradError(
        "invalid_argument",
        "canvas",
        "The canvas has another context already. Give a fresh one.",
      );
    this.#context = context;
  }

  /** Shows `count` pictures of colours; transparent where there is none. */
  show(colors: Uint32Array, count: number, grid: Grid, scale: number): void {
    if (this.#image?.width !== grid.width || this.#image.height !== grid.height) {
      this.canvas.width = grid.width;
      this.canvas.height = grid.height;
      this.#image = new ImageData(grid.width, grid.height);
    } else {
      this.#image.data.fill(0);
    }
    arrange(colors, count, grid, scale, new Uint32Array(this.#image.data.buffer));
    this.#context.putImageData(this.#image, 0, 0);
  }
}

const maxPictures = 256;

/** Turns numbers in the heap into frames and pictures. */
export class Painter {
  readonly #core: Core;
  readonly #palettes = new Map<Palette, number>();
  /** Room for the colours of the largest picture so far. */
  #colors = { offset: 0, length: 0 };

  constructor(core: Core) {
    this.#core = core;
  }

  /** Makes room, so that painting such a picture does not grow the memory. */
  reserve(size: number): void {
    if (size <= this.#colors.length) return;
    if (this.#colors.length > 0) this.#core.call.release(this.#colors.offset);
    this.#colors = { offset: this.#core.call.allocate(4 * size), length: size };
  }

  paint(place: Place, options: WatchOptions, surface: Surface | null, step: number): Frame {
    const shape = pictureShape(place, options);
    const { call, heap } = this.#core;
    call.statistics(place.offset, place.size);
    const values = this.#core.record;
    const frame = {
      step,
      shape: options.shape ?? place.shape,
      minimum: values[statistic.minimum]!,
      maximum: values[statistic.maximum]!,
      mean: values[statistic.mean]!,
      deviation: values[statistic.deviation]!,
      zeroFraction: values[statistic.zeroFraction]!,
    };
    const range = rangeOf(options, frame.minimum, frame.maximum);
    if (!surface)
      return { ...frame, range, grid: null, values: heap.floats(place.offset, place.size).slice() };

    const channelsPerPicture = options.color ? 3 : 1;
    const area = shape.height * shape.width;
    const from = Math.min(options.channels?.from ?? 0, shape.channels);
    const channels = Math.min(
      options.channels?.count ?? shape.channels,
      shape.channels - from,
      maxPictures * channelsPerPicture,
    );
    const count = Math.floor(channels / channelsPerPicture);
    const scale = options.scale ?? 1;
    const grid = layOut(count, shape, { scale, gap: options.gap ?? 1, columns: options.columns });
    const first = place.offset + 4 * from * area;
    this.reserve(channels * area);
    const colors = heap.words(this.#colors.offset, count * area);
    if (options.color) mixColors(heap.floats(first, channels * area), count, area, ...range, colors);
    else
      call.draw(
        first,
        channels * area,
        ...range,
        this.#palette(options.palette ?? "diverging"),
        this.#colors.offset,
      );
    if (count > 0) surface.show(colors, count, grid, scale);
    return { ...frame, range, grid, values: null };
  }

  #palette(name: Palette): number {
    let offset = this.#palettes.get(name);
    if (offset === undefined) {
      const colors = paletteColors(name);
      offset = this.#core.call.allocate(4 * colors.length);
      this.#core.heap.words(offset, colors.length).set(colors);
      this.#palettes.set(name, offset);
    }
    return offset;
  }
}

/** How numbers become pictures: maps are pictures, a matrix is one picture, a row of units is one row of pixels. */
export function pictureShape(
  place: Pick<Place, "shape" | "size">,
  options: Pick<WatchOptions, "shape">,
): { readonly channels: number; readonly height: number; readonly width: number } {
  if (options.shape) {
    const [channels, height, width] = options.shape;
    if (channels * height * width !== place.size)
      throw new LivegradError(
        "invalid_argument",
        "watch",
        `The shape ${options.shape.join("x")} does not hold the tensor's ${place.size} numbers (${place.shape.join("x")}).`,
      );
    return { channels, height, width };
  }
  const { shape } = place;
  const width = shape.at(-1) ?? 1;
  const height = shape.at(-2) ?? 1;
  return { channels: place.size / (height * width), height, width };
}

function rangeOf(
  { range, palette = "diverging", color }: WatchOptions,
  minimum: number,
  maximum: number,
): readonly [number, number] {
  if (range) return range;
  if (color || !palette.startsWith("diverging"))
    return maximum > minimum ? [minimum, maximum] : [minimum, minimum + 1];
  const magnitude = Math.max(Math.abs(minimum), Math.abs(maximum));
  return magnitude > 0 ? [-magnitude, magnitude] : [-1, 1];
}
