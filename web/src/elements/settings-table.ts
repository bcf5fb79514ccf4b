import type { OptimizerType, TrainingOptions, TrainingSpec } from "../api";

export const optimizers: Record<OptimizerType, string> = {
  sgd: "SGD",
  momentum: "Momentum",
  nesterov: "Nesterov",
  adagrad: "Adagrad",
  rmsprop: "RMSProp",
  windowgrad: "Windowgrad",
  adadelta: "Adadelta",
  adam: "Adam",
  adamw: "AdamW",
};

/** A number that acts at once. */
export interface Setting {
  /** Also its name in an address. */
  key: string;
  label: string;
  /** What it does, in a few words. */
  hint: string;
  group: "main" | "optimizer" | "augmentation";
  low: number;
  high: number;
  /** Step of a linear scale. */
  step?: number;
  /** Slider on a logarithmic scale, of whole numbers or of two digits; where zero makes sense, it is the low end. */
  log?: "whole" | "digits" | "digits or zero";
  /** The optimisers that use it. Default: all. */
  usedBy?: readonly OptimizerType[];
}

export const settings: readonly Setting[] = [
  {
    key: "rate",
    label: "Learning rate",
    hint: "size of each correction",
    group: "main",
    low: 1e-5,
    high: 10,
    log: "digits",
  },
  {
    key: "momentum",
    label: "Momentum",
    hint: "share of the last step kept",
    group: "main",
    low: 0,
    high: 0.99,
    step: 0.01,
    usedBy: ["momentum", "nesterov"],
  },
  {
    key: "batch",
    label: "Batch size",
    hint: "examples a correction",
    group: "main",
    low: 1,
    high: 512,
    log: "whole",
  },
  {
    key: "l2",
    label: "L2 decay",
    hint: "pull of every weight to zero",
    group: "main",
    low: 1e-6,
    high: 1,
    log: "digits or zero",
  },
  {
    key: "dropout",
    label: "Dropout",
    hint: "share of units silenced at random",
    group: "main",
    low: 0,
    high: 0.9,
    step: 0.05,
  },
  {
    key: "shift",
    label: "Shift",
    hint: "at most, pixels",
    group: "augmentation",
    low: 0,
    high: 6,
    step: 1,
  },
  {
    key: "rotate",
    label: "Turn",
    hint: "at most, degrees",
    group: "augmentation",
    low: 0,
    high: 45,
    step: 1,
  },
  {
    key: "scale",
    label: "Size",
    hint: "at most, as a fraction",
    group: "augmentation",
    low: 0,
    high: 0.5,
    step: 0.01,
  },
  {
    key: "elastic_alpha",
    label: "Elastic",
    hint: "strength, pixels",
    group: "augmentation",
    low: 0,
    high: 60,
    step: 1,
  },
  {
    key: "elastic_sigma",
    label: "Elastic smoothness",
    hint: "pixels",
    group: "augmentation",
    low: 0.5,
    high: 16,
    step: 0.5,
  },
  {
    key: "l1",
    label: "L1 decay",
    hint: "pull to zero, the same for all",
    group: "optimizer",
    low: 1e-7,
    high: 0.1,
    log: "digits or zero",
  },
  {
    key: "clip_norm",
    label: "Clip the norm",
    hint: "longest gradient, scaled to it; 0: any",
    group: "optimizer",
    low: 0.01,
    high: 100,
    log: "digits or zero",
  },
  {
    key: "clip_value",
    label: "Clip each value",
    hint: "largest part of a gradient; 0: any",
    group: "optimizer",
    low: 1e-4,
    high: 10,
    log: "digits or zero",
  },
  {
    key: "rho",
    label: "Memory ρ",
    hint: "share of the old average",
    group: "optimizer",
    low: 0,
    high: 0.999,
    step: 0.001,
    usedBy: ["rmsprop", "windowgrad", "adadelta"],
  },
  {
    key: "beta1",
    label: "Memory β₁",
    hint: "share of the old mean",
    group: "optimizer",
    low: 0,
    high: 0.999,
    step: 0.001,
    usedBy: ["adam", "adamw"],
  },
  {
    key: "beta2",
    label: "Memory β₂",
    hint: "share of the old square",
    group: "optimizer",
    low: 0,
    high: 0.9999,
    step: 0.0001,
    usedBy: ["adam", "adamw"],
  },
];

/** The value in force of a setting that is one of the training options, which dropout is not. */
export function optionOf(options: TrainingOptions, { key, group }: Pick<Setting, "key" | "group">): number {
  const place: object =
    group === "augmentation" ? options.augmentation : key === "batch" ? options : options.optimizer;
  return (place as Record<string, number>)[key]!;
}

/** A change of one of them. */
export function changeOf({ key, group }: Pick<Setting, "key" | "group">, value: number): TrainingSpec {
  if (key === "batch") return { batch: value };
  return { [group === "augmentation" ? "augmentation" : "optimizer"]: { [key]: value } };
}
