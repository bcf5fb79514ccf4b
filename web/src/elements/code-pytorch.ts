// A network as a PyTorch program.
import type { LayerInfo, LayerSpec, OptimizerOptions, Spec, TrainingOptions } from "../api";
import { insideOf, kindOf } from "./layer-fields";

export interface Compiled {
  /** With every default written out. */
  readonly spec: Spec;
  readonly options: TrainingOptions;
  readonly layers: readonly LayerInfo[];
  /** Connection tables by layer, rows of 0 and 1. */
  readonly tables: ReadonlyMap<string, readonly (readonly number[])[]>;
}

/** Throws an Error with one sentence when PyTorch has nothing for a layer. */
export function pytorchCode({ spec, options, layers, tables }: Compiled): string {
  const { input } = spec;
  if ("sequence" in input) throw new Error("A network over sequences cannot be written in PyTorch yet.");
  const network = new Writer(layers, tables);
  const last = spec.layers.findLast((layer) => "loss" in layer) ?? {};
  network.sequence(
    spec.layers.filter((layer) => !("loss" in layer)),
    "",
    input,
  );
  const { type } = options.optimizer;
  return `import torch
from torch import nn
from torch.nn import functional as F


class Net(nn.Module):
    """${docstring(spec)}"""

    def __init__(self):
        super().__init__()
${indented(network.made, 8) || "        pass"}

    def forward(self, x):  # [N, ${input.join(", ")}]
${indented(network.done, 8)}
        return x


def loss_of(x, ${lossArguments(last)}):
${indented(lossLines(last, network.shape), 4)}


net = Net()
# Biases, gammas and shifts are not decayed.
decayed = [m.weight for m in net.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
others = [w for w in net.parameters() if all(w is not d for d in decayed)]
optimizer = ${optimizerLine(options.optimizer, options.batch)}


def train_step(x, ${lossArguments(last)}):
    """One batch of ${options.batch}; pixels 0 … 255 become x · ${options.scaling.scale}${options.scaling.shift ? ` ${options.scaling.shift < 0 ? "−" : "+"} ${Math.abs(options.scaling.shift)}` : ""}."""
    net.train()
    optimizer.zero_grad()
    loss = loss_of(net(x), ${lossArguments(last)})
    loss.backward()
${indented(clipLines(options.optimizer), 4)}    optimizer.step()
    return loss.item()
${unsaid(options, type)}`;
}

class Writer {
  /** Lines of __init__ and of forward. */
  readonly made: string[] = [];
  readonly done: string[] = [];
  shape: readonly number[] = [];
  readonly #infos: ReadonlyMap<string, LayerInfo>;
  readonly #tables: Compiled["tables"];
  /** Variables that hold what later layers ask for by name. */
  readonly #kept = new Map<string, { variable: string; shape: readonly number[] }>();

  constructor(layers: readonly LayerInfo[], tables: Compiled["tables"]) {
    this.#infos = new Map(layers.map((layer) => [layer.id, layer]));
    this.#tables = tables;
  }

  /** Layers one after the other, from x to x. */
  sequence(layers: readonly LayerSpec[], prefix: string, input: readonly number[]): void {
    this.shape = input;
    const asked = new Set(layers.flatMap((layer) => sourcesOf(layer)));
    const scoped = (name: string): string => prefix + name;
    if (asked.has("input")) this.#keep(scoped("input"), "input");
    for (const layer of layers) {
      const name = String(layer["name"]);
      const sources = sourcesOf(layer).map((source) => this.#find(scoped(source)) ?? this.#find(source));
      const many = /^(add|multiply|concat)$/.test(kindOf(layer));
      if (sources.length && !many) {
        const [source] = sources;
        if (!source)
          throw new Error(`Layer ${name} takes its input from inside a block, which cannot be written yet.`);
        this.done.push(`x = ${source.variable}`);
        this.shape = source.shape;
      }
      this.#layer(
        layer,
        scoped(name),
        sources.map((source) => source?.variable ?? "x"),
      );
      if (asked.has(name)) this.#keep(scoped(name), name);
    }
  }

