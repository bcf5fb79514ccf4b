// Networks of ConvNetJS, as its toJSON() writes them: layers of our own, and their weights in our order.
import { LivegradError, type LayerSpec, type Spec } from "../api";

/** ConvNetJS's volumes: index ((width · y) + x) · depth + channel. */
interface Volume {
  w: Record<string, number>;
}

interface Layer {
  layer_type?: string;
  out_sx?: number;
  out_sy?: number;
  out_depth?: number;
  sx?: number;
  sy?: number;
  stride?: number;
  pad?: number;
  drop_prob?: number;
  group_size?: number;
  k?: number;
  n?: number;
  alpha?: number;
  beta?: number;
  l1_decay_mul?: number;
  l2_decay_mul?: number;
  filters?: Volume[];
  biases?: Volume;
}

export interface Imported {
  readonly spec: Spec;
  /** By the name of the parameter. */
  readonly weights: ReadonlyMap<string, Float32Array>;
}

function fail(message: string): never {
  throw new LivegradError("invalid_checkpoint", "ConvNetJS", message);
}

/** Throws LivegradError: invalid_checkpoint with one sentence. */
export function readConvNetJS(text: string): Imported {
  let layers: Layer[];
  try {
    layers = (JSON.parse(text) as { layers: Layer[] }).layers;
  } catch {
    fail("The file is no JSON: it ends early or is something else.");
  }
  if (!Array.isArray(layers) || layers[0]?.layer_type !== "input")
    fail(`The file is no network of ConvNetJS: its "layers" do not begin with an input.`);
  const { out_sx: width = 0, out_sy: height = 0, out_depth: depth = 0 } = layers[0];
  const reader = new Reader([depth, height, width]);
  for (const layer of layers.slice(1)) reader.add(layer);
  if (!reader.layers.some((layer) => "loss" in layer))
    fail("The network ends without a loss: softmax, svm or regression.");
  const spec: Spec = {
    name: "Network from ConvNetJS",
    semantics: "convnetjs",
    input: [depth, height, width],
    layers: reader.layers,
    training: {
      optimizer: { type: "adadelta", l2: 0.001 },
      batch: 20,
      ...(height === width && height < 28 ? { augmentation: { crop: height } } : {}),
    },
  };
  return { spec, weights: reader.weights };
}

class Reader {
  readonly layers: LayerSpec[] = [];
  readonly weights = new Map<string, Float32Array>();
  #shape: readonly [depth: number, height: number, width: number];
  /** When testing, ConvNetJS multiplies by this what dropout has seen; here the weights that follow take it over. */
  #scale = 1;
  readonly #count = new Map<string, number>();

  constructor(shape: readonly [depth: number, height: number, width: number]) {
    this.#shape = shape;
  }

  add(layer: Layer): void {
    const { layer_type: type } = layer;
    switch (type) {
      case "conv":
      case "fc":
        this.#product(layer, type);
        break;
      case "pool":
        if ((layer.sy ?? layer.sx) !== layer.sx)
          fail("A pooling window is not square, which there is not here.");
        this.#push("pool", layer.sx, { stride: layer.stride, pad: layer.pad });
        break;
      case "relu":
        this.#push("act", "relu");
        break;
      case "sigmoid":
      case "tanh":
        this.#unscaled(type);
        this.#push("act", type);
        break;
      case "maxout":
        this.#push("maxout", layer.group_size);
        break;
      case "dropout":
        this.#scale *= layer.drop_prob ?? 0.5;
        this.#push("dropout", layer.drop_prob ?? 0.5);
        break;
      case "lrn":
        this.#unscaled("lrn");
        this.#push("local_response_norm", layer.n, { k: layer.k, alpha: layer.alpha, power: layer.beta });
        break;
      case "softmax":
      case "svm":
      case "regression":
        this.#unscaled(type);
        this.layers.push({ loss: { softmax: "softmax", svm: "hinge", regression: "squared" }[type] });
        break;
      default:
        fail(`The network has a layer "${type}", which there is not here.`);
    }
    const { out_depth, out_sy, out_sx } = layer;
    this.#shape = [out_depth ?? this.#shape[0], out_sy ?? 1, out_sx ?? 1];
  }

  #push(kind: string, value: unknown, more: Record<string, unknown> = {}): string {
    const number = (this.#count.get(kind) ?? 0) + 1;
    this.#count.set(kind, number);
    const said = Object.fromEntries(Object.entries(more).filter(([, one]) => one !== undefined));
    this.layers.push({ [kind]: value, ...said, name: `${kind}${number}` });
    return `${kind}${number}`;
  }

  #unscaled(type: string): void {
    if (this.#scale !== 1) fail(`Dropout before ${type}, without weights between, cannot be brought over.`);
  }

  #product(layer: Layer, type: "conv" | "fc"): void {
    const { filters, biases, out_depth: units = 0, sx = 1, sy = sx } = layer;
    if (!filters || !biases || filters.length !== units)
      fail(
        `A layer "${type}" says that it has ${units} filters, and the file holds ${filters?.length ?? 0}.`,
      );
    if (type === "conv" && sx !== sy) fail(`A kernel of ${sx}x${sy} is not square, which there is not here.`);
    const decay = { l1: layer.l1_decay_mul, l2: layer.l2_decay_mul };
    const name =
      type === "conv"
        ? this.#push("conv", units, { kernel: sx, stride: layer.stride, pad: layer.pad, ...decay })
        : this.#push("dense", units, decay);
    const [depth, height, width] = this.#shape;
    const [rows, columns] = type === "conv" ? [sy, sx] : [height, width];
    const each = depth * rows * columns;
    const weight = new Float32Array(units * each);
    filters.forEach(({ w }, unit) => {
      for (let channel = 0; channel < depth; channel++)
        for (let y = 0; y < rows; y++)
          for (let x = 0; x < columns; x++)
            weight[unit * each + (channel * rows + y) * columns + x] =
              this.#scale * number(w, (columns * y + x) * depth + channel, name);
    });
    this.#scale = 1;
    this.weights.set(`${name}.weight`, weight);
    this.weights.set(
      `${name}.bias`,
      Float32Array.from({ length: units }, (_, unit) => number(biases.w, unit, name)),
    );
  }
}

function number(w: Record<string, number> | undefined, index: number, name: string): number {
  const value = w?.[index];
  if (typeof value !== "number" || !Number.isFinite(value))
    fail(`Weight ${index} of ${name} is missing in the file.`);
  return value;
}

/** A checkpoint with these parameters in place of its own. */
export function withWeights(file: Uint8Array, weights: Imported["weights"]): Uint8Array {
  const changed = file.slice();
  const view = new DataView(changed.buffer);
  const length = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(changed.subarray(8, 8 + length))) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  for (const [name, numbers] of weights) {
    const [from, to] = header[name]?.data_offsets ?? [0, 0];
    if (to - from !== numbers.byteLength)
      fail(
        `${name} has ${numbers.length} numbers in the file, and ${(to - from) / 4} in the network that it describes.`,
      );
    numbers.forEach((value, index) => view.setFloat32(8 + length + from + 4 * index, value, true));
  }
  return changed;
}
