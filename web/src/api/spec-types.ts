// Networks as JSON, how they are trained, and what a compiled one is made of; part of types.ts.

/** What kind of mistake a LivegradError reports: the same words in C++, in the CLI's --json output and here. */
export type ErrorCode =
  | "invalid_spec"
  | "shape_mismatch"
  | "invalid_argument"
  | "invalid_data"
  | "invalid_checkpoint"
  | "not_found"
  | "out_of_memory"
  | "unsupported"
  | "closed"
  | "internal";

/** A network as JSON: see web/models/schema.json for every key. */
export interface Spec {
  $schema?: string;
  name?: string;
  description?: string;
  /** Whose conventions fill in what is not said. Default "livegrad". */
  semantics?: "livegrad" | "convnetjs";
  /** [channels, height, width], or a sequence. */
  input: number[] | SequenceInput;
  layers: LayerSpec[];
  training?: TrainingSpec;
}

/** Steps of symbols, `symbols` kinds of them (without it: as many as the text has), or of `features` numbers. */
export interface SequenceInput {
  sequence: number;
  symbols?: number;
  features?: number;
  padding?: boolean;
}

/** One layer: its kind is the key ("conv": filters, "pool": kernel, "dense": units, "loss": name …). */
export type LayerSpec = { readonly [key: string]: unknown };

/** `training` of a spec: any of TrainingOptions, the rest by default; of optimizer and schedule the type alone may be written. */
export type TrainingSpec = DeepPartial<Omit<TrainingOptions, "optimizer" | "schedule">> & {
  optimizer?: OptimizerType | DeepPartial<OptimizerOptions>;
  schedule?: ScheduleType | DeepPartial<ScheduleOptions>;
};

export type OptimizerType =
  "sgd" | "momentum" | "nesterov" | "adagrad" | "rmsprop" | "windowgrad" | "adadelta" | "adam" | "adamw";

export interface OptimizerOptions {
  type: OptimizerType;
  /** Learning rate per batch. */
  rate: number;
  momentum: number;
  rho: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  l1: number;
  l2: number;
  decay_per_example: boolean;
  /** 0: none. */
  clip_value: number;
  clip_norm: number;
}

export type ScheduleType = "constant" | "step" | "exponential" | "cosine" | "halve_on_plateau";

export interface ScheduleOptions {
  type: ScheduleType;
  every: number;
  factor: number;
  floor: number;
  warmup: number;
  patience: number;
}

/** Random changes of training images; 0 or false switches each off. */
export interface AugmentationOptions {
  crop: number;
  shift: number;
  rotate: number;
  scale: number;
  elastic_alpha: number;
  elastic_sigma: number;
  flip: boolean;
}

/** How a network is trained; keys are those of the JSON spec. */
export interface TrainingOptions {
  optimizer: OptimizerOptions;
  schedule: ScheduleOptions;
  batch: number;
  /** Passes over the training examples after which training is finished. */
  epochs: number;
  /** Training examples kept aside for validation. */
  hold_out: number;
  seed: number;
  /** A byte of an image becomes byte · scale + shift. */
  scaling: { scale: number; shift: number };
  augmentation: AugmentationOptions;
  test_crops: number;
  patience: number;
  average_decay: number;
}

export type DeepPartial<T> = { [K in keyof T]?: T[K] extends object ? DeepPartial<T[K]> : T[K] };

/** What checkSpec found: either the network that the spec gives, or the mistakes in it. */
export type SpecCheck =
  | {
      readonly ok: true;
      readonly spec: Spec;
      readonly layers: readonly LayerInfo[];
      readonly parameterCount: number;
    }
  | { readonly ok: false; readonly errors: readonly SpecError[] };

export interface SpecError {
  readonly code: ErrorCode;
  /** One sentence with a way out. */
  readonly message: string;
  /** As in LivegradError: the layer, or a JSON pointer. */
  readonly where: string;
  /** JSON pointer of the place in the spec, "" for all of it. */
  readonly pointer: string;
  /** Place in the text, from 1; for a spec given as an object, in its JSON.stringify(spec, null, 2). */
  readonly line: number;
  readonly column: number;
  /** The same as character offsets [from, to), to underline. */
  readonly from: number;
  readonly to: number;
}

/** One layer of a compiled network. */
export interface LayerInfo {
  /** Stable, unique: "conv1". */
  readonly id: string;
  /** "conv", "pool", "dense", "act", "loss" … */
  readonly kind: string;
  /** JSON pointer into the spec: "/layers/0". */
  readonly pointer: string;
  /** Of one example: [8, 28, 28]. */
  readonly output: readonly number[];
  readonly parameterCount: number;
  /** Per example, forward. */
  readonly multiplyAdds: number;
  /** What it computes, in order, for tooltips. */
  readonly ops: readonly { readonly name: string; readonly equation: string; readonly reference: string }[];
  /** Names of its tensors (see Model.tensors), in order; the last "value" is what the next layer sees. */
  readonly tensors: readonly string[];
}

export type TensorKind = "value" | "gradient" | "parameter" | "parameterGradient" | "state" | "slot";

/** A tensor that can be looked at. */
export interface TensorInfo {
  /** "conv1.out", "conv1.weight"; a gradient has its tensor's name and kind "gradient" or "parameterGradient". */
  readonly name: string;
  readonly kind: TensorKind;
  /** "conv1" */
  readonly layer: string;
  /** "conv2d"; empty for parameters and inputs. */
  readonly op: string;
  readonly type: "real" | "index";
  /** Of one example for values and gradients ([8, 28, 28]); whole for parameters ([8, 1, 5, 5]). */
  readonly shape: readonly number[];
  /** Whether there is one for each example. */
  readonly perExample: boolean;
}
