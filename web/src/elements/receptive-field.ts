import type { Model } from "../api";
import { extents, stagesOf, windowOf } from "./stages";

/** The part of the network's input that a value sees; it may hang over the border. */
export interface Field {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** Layers that look at nothing but the same place. */
const pointwise = new Set(["act", "dropout", "batch_norm", "local_response_norm", "maxout"]);

/** What the value at a row and column of a layer sees of the input, by the windows of the layers before it; all, where that is not known. */
export function receptiveField(model: Model, layer: string, row: number, column: number): Field {
  const stages = stagesOf(model);
  const [, height, width] = extents(stages.get("input")!.shape);
  const whole = { top: 0, left: 0, height, width };
  let [top, bottom, left, right] = [row, row, column, column];
  let stage = stages.get(layer);
  while (stage?.kind !== "input") {
    const source = stage && stages.get(stage.from[0]!);
    if (!stage || !source || stage.from.length > 1) return whole;
    if (stage.kind === "conv" || stage.kind === "pool") {
      const { stride, pad, dilation, high, wide } = windowOf(stage, source.shape);
      [top, left] = [top * stride - pad, left * stride - pad];
      [bottom, right] = [
        bottom * stride - pad + dilation * (high - 1),
        right * stride - pad + dilation * (wide - 1),
      ];
    } else if (!pointwise.has(stage.kind)) return whole;
    stage = source;
  }
  return { top, left, height: bottom - top + 1, width: right - left + 1 };
}