  #keep(id: string, name: string): void {
    const variable = `${attribute(name)}_out`;
    this.#kept.set(id, { variable, shape: this.shape });
    this.done.push(`${variable} = x`);
  }

  #find(id: string): { variable: string; shape: readonly number[] } | undefined {
    return this.#kept.get(id);
  }

  #layer(layer: LayerSpec, id: string, sources: readonly string[]): void {
    const kind = kindOf(layer);
    const self = `self.${attribute(id)}`;
    const input = this.shape;
    const output = this.#infos.get(id)?.output;
    const number = (key: string): number => Number(layer[key]);
    const say = (line: string): void => void this.done.push(line);
    const make = (what: string): void => void this.made.push(`${self} = ${what}`);
    switch (kind) {
      case "conv":
        this.#conv(layer, id, self);
        break;
      case "dense": {
        if (input.length > 1) say("x = x.flatten(1)");
        const bias = layer["bias"] !== false;
        make(`nn.Linear(${size(input)}, ${number("dense")}${bias ? "" : ", bias=False"})`);
        this.made.push(...starts(layer, self));
        this.#finish(layer, `${self}(x)`);
        break;
      }
      case "pool":
        say(`x = ${pooled(layer, id)}`);
        break;
      case "act":
        say(`x = ${activated(layer, "x")}`);
        break;
      case "dropout":
        say(`x = F.dropout(x, ${number("dropout")}, self.training)`);
        break;
      case "batch_norm":
        make(
          `nn.BatchNorm${input.length === 3 ? "2d" : "1d"}(${input[0]}, eps=${number("epsilon")}, momentum=${number("momentum")})`,
        );
        say(`x = ${self}(x)`);
        break;
      case "layer_norm":
        make(`nn.LayerNorm([${input.join(", ")}], eps=${number("epsilon")})`);
        say(`x = ${self}(x)`);
        break;
      case "local_response_norm":
        say(
          `x = F.local_response_norm(x, ${number(kind)}, alpha=${number("alpha")}, beta=${number("power")}, k=${number("k")})`,
        );
        break;
      case "maxout":
        say(`x = x.unflatten(1, (-1, ${number("maxout")})).amax(2)`);
        break;
      case "add":
        say(`x = ${sources.join(" + ")}`);
        break;
      case "multiply":
        say(`x = ${sources.join(" * ")}`);
        break;
      case "concat":
        say(`x = torch.cat([${sources.join(", ")}], 1)`);
        break;
      case "flatten":
        say("x = x.flatten(1)");
        break;
      case "reshape":
        say(`x = x.reshape(-1, ${(layer["reshape"] as number[]).join(", ")})`);
        break;
      case "residual":
        this.#residual(layer, id, self);
        return;
      case "highway":
        this.#highway(layer, id, self);
        return;
      case "block":
        for (let time = 1; time <= (number("repeat") || 1); time++) {
          const many = this.#infosUnder(`${id}.${time}.`);
          this.sequence(insideOf(layer) ?? [], many ? `${id}.${time}.` : `${id}.`, this.shape);
        }
        return;
      default:
        throw new Error(
          `There is no PyTorch code here for layers of the kind ${kind.replaceAll("_", " ")}. Take JSON, JavaScript or C++.`,
        );
    }
    if (output?.length) this.shape = output;
  }

  #infosUnder(prefix: string): boolean {
    return [...this.#infos.keys()].some((id) => id.startsWith(prefix));
  }

  #conv(layer: LayerSpec, id: string, self: string): void {
    const number = (key: string): number => Number(layer[key]);
    const reach = number("dilation") * (number("kernel") - 1);
    const pad = layer["pad"] === "same" ? reach / 2 : number("pad");
    const more = Object.entries({
      stride: number("stride"),
      padding: pad,
      dilation: number("dilation"),
      groups: number("groups"),
    })
      .filter(([key, value]) => value !== (key === "padding" ? 0 : 1))
      .map(([key, value]) => `, ${key}=${value}`)
      .join("");
    const bias = layer["bias"] !== false;
    this.made.push(
      `${self} = nn.Conv2d(${this.shape[0]}, ${number("conv")}, ${number("kernel")}${more}${bias ? "" : ", bias=False"})`,
      ...starts(layer, self),
    );
    const table = this.#tables.get(id);
    if (!table) return this.#finish(layer, `${self}(x)`);
    const name = `${attribute(id)}_connections`;
    this.made.push(
      `self.register_buffer("${name}", torch.tensor([`,
      ...table.map((row) => `    [${row.join(", ")}],`),
      `], dtype=torch.float32)[:, :, None, None])`,
    );
    this.#finish(layer, `${self}._conv_forward(x, ${self}.weight * self.${name}, ${self}.bias)`);
  }

  /** An activation and dropout that belong to a layer. */
  #finish(layer: LayerSpec, value: string): void {
    this.done.push(`x = ${activated(layer, value)}`);
    if (Number(layer["dropout"]) > 0)
      this.done.push(`x = F.dropout(x, ${Number(layer["dropout"])}, self.training)`);
  }

  #residual(layer: LayerSpec, id: string, self: string): void {
    const input = this.shape;
    const skip = `${attribute(id)}_skip`;
    this.done.push(`${skip} = x`);
    this.sequence(insideOf(layer) ?? [], `${id}.`, input);
    if (layer["project"] === true) {
      const [channels, height] = this.shape;
      const maps = input.length === 3;
      const stride = maps ? Math.ceil(input[1]! / height!) : 1;
      this.made.push(
        maps
          ? `${self}_project = nn.Conv2d(${input[0]}, ${channels}, 1${stride > 1 ? `, stride=${stride}` : ""}, bias=False)`
          : `${self}_project = nn.Linear(${size(input)}, ${channels}, bias=False)`,
      );
      this.done.push(`x = ${activated(layer, `x + ${self}_project(${skip})`)}`);
    } else this.done.push(`x = ${activated(layer, `x + ${skip}`)}`);
  }

  #highway(layer: LayerSpec, id: string, self: string): void {
    const input = this.shape;
    const skip = `${attribute(id)}_skip`;
    const gate = `${attribute(id)}_gate`;
    const kernel = Number(layer["kernel"]);
    this.made.push(
      input.length === 3
        ? `${self}_gate = nn.Conv2d(${input[0]}, ${input[0]}, ${kernel}, padding=${Math.floor(kernel / 2)})`
        : `${self}_gate = nn.Linear(${size(input)}, ${size(input)})`,
      `nn.init.constant_(${self}_gate.bias, ${Number(layer["bias"])})`,
    );
    this.done.push(`${skip} = x`, `${gate} = torch.sigmoid(${self}_gate(x))`);
    this.sequence(insideOf(layer) ?? [], `${id}.`, input);
    this.done.push(`x = ${gate} * x + (1 - ${gate}) * ${skip}`);
  }
}

