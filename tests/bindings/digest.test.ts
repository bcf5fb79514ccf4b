import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createSession, type Spec } from "../../web/src/api/direct";
import { curveDigest, digestNets, digestOf } from "../support/digest";
import { root } from "./support";

const { curves, texts } = JSON.parse(readFileSync(`${root}tests/golden/digests.json`, "utf8")) as {
  curves: Record<string, string>;
  texts: { losses: string; written: string };
};

test.each(digestNets)("200 steps of %s give the published bits", async (name, file) => {
  const session = await createSession({ exact: true });
  expect(await curveDigest(session, JSON.parse(readFileSync(root + file, "utf8")) as Spec)).toBe(
    curves[name],
  );
  session.close();
});

test("a network that learned a text writes the published one", async () => {
  const session = await createSession({ exact: true });
  const text = await session.texts.made("sums", { characters: 20_000, seed: 1 });
  const spec = JSON.parse(readFileSync(`${root}tests/golden/writer.json`, "utf8")) as Spec;
  const model = await session.compile(spec, text);
  await model.data(text, { split: "tail-10" });
  const { losses } = await model.stepOnce(200);
  expect(digestOf(losses)).toBe(texts.losses);
  const writing = await model.write({
    prime: "12+",
    characters: 200,
    seed: 3,
    temperature: 0.8,
    topK: 6,
    topP: 0.95,
  });
  expect((await writing.done).slice(-200)).toBe(texts.written);
  session.close();
});
