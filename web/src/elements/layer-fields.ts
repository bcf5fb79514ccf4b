// What each kind of layer can be told, from the schema of the specs.
import schema from "../../models/schema.json";
import type { LayerSpec } from "../api";

interface Rule {
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  $ref?: string;
  oneOf?: Rule[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  default?: unknown;
  description?: string;
}

export interface Field {
  readonly key: string;
  /** As the form names it. */
  readonly label: string;
  readonly about: string;
  readonly input: "number" | "choice" | "text" | "switch";
  /** Acts as one types, since it is a number or a word. */
  readonly live: boolean;
  readonly choices: readonly string[];
  readonly low: number | undefined;
  readonly high: number | undefined;
  readonly whole: boolean;
  /** What holds when nothing is said; "" where that depends. */
  readonly usual: string;
  /** Shown at once; the others behind "More". */
  readonly main: boolean;
}

export const kinds: Record<string, string> = {
  conv: "Convolution",
  dense: "Dense",
  pool: "Pooling",
  act: "Activation",
  dropout: "Dropout",
  batch_norm: "Batch normalisation",
  layer_norm: "Layer normalisation",
  local_response_norm: "Local response normalisation",
  local_contrast_norm: "Local contrast normalisation",
  maxout: "Maxout",
  flatten: "Flatten",
  reshape: "Reshape",
  add: "Sum",
  multiply: "Product",
  concat: "Concatenation",
  residual: "Residual block",
  highway: "Highway block",
  block: "Block",
  rnn: "Recurrent",
  gru: "Recurrent, GRU",
  lstm: "Recurrent, LSTM",
  conv1d: "Convolution over time",
  embedding: "Embedding",
  last_step: "Last step",
  mean_over_steps: "Mean over steps",
  repeat_steps: "Repeat steps",
  loss: "Loss",
};

const labels: Record<string, string> = {
  conv: "filters",
  conv1d: "filters",
  rnn: "units",
  gru: "units",
  lstm: "units",
  embedding: "numbers",
  repeat_steps: "steps",
  dense: "units",
  pool: "window",
  act: "activation",
  dropout: "dropout",
  maxout: "group",
  local_response_norm: "window",
  local_contrast_norm: "window",
  reshape: "shape",
  loss: "loss",
};

/** A layer's own name and source come last, whatever it is. */
const rare =
  /^(name|from|dilation|groups|connections|init|recurrent_init|initial|pyramid|peephole|rate|l1|l2|bias|dropout)$/;

const definitions = schema.$defs as unknown as Record<string, { properties: Record<string, Rule> }>;

/** What the layer is: one of `kinds`; "" when it says nothing that there is. */
export function kindOf(layer: LayerSpec): string {
  const said = Object.keys(kinds).filter((kind) => kind in layer);
  // Other layers may say act, dropout and layer_norm, too.
  return said.find((kind) => !/^(act|dropout|layer_norm)$/.test(kind)) ?? said[0] ?? "";
}

/** The layers inside; null for most. */
export function insideOf(layer: LayerSpec): readonly LayerSpec[] | null {
  const inside = layer[kindOf(layer)];
  return Array.isArray(inside) && inside.every((item) => typeof item === "object") ? inside : null;
}

const known = new Map<string, readonly Field[]>();

export function fieldsOf(kind: string): readonly Field[] {
  let fields = known.get(kind);
  if (!fields) {
    fields = Object.entries(definitions[kind]?.properties ?? {}).flatMap(([key, rule]) =>
      field(kind, key, rule),
    );
    known.set(kind, fields);
  }
  return fields;
}

function field(kind: string, key: string, rule: Rule): Field[] {
  // True says only that it is there; layers inside have rows of their own.
  if (rule.const === true || rule.$ref) return [];
  const number = rule.type === "integer" || rule.type === "number";
  const usual = rule.default;
  return [
    {
      key,
      label: key === kind || key === "act" ? (labels[key] ?? key) : key.replaceAll("_", " "),
      about: rule.description ?? "",
      input: rule.enum ? "choice" : rule.type === "boolean" ? "switch" : number ? "number" : "text",
      live: number || (rule.oneOf?.some(({ type }) => type === "integer") ?? false),
      choices: (rule.enum ?? []).map(String),
      low: rule.minimum ?? rule.exclusiveMinimum,
      high: rule.maximum ?? rule.exclusiveMaximum,
      whole: rule.type === "integer",
      usual: usual === undefined ? "" : String(usual),
      main: key === kind || !rare.test(key) || (key === "from" && /^(add|multiply|concat)$/.test(kind)),
    },
  ];
}

/** What was typed into a field; undefined: nothing. */
export function valueOf(field: Field, text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  if (field.input === "number") return Number(trimmed);
  if (field.input === "choice") return trimmed;
  try {
    return JSON.parse(trimmed) as unknown;
  } catch {
    return field.key === "from" && trimmed.includes(",") ? trimmed.split(/\s*,\s*/) : trimmed;
  }
}

export function textOf(value: unknown): string {
  return value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
}

/** A new layer that fits behind one with this output. */
export function newLayer(kind: string, output: readonly number[], previous: readonly string[]): LayerSpec {
  const maps = output.length === 3;
  const channels = output[0] ?? 1;
  const same: LayerSpec = maps
    ? { conv: channels, kernel: 3, pad: "same", act: "relu" }
    : { dense: channels, act: "relu" };
  switch (kind) {
    case "conv":
      return { conv: 8, kernel: 3, pad: "same", act: "relu" };
    case "dense":
      return { dense: 32, act: "relu" };
    case "rnn":
    case "gru":
    case "lstm":
    case "embedding":
      return { [kind]: 32 };
    case "conv1d":
      return { conv1d: 8, act: "relu" };
    case "repeat_steps":
      return { repeat_steps: 10 };
    case "pool":
    case "maxout":
      return { [kind]: 2 };
    case "act":
      return { act: "relu" };
    case "dropout":
      return { dropout: 0.3 };
    case "local_response_norm":
    case "local_contrast_norm":
      return { [kind]: 5 };
    case "reshape":
      return { reshape: [...output] };
    case "add":
    case "multiply":
    case "concat":
      return { [kind]: true, from: previous.slice(-2) };
    case "residual":
    case "highway":
    case "block":
      return { [kind]: [same] };
    case "loss":
      return { loss: "softmax" };
    default:
      return { [kind]: true };
  }
}