function sourcesOf(layer: LayerSpec): string[] {
  const { from } = layer;
  return from === undefined ? [] : ([from].flat() as string[]);
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Modules have methods: an attribute must not take their names. */
function attribute(id: string): string {
  const name = id.replace(/\W/g, "_");
  return /^(train|eval|float|half|double|type|to|cpu|cuda|apply|forward|training|parameters|buffers|modules|children|T)$/.test(
    name,
  )
    ? `${name}_layer`
    : name;
}

function activated(layer: LayerSpec, value: string): string {
  switch (layer["act"]) {
    case "relu":
      return `F.relu(${value})`;
    case "leaky_relu":
      return `F.leaky_relu(${value}, ${Number(layer["slope"] ?? 0.01)})`;
    case "elu":
      return `F.elu(${value}, ${Number(layer["alpha"] ?? 1)})`;
    case "softplus":
      return `F.softplus(${value})`;
    case "softmax":
      return `F.softmax(${value}, 1)`;
    case "sigmoid":
    case "tanh":
      return `torch.${layer["act"]}(${value})`;
    default:
      return value;
  }
}

function pooled(layer: LayerSpec, id: string): string {
  const { pool, type } = layer;
  const stride = Number(layer["stride"]);
  const pad = Number(layer["pad"] ?? 0);
  if (pool === "global")
    return type === "max"
      ? "x.amax((2, 3), keepdim=True)"
      : type === "average"
        ? "x.mean((2, 3), keepdim=True)"
        : "x.square().sum((2, 3), keepdim=True).sqrt()";
  const place = `${Number(pool)}, ${stride}`;
  if (type === "max") return `F.max_pool2d(x, ${place}${pad ? `, padding=${pad}` : ""})`;
  if (type === "average")
    return `F.avg_pool2d(x, ${place}${pad ? `, padding=${pad}, count_include_pad=False` : ""})`;
  if (pad) throw new Error(`PyTorch pools ${id} by L2 without padding only. Set pad to 0.`);
  return `F.lp_pool2d(x, 2, ${place})`;
}

/** How weights and biases start. */
function starts(layer: LayerSpec, self: string): string[] {
  const { init, bias } = layer;
  const weight = `${self}.weight`;
  const lines: Record<string, string> = {
    he_normal: `nn.init.kaiming_normal_(${weight}, nonlinearity="relu")`,
    he_uniform: `nn.init.kaiming_uniform_(${weight}, nonlinearity="relu")`,
    glorot_normal: `nn.init.xavier_normal_(${weight})`,
    glorot_uniform: `nn.init.xavier_uniform_(${weight})`,
    lecun_normal: `nn.init.kaiming_normal_(${weight}, nonlinearity="linear")`,
    lecun_uniform: `nn.init.kaiming_uniform_(${weight}, nonlinearity="linear")`,
  };
  const own = init as { normal?: number; uniform?: number };
  const first =
    typeof init === "string"
      ? lines[init]!
      : own.normal !== undefined
        ? `nn.init.normal_(${weight}, std=${own.normal})`
        : `nn.init.uniform_(${weight}, -${own.uniform}, ${own.uniform})`;
  return bias === false ? [first] : [first, `nn.init.constant_(${self}.bias, ${Number(bias)})`];
}

function lossArguments(loss: LayerSpec): string {
  return /^(softmax|hinge)$/.test(String(loss["loss"])) ? "labels" : "targets";
}

function lossLines(loss: LayerSpec, output: readonly number[]): string[] {
  const scores = output.length > 1 ? "x.flatten(1)" : "x";
  switch (loss["loss"]) {
    case "softmax": {
      const smoothing = Number(loss["smoothing"]);
      return [
        `return F.cross_entropy(${scores}, labels${smoothing ? `, label_smoothing=${smoothing}` : ""})`,
      ];
    }
    case "hinge":
      return [
        `return ${size(output)} * F.multi_margin_loss(${scores}, labels, margin=${Number(loss["margin"])})`,
      ];
    case "absolute":
      return [`return (x - targets.reshape_as(x)).abs().flatten(1).sum(1).mean()`];
    case "binary_cross_entropy":
      return [
        `return F.binary_cross_entropy_with_logits(x, targets.reshape_as(x), reduction="none").flatten(1).sum(1).mean()`,
      ];
    case "poisson":
      return [
        `return F.poisson_nll_loss(x, targets.reshape_as(x), reduction="none").flatten(1).sum(1).mean()`,
      ];
    default:
      return [`return 0.5 * (x - targets.reshape_as(x)).square().flatten(1).sum(1).mean()`];
  }
}

function optimizerLine(o: OptimizerOptions, batch: number): string {
  const decay = o.decay_per_example ? o.l2 / batch : o.l2;
  const groups = `[{"params": decayed, "weight_decay": ${decay}}, {"params": others, "weight_decay": 0}]`;
  const made: Record<OptimizerOptions["type"], string> = {
    sgd: `torch.optim.SGD(${groups}, lr=${o.rate})`,
    momentum: `torch.optim.SGD(${groups}, lr=${o.rate}, momentum=${o.momentum})`,
    nesterov: `torch.optim.SGD(${groups}, lr=${o.rate}, momentum=${o.momentum}, nesterov=${o.momentum > 0 ? "True" : "False"})`,
    adagrad: `torch.optim.Adagrad(${groups}, lr=${o.rate}, eps=${o.epsilon})`,
    rmsprop: `torch.optim.RMSprop(${groups}, lr=${o.rate}, alpha=${o.rho}, eps=${o.epsilon})`,
    windowgrad: `torch.optim.RMSprop(${groups}, lr=${o.rate}, alpha=${o.rho}, eps=${o.epsilon})  # Windowgrad`,
    adadelta: `torch.optim.Adadelta(${groups}, lr=${o.rate}, rho=${o.rho}, eps=${o.epsilon})`,
    adam: `torch.optim.Adam(${groups}, lr=${o.rate}, betas=(${o.beta1}, ${o.beta2}), eps=${o.epsilon})`,
    adamw: `torch.optim.AdamW(${groups}, lr=${o.rate}, betas=(${o.beta1}, ${o.beta2}), eps=${o.epsilon})`,
  };
  return made[o.type];
}

function clipLines({ clip_norm, clip_value }: OptimizerOptions): string[] {
  return [
    ...(clip_value > 0 ? [`nn.utils.clip_grad_value_(net.parameters(), ${clip_value})`] : []),
    ...(clip_norm > 0 ? [`nn.utils.clip_grad_norm_(net.parameters(), ${clip_norm})`] : []),
  ];
}

/** What the settings say and this program does not do. */
function unsaid({ augmentation, schedule, optimizer, average_decay }: TrainingOptions, type: string): string {
  const missing = [
    augmentation.crop ? `random crops of ${augmentation.crop} x ${augmentation.crop} pixels` : "",
    augmentation.shift ||
    augmentation.rotate ||
    augmentation.scale ||
    augmentation.elastic_alpha ||
    augmentation.flip
      ? "random changes of the images"
      : "",
    schedule.type === "constant" ? "" : `the ${schedule.type.replaceAll("_", " ")} schedule of the rate`,
    optimizer.l1 > 0 ? `L1 decay of ${optimizer.l1}` : "",
    average_decay > 0 ? "averaged weights" : "",
    type === "windowgrad" ? "Windowgrad's exact rule" : "",
  ].filter(Boolean);
  return missing.length ? `\n# Left to you: ${missing.join(", ")}.\n` : "";
}

function docstring({ name, description }: Spec): string {
  const text = [name, description].filter(Boolean).join(". ");
  const plain = text.replaceAll("\\", "").replaceAll('"', "'").replace(/\s+/g, " ") || "A network.";
  return plain.replace(/(.{60,88}) /g, "$1\n    ");
}

function indented(lines: readonly string[], by: number): string {
  return (
    lines.map((line) => " ".repeat(by) + line).join("\n") +
    (lines.length && by === 4 && lines[0]!.startsWith("nn.utils") ? "\n" : "")
  );
}
