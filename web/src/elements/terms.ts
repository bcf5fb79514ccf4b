import type { LayerSpec, Model, TensorChoice } from "../api";
import type { Shape } from "./layer-grid";
import { cellsOf, extents, placeOf, splitUp, type Stage, stagesOf, windowOf, windowsOver } from "./stages";

/** A product that is part of a sum, and where the first factor lies: channel, row, column. */
export interface Term {
  readonly a: number;
  readonly b: number;
  readonly at: Shape;
}

/** Sums of products that give one number of the network. */
export interface Sum {
  /** In words and symbols. */
  readonly equation: string;
  /** What the factors are. */
  readonly factors: readonly [a: string, b: string];
  readonly terms: readonly Term[];
  /** Whether `at` is a place of maps; else it is 0, 0 and a unit. */
  readonly maps: boolean;
  readonly offset: { readonly what: string; readonly value: number } | null;
  readonly total: number;
  /** What becomes of the total, step by step. */
  readonly then: readonly { readonly what: string; readonly value: number }[];
}

/** How one number comes about; without a sum, why there is none to show. */
export interface Account {
  readonly value: number;
  readonly sum: Sum | null;
  readonly note: string;
}

/** The sum of its terms and offset. */
const totalOf = (terms: readonly Term[], offset = 0): number =>
  terms.reduce((sum, { a, b }) => sum + a * b, offset);

const activations: Record<string, (x: number, spec: LayerSpec) => number> = {
  relu: (x) => Math.max(0, x),
  leaky_relu: (x, { slope = 0.01 }) => (x > 0 ? x : Number(slope) * x),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  elu: (x, { alpha = 1 }) => (x > 0 ? x : Number(alpha) * Math.expm1(x)),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
};
/** Slopes, told from what the activation gave. */
const slopes: Record<string, (y: number, spec: LayerSpec) => number> = {
  relu: (y) => (y > 0 ? 1 : 0),
  leaky_relu: (y, { slope = 0.01 }) => (y > 0 ? 1 : Number(slope)),
  sigmoid: (y) => y * (1 - y),
  tanh: (y) => 1 - y * y,
  elu: (y, { alpha = 1 }) => (y > 0 ? 1 : y + Number(alpha)),
  softplus: (y) => -Math.expm1(-y),
};

/** Every number that the arithmetic of a layer may need, read at one moment. */
class Numbers {
  readonly #read = new Map<string, Float32Array>();

  static async of(model: Model, stages: readonly Stage[], gradients: readonly Stage[]): Promise<Numbers> {
    const known = new Set(model.tensors.map(({ name }) => name));
    const parts = [
      "weight",
      "bias",
      "connections",
      "gamma",
      "shift",
      "running_mean",
      "running_variance",
      "switches",
      "probabilities",
      "labels",
    ];
    const names = stages.flatMap(({ id, out }) => [out, ...parts.map((part) => `${id}.${part}`)]);
    const choices: TensorChoice[] = [...new Set(names)]
      .filter((tensor) => known.has(tensor))
      .map((tensor) => ({ tensor }));
    for (const { out } of gradients) choices.push({ tensor: out, gradient: true });
    const numbers = new Numbers();
    (await model.readAll(choices)).forEach((values, i) => {
      const { tensor, gradient } = choices[i]!;
      numbers.#read.set(gradient ? `d ${tensor}` : tensor, values);
    });
    return numbers;
  }

  of = ({ out }: Stage): Float32Array => this.#read.get(out)!;
  gradient = ({ out }: Stage): Float32Array => this.#read.get(`d ${out}`)!;
  part = ({ id }: Stage, name: string): Float32Array | undefined => this.#read.get(`${id}.${name}`);
  /** Of a layer's sum, before its activation. */
  sumGradient(stage: Stage, index: number): number {
    const slope = slopes[actOf(stage)]?.(this.of(stage)[index]!, stage.spec) ?? 1;
    return this.gradient(stage)[index]! * slope;
  }
}

const actOf = ({ kind, spec }: Stage): string =>
  kind === "act" || kind === "conv" || kind === "dense" ? String(spec["act"] ?? "none") : "none";

/** The weights of a convolution, as a function of filter, channel and place. */
function filterOf(numbers: Numbers, stage: Stage, channels: number) {
  const weights = numbers.part(stage, "weight")!;
  const table = numbers.part(stage, "connections");
  const filters = extents(stage.shape)[0];
  const groups = Number(stage.spec["groups"] ?? 1);
  const side = Number(stage.spec["kernel"]);
  const each = channels / groups;
  return {
    /** Whether a filter sees a channel. */
    sees: (filter: number, channel: number) =>
      Math.floor(channel / each) === Math.floor(filter / (filters / groups)) &&
      (!table || table[filter * channels + channel]! > 0),
    at: (filter: number, channel: number, high: number, wide: number) =>
      weights[((filter * each + (channel % each)) * side + high) * side + wide]!,
  };
}

