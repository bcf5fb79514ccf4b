import type { LayerSpec, Model } from "../api";
import type { Shape } from "./layer-grid";
import { outputOf } from "./output-tensor";

/** A layer as its arithmetic needs it. */
export interface Stage {
  readonly id: string;
  readonly kind: string;
  readonly spec: LayerSpec;
  /** What the next layers see. */
  readonly out: string;
  readonly shape: readonly number[];
  /** Ids of what it is computed from. */
  readonly from: readonly string[];
  readonly equation: string;
}

export const extents = (shape: readonly number[]): Shape => [shape[0] ?? 1, shape[1] ?? 1, shape[2] ?? 1];

/** Channel, row and column of a number of maps; of units, 0, 0 and the unit. */
export function placeOf(shape: readonly number[], index: number): Shape {
  return shape.length > 1 ? splitUp(shape, index) : [0, 0, index];
}

/** Units count as channels. */
export function splitUp(shape: readonly number[], index: number): Shape {
  const [, height, width] = extents(shape);
  return [Math.floor(index / (height * width)), Math.floor(index / width) % height, index % width];
}

/** Every layer of the network but those inside others, in order, the input first. */
export function stagesOf(model: Model): Map<string, Stage> {
  const input = outputOf(model, "input")!;
  const stages = new Map<string, Stage>();
  const none = { spec: {}, from: [], equation: "" };
  stages.set("input", { ...none, id: "input", kind: "input", out: input.name, shape: input.shape });
  let before = "input";
  model.spec.layers.forEach((spec, i) => {
    const info = model.layers.findLast(({ pointer }) => pointer === `/layers/${i}`);
    if (!info) return;
    const own = outputOf(model, info.id);
    const from = spec["from"] ?? before;
    stages.set(info.id, {
      id: info.id,
      kind: info.kind,
      spec,
      out: own?.name ?? "",
      shape: own?.shape ?? info.output,
      from: Array.isArray(from) ? (from as string[]) : [String(from)],
      equation: info.ops.map(({ equation }) => equation).join("; "),
    });
    before = info.id;
  });
  return stages;
}

/** Everything about a window that moves over maps. */
export function windowOf({ kind, spec, shape }: Stage, input: readonly number[]) {
  const [, height, width] = extents(input);
  const whole = kind === "pool" && typeof spec["pool"] !== "number"; // the whole map
  const side = Number(kind === "pool" ? spec["pool"] : spec["kernel"]);
  const [high, wide] = whole ? [height, width] : [side, side];
  const stride = whole ? 1 : Number(spec["stride"] ?? (kind === "pool" ? side : 1));
  const dilation = Number(spec["dilation"] ?? 1);
  const pad = typeof spec["pad"] === "number" ? spec["pad"] : (dilation * (side - 1)) / 2;
  return { high, wide, stride, dilation, pad: whole ? 0 : pad, height, width, output: extents(shape) };
}

/** The places [row, column, row in the window, column in the window] of the input that an output's window holds. */
export function* cellsOf(w: ReturnType<typeof windowOf>, row: number, column: number) {
  for (let high = 0; high < w.high; high++)
    for (let wide = 0; wide < w.wide; wide++) {
      const y = row * w.stride - w.pad + high * w.dilation;
      const x = column * w.stride - w.pad + wide * w.dilation;
      if (y >= 0 && y < w.height && x >= 0 && x < w.width) yield [y, x, high, wide] as const;
    }
}

/** The outputs [row, column, row in the window, column in the window] whose windows hold a place of the input. */
export function* windowsOver(w: ReturnType<typeof windowOf>, row: number, column: number) {
  for (let high = 0; high < w.high; high++)
    for (let wide = 0; wide < w.wide; wide++) {
      const y = (row + w.pad - high * w.dilation) / w.stride;
      const x = (column + w.pad - wide * w.dilation) / w.stride;
      const fits = Number.isInteger(y) && Number.isInteger(x);
      if (fits && y >= 0 && y < w.output[1] && x >= 0 && x < w.output[2]) yield [y, x, high, wide] as const;
    }
}
