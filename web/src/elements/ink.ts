/** A place on the pad, from 0 to 1 both ways. */
export type Point = readonly [x: number, y: number];

/** Width of the pen, as a part of the pad's side: about MNIST's pens. */
const kPen = 0.075;

/** The strokes of a drawing, perhaps on a picture of ink, and how they came. */
export class Ink {
  #strokes: readonly (readonly Point[])[] = [];
  #photo: OffscreenCanvas | null = null;
  #before: [Ink["strokes"], Ink["photo"]][] = [];

  get strokes(): readonly (readonly Point[])[] {
    return this.#strokes;
  }
  /** What is drawn on: opaque where there is ink. */
  get photo(): OffscreenCanvas | null {
    return this.#photo;
  }
  get empty(): boolean {
    return this.#strokes.length === 0 && !this.#photo;
  }
  get canUndo(): boolean {
    return this.#before.length > 0;
  }

  begin(point: Point): void {
    this.#before.push([this.#strokes, this.#photo]);
    this.#strokes = [...this.#strokes, [point]];
  }

  /** The last stroke goes on. */
  extend(points: readonly Point[]): void {
    const last = this.#strokes.at(-1) ?? [];
    this.#strokes = [...this.#strokes.slice(0, -1), [...last, ...points]];
  }

  /** Takes back the last stroke, the last picture or the last clear. */
  undo(): void {
    [this.#strokes, this.#photo] = this.#before.pop() ?? [[], null];
  }

  clear(): void {
    if (!this.empty) this.show(null);
  }

  /** A picture of ink in place of the drawing. */
  show(photo: OffscreenCanvas | null): void {
    this.#before.push([this.#strokes, this.#photo]);
    this.#photo = photo;
    this.#strokes = [];
  }

  paint(canvas: HTMLCanvasElement, color: string): void {
    const context = contextOf(canvas);
    const side = canvas.width;
    context.clearRect(0, 0, side, side);
    if (this.#photo) {
      context.drawImage(this.#photo, 0, 0, side, side);
      context.globalCompositeOperation = "source-in";
      context.fillStyle = color;
      context.fillRect(0, 0, side, side);
      context.globalCompositeOperation = "source-over";
    }
    context.lineWidth = kPen * side;
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = color;
    for (const stroke of this.#strokes) {
      const [[x, y]] = stroke as [Point];
      context.beginPath();
      context.moveTo(x * side, y * side);
      for (const [x, y] of stroke) context.lineTo(x * side, y * side);
      context.stroke();
    }
  }
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  return canvas.getContext("2d", { willReadFrequently: true })!;
}

/** How much ink lies on each pixel, 0 … 255. */
export function inkOn(canvas: HTMLCanvasElement): Uint8Array {
  const { data } = contextOf(canvas).getImageData(0, 0, canvas.width, canvas.height);
  const ink = new Uint8Array(data.length / 4);
  for (let i = 0; i < ink.length; i++) ink[i] = data[4 * i + 3]!;
  return ink;
}
