import type { LayerSpec, Model } from "../api";

/** A layer's part of the model's spec, by its JSON pointer. */
export function layerSpecAt({ spec }: Model, pointer: string): LayerSpec | undefined {
  return pointer
    .split("/")
    .slice(1)
    .reduce<unknown>((part, key) => (part as Record<string, unknown> | undefined)?.[key], spec) as
    LayerSpec | undefined;
}
