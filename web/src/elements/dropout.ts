import type { LayerSpec, Spec } from "../api";

/** The keys that hold layers of their own. */
const nesting = ["residual", "highway", "block"];

/** The largest share that any layer drops. */
export function dropoutOf(spec: Spec): number {
  let largest = 0;
  visit(spec.layers, (share) => {
    largest = Math.max(largest, share);
    return share;
  });
  return largest;
}

/**
 * A network that drops up to this share: what drops already is scaled together; where nothing does, the inputs of the last
 * layer with weights are dropped.
 */
export function withDropout(spec: Spec, share: number): Spec {
  const largest = dropoutOf(spec);
  let found = false;
  const layers = visit(spec.layers, (old) => {
    found = true;
    return largest > 0 ? Number(((old * share) / largest).toPrecision(3)) : share;
  });
  if (found || share === 0) return { ...spec, layers };
  const last = layers.findLastIndex((layer) => "dense" in layer || "conv" in layer);
  if (last < 0) return spec;
  const { from, ...rest } = layers[last]!;
  const dropping: LayerSpec = { dropout: share, ...(from === undefined ? {} : { from }) };
  return { ...spec, layers: [...layers.slice(0, last), dropping, rest, ...layers.slice(last + 1)] };
}

function visit(layers: readonly LayerSpec[], change: (share: number) => number): LayerSpec[] {
  return layers.map((layer) =>
    Object.fromEntries(
      Object.entries(layer).map(([key, value]) => {
        if (key === "dropout" && typeof value === "number") return [key, change(value)];
        return [key, nesting.includes(key) && Array.isArray(value) ? visit(value, change) : value];
      }),
    ),
  );
}