type Parts = Omit<Sum, "total" | "then"> & { readonly then?: Sum["then"] };

const count = (extent: number): number[] => Array.from({ length: extent }, (_, i) => i);

/** The sum behind a layer's value; null for a layer that is not taken apart. */
function forward(numbers: Numbers, stage: Stage, source: Stage, index: number): Parts | null {
  const x = numbers.of(source);
  const [channel, row, column] = splitUp(stage.shape, index);
  const [channels, height, width] = extents(source.shape);
  const maps = source.shape.length === 3;
  const bias = numbers.part(stage, "bias");
  const offset = bias ? { what: "bias", value: bias[stage.kind === "conv" ? channel : index]! } : null;
  const plus = bias ? " + bias" : "";
  const one = (equation: string, factors: Sum["factors"], a: number, b: number): Parts => ({
    equation,
    factors,
    maps: stage.shape.length === 3,
    terms: [{ a, b, at: placeOf(stage.shape, index) }],
    offset: null,
  });
  switch (stage.kind) {
    case "conv": {
      const filter = filterOf(numbers, stage, channels);
      const cells = [...cellsOf(windowOf(stage, source.shape), row, column)];
      const terms = count(channels)
        .filter((c) => filter.sees(channel, c))
        .flatMap((c) =>
          cells.map(([y, x_, high, wide]) => ({
            a: x[(c * height + y) * width + x_]!,
            b: filter.at(channel, c, high, wide),
            at: [c, y, x_] as const,
          })),
        );
      return { equation: `sum = Σ input × weight${plus}`, factors: ["input", "weight"], maps, terms, offset };
    }
    case "dense": {
      const weights = numbers.part(stage, "weight")!;
      const terms = Array.from(x, (a, i) => ({
        a,
        b: weights[index * x.length + i]!,
        at: placeOf(source.shape, i),
      }));
      return { equation: `sum = Σ input × weight${plus}`, factors: ["input", "weight"], maps, terms, offset };
    }
    case "pool": {
      const type = stage.spec["type"];
      const cells = [...cellsOf(windowOf(stage, source.shape), row, column)];
      const values = cells.map(([y, x_]) => x[(channel * height + y) * width + x_]!);
      const winner = values.indexOf(Math.max(...values));
      const share = (i: number): number =>
        type === "max" ? Number(i === winner) : type === "average" ? 1 / cells.length : values[i]!;
      const terms = cells.map(([y, x_], i) => ({
        a: values[i]!,
        b: share(i),
        at: [channel, y, x_] as const,
      }));
      const sum = { maps, terms, offset: null };
      if (type === "max")
        return { ...sum, equation: "value = the largest input of the window", factors: ["input", "taken"] };
      if (type === "average")
        return { ...sum, equation: "value = mean of the window", factors: ["input", "share"] };
      return {
        ...sum,
        equation: "sum = Σ input × input",
        factors: ["input", "input"],
        then: [{ what: "square root", value: Math.sqrt(totalOf(terms)) }],
      };
    }
    case "act":
      if (actOf(stage) === "softmax") return null;
      return one("value = activation of the input", ["input", "as it is"], x[index]!, 1);
    case "dropout":
      return one("value = input: units are dropped only while learning", ["input", "as it is"], x[index]!, 1);
    case "flatten":
    case "reshape":
      return one("value = input, in another shape", ["input", "as it is"], x[index]!, 1);
    case "batch_norm": {
      const part = (name: string): number => numbers.part(stage, name)![channel]!;
      const deviation = Math.sqrt(part("running_variance") + Number(stage.spec["epsilon"]));
      return {
        ...one(
          "value = (input − mean) × gamma / deviation + shift, mean and deviation as they ran along",
          ["input − mean", "gamma / deviation"],
          x[index]! - part("running_mean"),
          part("gamma") / deviation,
        ),
        offset: { what: "shift", value: part("shift") },
      };
    }
    case "loss": {
      if (stage.spec["loss"] !== "softmax") return null;
      const top = Math.max(...x);
      const terms = Array.from(x, (score, i) => ({
        a: Math.exp(score - top),
        b: 1,
        at: placeOf(source.shape, i),
      }));
      const sum = totalOf(terms);
      return {
        equation: "probability = e^score / Σ e^score, every score less the largest",
        factors: ["e^(score − largest)", "once"],
        maps,
        terms,
        offset: null,
        then: [{ what: `e^(score − largest) of class ${index} / sum`, value: terms[index]!.a / sum }],
      };
    }
    default:
      return null;
  }
}

