import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { createSession, type Model, type Session, type Spec } from "../../web/src/api/direct";
import { expectError, readModel, root } from "./support";

/** A network that learns to write sums within seconds. */
const writer: Spec = {
  input: { sequence: 16 },
  layers: [{ gru: 32, carry: true, name: "gru" }, { dense: "symbols", name: "output" }, { loss: "softmax" }],
  training: { optimizer: { type: "adam", rate: 0.01, clip_norm: 0.5 }, batch: 16, epochs: 100 },
};

async function start(spec: Spec = writer): Promise<{ session: Session; model: Model } & AsyncDisposable> {
  const session = await createSession();
  const text = await session.texts.made("sums", { characters: 20_000 });
  const model = await session.compile(spec, text);
  return {
    session,
    model,
    async [Symbol.asyncDispose]() {
      session.close();
    },
  };
}

test("a network for a text takes as many symbols as it has, learns, and says how often it clipped", async () => {
  await using run = await start();
  const { model } = run;
  expect(model.textData).toMatchObject({ name: "sums", origin: "made by the program" });
  expect(model.vocabulary).toBe("\n+0123456789=");
  expect(model.classes).toBe(13);
  expect(model.passSize).toBeGreaterThan(15_000);
  const first = await model.stepOnce();
  expect(first.loss).toBeGreaterThan(2.3);
  expect(first.examples).toBe(16 * 16);
  const later = await model.stepOnce(200);
  expect(Math.min(...later.losses)).toBeLessThan(1.7);
  expect(later.clips.byNorm).toBeGreaterThan(0);
  expect(later.clips.byValue).toBe(0);
  const heldOut = await model.evaluate("test");
  expect(heldOut.loss).toBeLessThan(2);
  expect(heldOut.examples).toBeGreaterThan(1900);
  const part = await model.evaluate("test", { examples: 500 });
  expect(part.examples).toBeGreaterThanOrEqual(500);
  expect(part.examples).toBeLessThan(700);
});

test("the same weights, beginning and seed write the same text, in pieces, also while it learns", async () => {
  await using run = await start();
  const { model } = run;
  await model.stepOnce(50);
  const pieces: string[] = [];
  const first = await (await model.write({ characters: 300, seed: 3 }, (more) => pieces.push(more))).done;
  expect(first).toHaveLength(300);
  expect(pieces.join("")).toBe(first);
  expect(await (await model.write({ characters: 300, seed: 3 })).done).toBe(first);
  expect(await (await model.write({ characters: 300, seed: 4 })).done).not.toBe(first);
  const greedy = await (await model.write({ characters: 100, greedy: true })).done;
  expect(await (await model.write({ characters: 100, topK: 1 })).done).toBe(greedy);

  await model.run();
  const { step } = model;
  const meanwhile = await (await model.write({ characters: 2000, prime: "1+1=" })).done;
  expect(meanwhile).toHaveLength(2000);
  await model.pause();
  expect(model.step).toBeGreaterThan(step);
});

test("what is written after writing while learning follows from the weights of that moment alone", async () => {
  await using run = await start();
  const { session, model } = run;
  for (let round = 0; round < 4; round++) {
    await model.run();
    await (
      await model.write({ characters: 300 })
    ).done;
    await model.pause();
    const written = await (await model.write({ characters: 200, seed: 7 })).done;
    const copy = await session.compile(model.spec);
    await copy.load(await model.save());
    expect(await (await copy.write({ characters: 200, seed: 7 })).done).toBe(written);
    await copy.close();
  }
});

test("a text being written goes on after a change of settings, and ends when another begins or it is stopped", async () => {
  await using run = await start();
  const { model } = run;
  let written = "";
  const long = await model.write({ characters: 1e6 }, (more) => (written += more));
  await model.setOptions({ optimizer: { rate: 0.001 } });
  await long.update({ temperature: 0.5 });
  await expectError(long.update({ temperature: 0 }), "invalid_argument", /temperature/);
  await expectError(model.write({ topP: 2 }), "invalid_argument", /top_p/);
  await expectError(model.write({ prime: "one" }), "invalid_data", /'o'/);
  await vi.waitFor(() => expect(written.length).toBeGreaterThan(10), { timeout: 30_000 });
  const next = await model.write({ characters: 1e6 });
  expect((await long.done).startsWith(written.slice(0, 10))).toBe(true);
  await next.stop();
  expect((await next.done).length).toBeLessThan(1e6);
});

