// A worker that trains one network with as many threads as its name says.
import { makeStep } from "./step.js";

// The module takes a thread for each core that the browser tells.
Object.defineProperty(navigator, "hardwareConcurrency", { value: Number(self.name) });
const { createSession } = await import("/livegrad/direct.js");
const session = await createSession();

let step;
onmessage = async ({ data: { workload, steps } }) => {
  try {
    if (workload) step = await makeStep(session, workload);
    const loss = steps && (await step.run(steps));
    postMessage({ loss, operations: step.operations, threads: session.info.threads });
  } catch (error) {
    postMessage({ error: error.message });
  }
};
postMessage({});