/** What one layer that uses a value adds to its gradient; null for a layer that is not taken apart. */
function backward(numbers: Numbers, stage: Stage, next: Stage, index: number): Parts | null {
  const [channels, height, width] = extents(stage.shape);
  const plane = height * width;
  const [channel, row, column] = splitUp(stage.shape, index);
  const maps = next.shape.length === 3;
  const act = actOf(next);
  const slope = act === "none" ? "" : `, the gradient of ${next.id}'s sum being gradient × ${act}′`;
  const one = (b: number, what: string): Parts => ({
    equation: `gradient = gradient in ${next.id}${what ? ` × ${what}` : ""}`,
    factors: ["gradient", what || "as it is"],
    maps,
    terms: [{ a: numbers.gradient(next)[index]!, b, at: placeOf(next.shape, index) }],
    offset: null,
  });
  const weighted = (terms: readonly Term[]): Parts => ({
    equation: `gradient = Σ gradient in ${next.id} × weight${slope}`,
    factors: ["gradient", "weight"],
    maps,
    terms,
    offset: null,
  });
  switch (next.kind) {
    case "conv": {
      const filter = filterOf(numbers, next, channels);
      const [filters, high_, wide_] = extents(next.shape);
      const windows = [...windowsOver(windowOf(next, stage.shape), row, column)];
      const terms = count(filters)
        .filter((f) => filter.sees(f, channel))
        .flatMap((f) =>
          windows.map(([y, x, high, wide]) => ({
            a: numbers.sumGradient(next, (f * high_ + y) * wide_ + x),
            b: filter.at(f, channel, high, wide),
            at: [f, y, x] as const,
          })),
        );
      return weighted(terms);
    }
    case "dense": {
      const weights = numbers.part(next, "weight")!;
      const inputs = channels * plane;
      const terms = count(next.shape[0]!).map((unit) => ({
        a: numbers.sumGradient(next, unit),
        b: weights[unit * inputs + index]!,
        at: placeOf(next.shape, unit),
      }));
      return weighted(terms);
    }
    case "pool": {
      const w = windowOf(next, stage.shape);
      const type = next.spec["type"];
      const switches = numbers.part(next, "switches");
      const [, high, wide] = extents(next.shape);
      const terms = [...windowsOver(w, row, column)].map(([y, x]) => {
        const at = (channel * high + y) * wide + x;
        const value = numbers.of(next)[at]!;
        const b =
          type === "max"
            ? Number(switches![at] === row * width + column)
            : type === "average"
              ? 1 / [...cellsOf(w, y, x)].length
              : value === 0
                ? 0
                : numbers.of(stage)[index]! / value;
        return { a: numbers.gradient(next)[at]!, b, at: [channel, y, x] as const };
      });
      const why =
        type === "max"
          ? " where this value was the largest of its window"
          : type === "average"
            ? " × share of the window"
            : " × value / result";
      return {
        equation: `gradient = gradient in ${next.id}${why}`,
        factors: ["gradient", type === "max" ? "taken" : type === "average" ? "share" : "value / result"],
        maps,
        terms,
        offset: null,
      };
    }
    case "act":
      if (act === "softmax") return null;
      return one(slopes[act]!(numbers.of(next)[index]!, next.spec), `${act}′`);
    case "dropout":
    case "flatten":
    case "reshape":
      return one(1, "");
    case "batch_norm": {
      const part = (name: string): number => numbers.part(next, name)![channel]!;
      const deviation = Math.sqrt(part("running_variance") + Number(next.spec["epsilon"]));
      return one(part("gamma") / deviation, "gamma / deviation");
    }
    case "loss": {
      if (next.spec["loss"] !== "softmax") return null;
      const label = numbers.part(next, "labels")![0]!;
      const p = numbers.part(next, "probabilities")!;
      const smoothing = Number(next.spec["smoothing"] ?? 0);
      const target = smoothing / p.length + (index === label ? 1 - smoothing : 0);
      return {
        equation: "gradient = probability − target, of softmax and cross-entropy together",
        factors: ["probability", "once"],
        maps: false,
        terms: [{ a: p[index]!, b: 1, at: placeOf(stage.shape, index) }],
        offset: { what: "− target", value: -target },
      };
    }
    default:
      return null;
  }
}