test("a text is read character by character: gates, and what is likeliest to follow", async () => {
  await using run = await start();
  const { model } = run;
  await model.stepOnce(100);
  const reading = await model.readText("12+34=46\n", "gru.gates", 3);
  expect(reading.characters).toEqual([..."12+34=46\n"]);
  expect(reading.shape.at(-1)).toBe(32);
  expect(reading.values).toHaveLength(9 * reading.shape.reduce((a, b) => a * b));
  for (const candidates of reading.likeliest) {
    expect(candidates).toHaveLength(3);
    expect(candidates[0]!.probability).toBeGreaterThanOrEqual(candidates[1]!.probability);
    expect(model.vocabulary).toContain(candidates[0]!.character);
  }
  // What the network expects is what its scores say.
  const scores = await model.readText("12+34=46\n", "output.out", 1);
  const row = scores.values.slice(0, 13);
  expect(scores.likeliest[0]![0]!.character).toBe(model.vocabulary[row.indexOf(Math.max(...row))]);
  await expectError(model.readText("12", "nothing.here"), "not_found", /nothing\.here/);
  await expectError(model.readText("", "gru.h"), "invalid_argument", /no text/);
});

test("gradients of the last prediction alone reach back through the steps", async () => {
  await using run = await start();
  const { model } = run;
  const all = await model.look({ text: "12+34=46\n1+2=3\n9+" });
  const last = await model.look({ text: "12+34=46\n1+2=3\n9+", lastOnly: true });
  expect(last.loss).not.toBe(all.loss);
  const gradient = await model.read("output.out", { gradient: true });
  const rows = Array.from({ length: 16 }, (_, t) => gradient.slice(13 * t, 13 * t + 13).some((x) => x !== 0));
  expect(rows).toEqual([...Array<boolean>(15).fill(false), true]);
});

test("texts that nothing can be learned from are refused in a sentence that names the place", async () => {
  const session = await createSession();
  await expectError(session.texts.own(""), "invalid_data", /no characters|empty/i);
  await expectError(session.texts.own("aaaaaaaa"), "invalid_data", /repeat|one/i);
  await expectError(session.texts.own(Uint8Array.of(0x61, 0x62, 0xff, 0x63)), "invalid_data", /\b2\b/);
  await expectError(session.texts.made("klingon"), "not_found", /klingon/);
  const short = await session.texts.own("abc");
  await expectError(session.compile(writer, short), "invalid_data", /text/);
  session.close();
});

test("text of any language goes in and out by characters", async () => {
  const session = await createSession();
  const text = await session.texts.own("héllo wörld ☃ 日本 😀\n".repeat(60));
  expect([...text.vocabulary]).toContain("😀");
  const model = await session.compile(writer, text);
  await model.stepOnce(20);
  const written = await (await model.write({ characters: 50, prime: "日本" })).done;
  expect([...written]).toHaveLength(50);
  for (const character of written) expect(text.vocabulary).toContain(character);
  session.close();
});

test("lines of a language are checked by its rules", async () => {
  const session = await createSession();
  const names = (await session.texts.languages()).map(({ name }) => name);
  expect(names).toContain("brackets");
  const [right, wrong] = await session.texts.check("sums", ["2+2=4", "5+6=12"]);
  expect(right).toBe("");
  expect(wrong).toContain("11");
  session.close();
});

test("a checkpoint goes on with the text that it was learning from, exactly", async () => {
  await using run = await start();
  const { session, model } = run;
  await model.stepOnce(30);
  const file = await model.save();
  const next = (await model.stepOnce(5)).losses;
  const other = await session.compile(model.spec);
  expect(await other.load(file)).toEqual({ data: "none", name: "sums" });
  expect(other.vocabulary).toBe(model.vocabulary);
  const { vocabulary } = other;
  await other.data(await session.texts.made("sums", { characters: 20_000, vocabulary }));
  expect((await other.stepOnce(5)).losses).toEqual(next);
  expect(await model.load(file)).toEqual({ data: "same", name: "sums" });
});

test("the published character networks compile for a text", async () => {
  await using run = await start();
  const text = await run.session.texts.made("sentences", { characters: 10_000 });
  for (const name of ["min-char-rnn", "char-lstm", "char-gru"]) {
    expect(JSON.parse(readFileSync(`${root}web/models/${name}.json`, "utf8"))).toHaveProperty("layers");
    const model = await run.session.compile(readModel(name), text);
    expect((await model.stepOnce()).loss).toBeGreaterThan(1);
    await model.close();
  }
});
