import { LivegradError, type Model } from "../api";

/** What a change of network kept, by layers. */
export function keptSentence(kept: readonly string[], model: Model): string {
  const all = model.tensors.filter((tensor) => tensor.kind === "parameter").map((tensor) => tensor.name);
  const fresh = all.filter((name) => !kept.includes(name));
  if (fresh.length === 0) return "All weights were kept.";
  if (kept.length === 0) return "No weights fitted: the network starts from new ones.";
  return `Kept ${layersOf(kept, all)}. New: ${layersOf(fresh, all)}.`;
}

/** Whole layers by name; of others, in brackets, the parameters: "conv1 and output (bias)". */
function layersOf(part: readonly string[], all: readonly string[]): string {
  const among = (names: readonly string[], layer: string): string[] =>
    names.filter((name) => layerOf(name) === layer).map((name) => name.slice(layer.length + 1));
  const layers = [...new Set(part.map(layerOf))].map((layer) => {
    const parameters = among(part, layer);
    const whole = parameters.length === among(all, layer).length;
    return whole ? layer : `${layer} (${parameters.join(", ").replaceAll("_", " ")})`;
  });
  return new Intl.ListFormat("en").format(layers);
}

function layerOf(parameter: string): string {
  return parameter.slice(0, parameter.lastIndexOf("."));
}

/** Anything thrown, as our kind of error. */
export function asLivegradError(error: unknown): LivegradError {
  return error instanceof LivegradError ? error : new LivegradError("internal", "", sentence(error));
}

/** What to tell the reader about anything that was thrown: mistakes in a network name the layer. */
export function sentence(error: unknown): string {
  if (error instanceof LivegradError) return specSentence(error);
  return error instanceof Error ? error.message : String(error);
}

/** The same for what checkSpec found. */
export function specSentence({
  code,
  where,
  message,
}: Pick<LivegradError, "code" | "where" | "message">): string {
  const layer = /^(invalid_spec|shape_mismatch)$/.test(code) && where !== "" && !/^(\/|line )/.test(where);
  return layer ? `[${where}] ${message}` : message.charAt(0).toUpperCase() + message.slice(1);
}
