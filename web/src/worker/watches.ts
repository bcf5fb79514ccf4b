import { LivegradError } from "../api/errors";
import type { WatchOptions } from "../api/types";
import { type Painter, pictureShape, Surface } from "./painter";
import { type Place, product, type Tensors } from "./tensors";

interface Watched {
  options: WatchOptions;
  readonly surface: Surface | null;
  resting: boolean;
}

export interface Looked {
  readonly id: number;
  readonly place: Place;
  readonly options: WatchOptions;
  readonly surface: Surface | null;
}

/** What elements look at in one model. */
export class Watches {
  readonly #painter: Painter;
  readonly #watched = new Map<number, Watched>();
  #next = 1;

  constructor(painter: Painter) {
    this.#painter = painter;
  }

  add({ canvas, ...options }: WatchOptions, tensors: Tensors): number {
    this.#check(options, tensors);
    const id = this.#next++;
    this.#watched.set(id, { options, surface: canvas ? new Surface(canvas) : null, resting: false });
    return id;
  }

  update(id: number, changes: Partial<WatchOptions>, tensors: Tensors): void {
    const watched = this.#watched.get(id);
    if (!watched) return;
    const options = { ...watched.options, ...changes };
    this.#check(options, tensors);
    watched.options = options;
  }

  rest(id: number, resting: boolean): void {
    const watched = this.#watched.get(id);
    if (watched) watched.resting = resting;
  }

  remove(id: number): void {
    this.#watched.delete(id);
  }

  /** What the awake ones look at, now. Those whose tensor a new network no longer has wait until it is back. */
  places(tensors: Tensors): Looked[] {
    return [...this.#watched].flatMap(([id, { options, surface, resting }]) => {
      const place = resting
        ? null
        : tensors.find(options.tensor, options.gradient ?? false, options.batchIndex);
      const fits = place && (!options.shape || product(options.shape) === place.size);
      return fits ? [{ id, place, options, surface }] : [];
    });
  }

  #check(options: WatchOptions, tensors: Tensors): void {
    const place = tensors.get(options.tensor, options.gradient ?? false, options.batchIndex);
    if (place.entry.type === "index")
      throw new LivegradError(
        "invalid_argument",
        "watch",
        `"${options.tensor}" holds whole numbers, which are read but not drawn.`,
      );
    for (const name of ["scale", "columns"] as const) whole(name, options[name], 1);
    whole("gap", options.gap, 0);
    pictureShape(place, options);
    this.#painter.reserve(place.size);
  }
}

function whole(name: string, value: number | undefined, least: number): void {
  if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= 256))
    throw new LivegradError(
      "invalid_argument",
      "watch",
      `${name} is ${value}. Use a whole number from ${least} to 256.`,
    );
}
