// The smoothed losses of livegrad with min-char-rnn's settings, from several seeds, for comparison with those of NumPy
// (min_char_rnn.py). It runs dist/ in Node: npm run build
//
//   node --experimental-wasm-relaxed-simd tools/golden/min_char_rnn.mjs FILE 1000,10000,50000 1 2 3

import { readFileSync } from "node:fs";

const [file, iterations, ...seeds] = process.argv.slice(2);
const wanted = iterations.split(",").map(Number);
const { createSession } = await import(new URL("../../dist/direct.js", import.meta.url));
const session = await createSession();
const text = await session.texts.own(readFileSync(file, "utf8"));
const spec = JSON.parse(readFileSync(new URL("../../web/models/min-char-rnn.json", import.meta.url), "utf8"));
for (const seed of seeds) {
  spec.training.seed = Number(seed);
  const model = await session.compile(spec, text);
  await model.data(text, { split: "none" });
  const steps = spec.input.sequence;
  let smooth = steps * Math.log([...text.vocabulary].length);
  for (let n = 0; n < Math.max(...wanted);) {
    for (const loss of (await model.stepOnce(100)).losses) {
      smooth = 0.999 * smooth + 0.001 * steps * loss;
      n += 1;
      if (wanted.includes(n)) console.log(`${seed} ${n} ${smooth.toFixed(9)}`);
    }
  }
  await model.close();
}
process.exit(0);
