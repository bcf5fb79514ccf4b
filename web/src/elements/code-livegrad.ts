// A network as a program on livegrad itself.
import type { Spec, TrainingOptions } from "../api";
import { formatSpec } from "./format-spec";

/** As people write it: without what goes without saying. */
export interface Written {
  readonly text: string;
  readonly options: TrainingOptions;
  readonly data: string;
}

/** The network with the settings in force, as JSON. */
export function jsonCode({ text, options }: Written): string {
  const { $schema, training, ...spec } = JSON.parse(text) as Spec;
  return formatSpec({
    ...($schema ? { $schema } : {}),
    ...spec,
    training: { ...training, ...brief(options) },
  });
}

export function javascriptCode(written: Written): string {
  const { $schema: _, ...spec } = JSON.parse(jsonCode(written)) as Spec;
  const text = formatSpec(spec).replace(/"([A-Za-z_]\w*)":/g, "$1:");
  return `import { createSession } from "./livegrad.js"; // in Node: "./direct.js"

const session = await createSession();
const model = await session.compile(${text});
await model.data(await session.datasets.${written.data === "mnist" ? "mnist" : "drawn"}());

for await (const tick of model.train()) console.log(tick.step, tick.loss, tick.accuracy);

const test = await model.evaluate("test");
console.log(\`\${test.error} % wrong, with 95 % confidence between \${test.interval.low} and \${test.interval.high}\`);
session.close();
`;
}

export function cppCode(written: Written): string {
  const { $schema: _, ...spec } = JSON.parse(jsonCode(written)) as Spec;
  return `// Find livegrad with find_package(livegrad) and link livegrad::core.
#include <cstdio>
#include <memory>

#include "livegrad/digits.hpp"
#include "livegrad/trainer.hpp"

const char* const kSpec = R"json(${formatSpec(spec)})json";

int main() {
  using namespace livegrad;
  Device device;
  Trainer trainer(device, Spec::parse(kSpec));
  // Digits drawn by the program; read_idx_images, read_idx_labels and combine_idx take MNIST's files.
  trainer.set_data(std::make_shared<const Dataset>(drawn_digits(10000, 1)),
                   std::make_shared<const Dataset>(drawn_digits(2000, 4294967297)));
  while (!trainer.finished()) {
    const StepResult result = trainer.step();
    if (!result.first_nonfinite.empty()) {
      std::printf("%s is not finite\\n", result.first_nonfinite.data());
      return 1;
    }
    if (result.step % 100 == 0)
      std::printf("step %llu  loss %.4f\\n", static_cast<unsigned long long>(result.step), result.loss);
  }
  const Evaluation test = trainer.evaluate(Split::test);
  std::printf("%.2f %% wrong\\n", test.error());
}
`;
}

/** Of the settings in force, those that every program should name. */
function brief({ optimizer, batch, epochs, seed, augmentation, hold_out }: TrainingOptions): object {
  const { type, rate, l1, l2, clip_norm, momentum, rho, beta1, beta2 } = optimizer;
  const used = Object.fromEntries(
    Object.entries(augmentation).filter(([key, value]) => value && key !== "elastic_sigma"),
  );
  if (augmentation.elastic_alpha) used["elastic_sigma"] = augmentation.elastic_sigma;
  return {
    optimizer: {
      type,
      rate,
      ...(/^(momentum|nesterov)$/.test(type) ? { momentum } : {}),
      ...(/^(rmsprop|windowgrad|adadelta)$/.test(type) ? { rho, epsilon: optimizer.epsilon } : {}),
      ...(/^adam/.test(type) ? { beta1, beta2 } : {}),
      ...(l1 ? { l1 } : {}),
      ...(l2 ? { l2 } : {}),
      ...(optimizer.decay_per_example ? { decay_per_example: true } : {}),
      ...(clip_norm ? { clip_norm } : {}),
    },
    batch,
    epochs,
    seed,
    ...(hold_out ? { hold_out } : {}),
    augmentation: used,
  };
}
