import type { Dataset, Model, Spec } from "../api";
import { formatCount, formatShape } from "./format";
import { formatSpec } from "./format-spec";

type Form = Pick<Dataset, "shape" | "classes">;

/** Of few pictures a network makes more passes: it learns from so many at least before its rate has fallen. */
const kLeastExamples = 60_000;

const product = (shape: readonly number[]): number => shape.reduce((all, extent) => all * extent, 1);

/** The shape in which a network gets such pictures: crops are smaller. */
function seen({ shape }: Form, crop: number): readonly number[] {
  return crop > 0 ? [shape[0]!, crop, crop] : shape;
}

/** Whether a network takes such pictures and has an output for each of their classes. */
export function fits(model: Model, data: Form): boolean {
  const input = model.spec.input as number[];
  const shape = seen(data, model.options.augmentation.crop);
  return (
    model.classes === data.classes.length &&
    product(input) === product(shape) &&
    (input.length === 1 || input.every((extent, axis) => extent === shape[axis]))
  );
}

/** Says why not, in one sentence. */
export function misfit(model: Model, { name, shape, classes }: Dataset): string {
  const input = model.spec.input as number[];
  const takes = model.options.augmentation.crop > 0 ? "crops of " : "";
  return `"${name}" has ${formatCount(classes.length)} classes of pictures of ${formatShape(shape)}; the network has ${formatCount(model.classes)} outputs and takes ${takes}${formatShape(input)}.`;
}

/** The network for such pictures: its input is theirs, and its last dense layer has an output for each class. */
export function fitted(text: string, data: Form & Pick<Dataset, "size">): string {
  const spec = JSON.parse(text) as Spec;
  const [, height = 1, width = 1] = data.shape;
  const old = spec.training?.augmentation?.crop ?? 0;
  // As far from the edges as ConvNetJS's 24 of 28.
  const crop = old > 0 ? Math.max(0, Math.min(height, width) - 4) : 0;
  const shape = seen(data, crop);
  const last = spec.layers.findLastIndex((layer) => "dense" in layer);
  const layers = spec.layers.map((layer, i) =>
    i === last ? { ...layer, dense: data.classes.length } : layer,
  );
  const input = (spec.input as number[]).length === 1 ? [product(shape)] : [...shape];
  const { epochs = 1, augmentation } = spec.training ?? {};
  const training = {
    ...spec.training,
    epochs: Math.max(epochs, Math.ceil(kLeastExamples / data.size.training)),
    ...(old > 0 ? { augmentation: { ...augmentation, crop } } : {}),
    ...(old > 0 && crop === 0 ? { test_crops: 1 } : {}),
  };
  return formatSpec({ ...spec, input, layers, training });
}

const kDigits = "0,1,2,3,4,5,6,7,8,9";

/** Whether a drawing of the pad could be one of them. */
export function areDrawings({ shape }: Form): boolean {
  return shape.join() === "1,28,28";
}

/** Whether they are digits in MNIST's form: what the trained network knows, and what drawn digits can be mixed into. */
export function areDigits(data: Form): boolean {
  return areDrawings(data) && data.classes.join() === kDigits;
}