/** A sum that gives the value that the network has, up to rounding; else none. */
function checked(parts: Parts, value: number, then: Sum["then"]): Sum | null {
  const total = totalOf(parts.terms, parts.offset?.value);
  const size = parts.terms.reduce((sum, { a, b }) => sum + Math.abs(a * b), Math.abs(total));
  const found = then.length > 0 ? then.at(-1)!.value : total;
  return Math.abs(found - value) <= 1e-4 * size + 1e-9 ? { ...parts, total, then } : null;
}

const differs = "What adds up here is not what the network has computed, so it is not shown.";

/** How a value of the example looked at comes about, and its gradient. Null when the layer has gone. */
export async function accountsOf(
  model: Model,
  layer: string,
  choose: (values: Float32Array) => number,
): Promise<{ shape: readonly number[]; index: number; forward: Account; backward: Account } | null> {
  const stages = stagesOf(model);
  const stage = stages.get(layer);
  if (!stage?.out) return null;
  const sources = stage.from.flatMap((id) => stages.get(id) ?? []);
  const users = [...stages.values()].filter(({ from }) => from.includes(layer));
  const isLoss = stage.kind === "loss";
  const numbers = await Numbers.of(
    model,
    [stage, ...sources, ...users],
    [...(isLoss ? [] : [stage]), ...users.filter(({ kind, out }) => kind !== "loss" && out)],
  );
  const values = numbers.of(stage);
  const index = Math.min(choose(values), values.length - 1);
  return {
    shape: stage.shape,
    index,
    forward: forwardAccount(model, numbers, stage, sources, index),
    backward: isLoss
      ? {
          value: NaN,
          sum: null,
          note: "The loss −log p looks at all probabilities together: its gradient goes straight to the scores, as probability − target.",
        }
      : backwardAccount(numbers, stage, users, index),
  };
}

function forwardAccount(
  model: Model,
  numbers: Numbers,
  stage: Stage,
  sources: readonly Stage[],
  index: number,
): Account {
  const value = numbers.of(stage)[index]!;
  if (stage.kind === "input") {
    const { scale, shift } = model.options.scaling;
    const terms = [{ a: (value - shift) / scale, b: scale, at: placeOf(stage.shape, index) }];
    const offset = shift === 0 ? null : { what: "shift", value: shift };
    const equation = `value = byte of the picture × scale${offset ? " + shift" : ""}`;
    const factors = ["byte", "scale"] as const;
    return {
      value,
      sum: checked({ equation, factors, maps: true, terms, offset }, value, []),
      note: "",
    };
  }
  const parts = sources.length === 1 ? forward(numbers, stage, sources[0]!, index) : null;
  if (!parts)
    return {
      value,
      sum: null,
      note: `A layer of kind ${stage.kind} is not taken apart here${stage.equation ? `; it computes ${stage.equation}` : ""}.`,
    };
  const act = actOf(stage);
  const total = totalOf(parts.terms, parts.offset?.value);
  const then =
    parts.then ??
    (activations[act] ? [{ what: `${act}(sum)`, value: activations[act](total, stage.spec) }] : []);
  const sum = checked(parts, value, then);
  return { value, sum, note: sum ? "" : differs };
}

function backwardAccount(numbers: Numbers, stage: Stage, users: readonly Stage[], index: number): Account {
  const value = numbers.gradient(stage)[index]!;
  const known = users.map((user) =>
    user.out || user.kind === "loss" ? backward(numbers, stage, user, index) : null,
  );
  const all = known.flatMap((parts) => parts ?? []);
  const [first] = all;
  if (!first || all.length < known.length) {
    const strange = users.find((_, i) => !known[i]);
    return {
      value,
      sum: null,
      note: strange
        ? `The gradient comes through ${strange.id}, and a layer of kind ${strange.kind} is not taken apart here.`
        : "No layer uses this value.",
    };
  }
  const parts: Parts = {
    ...first,
    equation: all.map(({ equation }) => equation).join("; and "),
    terms: all.flatMap(({ terms }) => terms),
  };
  const sum = checked(parts, value, []);
  if (!sum) return { value, sum, note: differs };
  const act = actOf(stage);
  const slope = slopes[act]?.(numbers.of(stage)[index]!, stage.spec);
  const then =
    slope === undefined || stage.kind === "act"
      ? []
      : [{ what: `× ${act}′ = ${slope.toPrecision(3)}, for the sum`, value: value * slope }];
  return { value, sum: { ...sum, then }, note: "" };
}
