// A network's training step, and how many floating-point operations it takes.
import { imageModel, textModel } from "./nets.js";

/** As many batches of every size measured as make a pass, so that none is cut short. */
const kPictures = 2048;

/** Operations of an example's step, by its shapes: each product forward, for its inputs and for its weights. */
function operations({ layers }, isText) {
  const [first, ...rest] = layers.map(({ multiplyAdds }) => multiplyAdds).filter((count) => count > 0);
  // Pictures have no gradient.
  return 2 * ((isText ? 3 : 2) * first + 3 * rest.reduce((sum, count) => sum + count, 0));
}

export async function makeStep(session, workload) {
  const isText = "sequence" in workload;
  const model = isText ? await textModel(session, workload) : await imageModel(session, workload, kPictures);
  return {
    operations: operations(model, isText),
    async run(steps) {
      return (await model.stepOnce(steps)).loss;
    },
    close: () => model.close(),
  };
}
