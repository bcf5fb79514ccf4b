// Drives the program as people and scripts do: node test_cli.mjs PROGRAM
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";

const program = path.resolve(process.argv[2]);
const folder = mkdtempSync(path.join(tmpdir(), "livegrad-cli-"));
after(() => rmSync(folder, { recursive: true }));
const file = (name) => path.join(folder, name);

/** Runs the program in the folder, where no data are to be found; `during` gets the process once it trains. */
function livegrad(args, { during, env = {} } = {}) {
  const child = spawn(program, args, {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, XDG_CACHE_HOME: file("cache"), ...env },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text) => (stdout += text));
  child.stderr.on("data", (text) => {
    stderr += text;
    if (during && stderr.includes("training ")) {
      during(child);
      during = undefined;
    }
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const result = { code, signal, stdout, stderr };
      if (args.includes("--json")) result.json = JSON.parse(stdout.trimEnd().split("\n").at(-1));
      resolve(result);
    });
  });
}

const perceptron = {
  name: "perceptron",
  input: [1, 28, 28],
  layers: [{ dense: 32, act: "relu" }, { dense: 10 }, { loss: "softmax" }],
  training: { batch: 20, optimizer: { type: "momentum", rate: 0.02 } },
};
// Everything that a resumed run has to take up again.
const everything = {
  name: "everything",
  input: [1, 24, 24],
  layers: [
    { conv: 4, kernel: 5, stride: 2 },
    { batch_norm: true },
    { act: "relu" },
    { dense: 24, act: "tanh", dropout: 0.2 },
    { dense: 10 },
    { loss: "softmax" },
  ],
  training: {
    batch: 16,
    optimizer: "adam",
    schedule: { type: "exponential", factor: 0.9 },
    hold_out: 100,
    augmentation: { crop: 24, rotate: 5 },
    average_decay: 0.99,
  },
};
const write = (name, content) => {
  writeFileSync(file(name), typeof content === "string" ? content : JSON.stringify(content));
  return name;
};
const spec = write("perceptron.json", perceptron);
const quick = ["--data", "drawn:500", "--threads", "1", "--json"];

test("help and version come without complaint", async () => {
  for (const args of [["--help"], ["train", "--help"], ["sample", "--help"], ["check", "--help"]]) {
    const { code, stdout } = await livegrad(args);
    assert.equal(code, 0);
    assert.match(stdout, /Exit status: 0 done; 1 a check failed; 2 .*; 3 .*; 130 interrupted/);
  }
  assert.match((await livegrad(["train", "--help"])).stdout, /--rate NUMBER/);
  assert.match((await livegrad(["--version"])).stdout, /^livegrad \d+\.\d+\.\d+\n$/);
});

test("wrong usage is one sentence and status 2", async () => {
  for (const args of [[], ["fly"], ["train"], ["train", spec, "--nonsense"], ["train", spec, "--steps", "0"],
                      ["train", spec, "--steps", "5", "--epochs", "1"], ["train", spec, "--steps", "many"]]) {
    const { code, stdout, stderr } = await livegrad(args);
    assert.equal(code, 2, args.join(" "));
    assert.equal(stdout, "");
    assert.match(stderr, /^livegrad: [^\n]*See livegrad [^\n]*--help\.\n$/);
  }
  const { code, json } = await livegrad(["train", "--json"]);
  assert.equal(code, 2);
  assert.equal(json.error.code, "usage");
});

test("wrong settings name the option", async () => {
  for (const [args, where] of [
    [["--rate", "fast"], "--rate"],
    [["--batch", "0"], "--batch"],
    [["--optimizer", "magic"], "--optimizer"],
    [["--schedule-floor", "7"], "--schedule-floor"],
  ]) {
    const { code, json, stderr } = await livegrad(["train", spec, ...quick, ...args]);
    assert.equal(code, 2, stderr);
    assert.equal(json.error.code, "invalid_spec");
    assert.equal(json.error.where, where);
    assert.ok(stderr.startsWith(`livegrad: [${where}] `), stderr);
  }
  assert.equal((await livegrad(["train", spec, ...quick, "--isa", "abacus"])).json.error.code, "unsupported");
  assert.equal((await livegrad(["train", spec, ...quick, "--threads", "-1"])).code, 2);
});

test("bad specs are refused with the place of the mistake", async () => {
  const bad = write("bad.json", { ...perceptron, layers: [{ conv: 4, kernel: 31 }, { dense: 10 }, { loss: "softmax" }] });
  const broken = write("broken.json", '{"input": [1, 28, 28],\n "layers": [}');
  for (const command of ["train", "info", "check"]) {
    const first = await livegrad([command, bad, "--json"]);
    assert.equal(first.code, 2);
    assert.match(first.json.error.message, /31.*28/s);
    const second = await livegrad([command, broken, "--json"]);
    assert.equal(second.code, 2);
    assert.equal(second.json.error.code, "invalid_spec");
    assert.match(second.json.error.where, /line 2/);
    const third = await livegrad([command, "nowhere.json", "--json"]);
    assert.equal(third.code, 2);
    assert.equal(third.json.error.code, "not_found");
  }
});

test("data that are not here are status 3, and how to get them", async () => {
  const { code, json, stderr } = await livegrad(["train", spec, "--json"]);
  assert.equal(code, 3);
  assert.equal(json.error.code, "not_found");
  assert.match(stderr, /npm start.*LIVEGRAD_DATA/);
  assert.equal((await livegrad(["train", spec, "--data", "nowhere.csv"])).code, 3);
  assert.equal((await livegrad(["data", "cifar-10"])).code, 3);
});

test("data of another shape are refused", async () => {
  write("points.csv", "x,y,class\n0,1,a\n1,0,b\n");
  const { code, json } = await livegrad(["train", spec, "--data", "points.csv", "--json"]);
  assert.equal(code, 2);
  assert.match(json.error.message, /2/);
});

test("two runs are the same, whatever the threads; another seed is not", async () => {
  const args = ["train", spec, "--data", "drawn:500", "--json", "--steps", "60", "--no-save"];
  const [a, b, c] = [
    await livegrad([...args, "--threads", "1"]),
    await livegrad([...args, "--threads", "3"]),
    await livegrad([...args, "--seed", "2"]),
  ];
  for (const { code, stderr } of [a, b, c]) assert.equal(code, 0, stderr);
  assert.equal(a.json.loss, b.json.loss);
  assert.equal(a.json.test_loss, b.json.test_loss);
  assert.notEqual(a.json.loss, c.json.loss);
  assert.ok(a.json.loss < 2.3);
  assert.equal(readdirSync(folder).filter((name) => name.endsWith(".safetensors")).length, 0);
});

test("the JSON of train and eval says what scripts need", async () => {
  const trained = await livegrad(["train", spec, ...quick, "--epochs", "2", "--out", "two.safetensors", "--quiet"]);
  assert.equal(trained.code, 0, trained.stderr);
  assert.equal(trained.stderr, "");
  assert.equal(trained.stdout.trimEnd().split("\n").length, 1);
  const t = trained.json;
  for (const key of ["examples", "seconds", "loss", "test_error", "test_loss", "seed", "threads", "steps", "epochs",
                     "test_examples", "correct", "parameters"])
    assert.equal(typeof t[key], "number", key);
  assert.deepEqual(
    [t.spec, t.data, t.data_origin, t.seed, t.threads, t.examples, t.steps, t.epochs, t.test_examples, t.parameters],
    ["perceptron", "drawn:500", "drawn by the program", 1, 1, 1000, 50, 2, 2000, 785 * 32 + 330],
  );
  assert.equal(t.test_error, (100 * (t.test_examples - t.correct)) / t.test_examples);
  assert.ok(t.interval[0] < t.test_error && t.test_error < t.interval[1]);
  assert.equal(t.checkpoint, "two.safetensors");
  assert.equal(t.interrupted, false);

  const evaluated = await livegrad(["eval", "two.safetensors", "--json"]);
  assert.equal(evaluated.code, 0, evaluated.stderr);
  const e = evaluated.json;
  assert.deepEqual(
    [e.test_error, e.test_loss, e.loss, e.correct, e.interval, e.steps, e.epochs, e.seed, e.data, e.examples],
    [t.test_error, t.test_loss, t.test_loss, t.correct, t.interval, t.steps, t.epochs, t.seed, t.data, 2000],
  );
  assert.equal(e.confusion.flat().reduce((sum, n) => sum + n), 2000);
  assert.equal(e.confusion.reduce((sum, row, i) => sum + row[i], 0), t.correct);

  const text = await livegrad(["eval", "two.safetensors"]);
  assert.match(text.stdout, /error \d+\.\d\d % \([\d,]+ of 2,000; 95 % interval/);
  assert.match(text.stdout, /true \\ predicted/);
});

test("several checkpoints are tested each and together", async () => {
  const files = [];
  for (const seed of ["1", "2", "3"]) {
    files.push(`member${seed}.safetensors`);
    const { code, stderr } = await livegrad(
      ["train", spec, ...quick, "--steps", "60", "--seed", seed, "--out", files.at(-1), "--quiet"]);
    assert.equal(code, 0, stderr);
  }
  const alone = [];
  for (const name of files) alone.push((await livegrad(["eval", name, "--json"])).json);
  const together = await livegrad(["eval", ...files, "--json"]);
  assert.equal(together.code, 0, together.stderr);
  const e = together.json;
  assert.deepEqual(
    e.members.map(({ test_loss, ...others }) => others),
    alone.map(({ correct, test_error }, i) => (
      { checkpoint: files[i], spec: "perceptron", seed: i + 1, correct, test_error })),
  );
  for (const [i, { test_loss }] of e.members.entries()) assert.ok(Math.abs(test_loss - alone[i].loss) < 1e-6);
  assert.deepEqual([e.examples, e.data, e.parameters], [2000, "drawn:500", 3 * (785 * 32 + 330)]);
  assert.equal(e.confusion.flat().reduce((sum, n) => sum + n), 2000);
  assert.equal(e.confusion.reduce((sum, row, i) => sum + row[i], 0), e.correct);
  assert.equal(e.loss, e.test_loss);
  // Losses are told without what a network smooths its labels by, so that they can be compared.
  const smooth = write("smooth.json", { ...perceptron, layers: [...perceptron.layers.slice(0, -1),
                                                                { loss: "softmax", smoothing: 0.1 }] });
  const smoothed = ["train", smooth, ...quick, "--steps", "60", "--quiet", "--out", "smooth.safetensors"];
  assert.equal((await livegrad(smoothed)).code, 0);
  const [, member] = (await livegrad(["eval", files[0], "smooth.safetensors", "--json"])).json.members;
  assert.ok(member.test_loss < (await livegrad(["eval", "smooth.safetensors", "--json"])).json.loss);
  // -ln of a mean is at most the mean of the -ln.
  assert.ok(e.loss < alone.reduce((sum, one) => sum + one.loss, 0) / 3);
  assert.ok(e.test_error <= Math.max(...alone.map((one) => one.test_error)));
  // A network beside itself is itself.
  const twice = (await livegrad(["eval", files[0], files[0], "--json"])).json;
  assert.deepEqual([twice.correct, twice.confusion], [alone[0].correct, alone[0].confusion]);
  assert.ok(Math.abs(twice.loss - alone[0].loss) < 1e-6);

  const text = await livegrad(["eval", ...files]);
  assert.match(text.stdout, /^test +error \d+\.\d\d % \([\d,]+ of 2,000; 95 % interval/);
  assert.match(text.stdout, /member2\.safetensors +2 +\d+\.\d\d %/);
  assert.match(text.stdout, /true \\ predicted/);
});

test("networks that cannot be tested together are refused", async () => {
  const train = async (name, content, ...args) => {
    const { code, stderr } = await livegrad(
      ["train", write(`${name}.json`, content), "--steps", "1", "--quiet", "--threads", "1", "--out", `${name}.safetensors`, ...args]);
    assert.equal(code, 0, stderr);
    return `${name}.safetensors`;
  };
  const ten = await train("ten", perceptron, "--data", "drawn:500");
  const more = await train("more", perceptron, "--data", "drawn:600");
  const cropped = await train("cropped", everything, "--data", "drawn:500");
  write("two.csv", "x,side\n1,a\n2,b\n3,a\n4,b\n");
  const two = await train("two-classes", { input: [1], layers: [{ dense: 2 }, { loss: "softmax" }] }, "--data", "two.csv");
  const code = await train("code", { ...perceptron, layers: [{ dense: 10 }, { loss: "squared" }] }, "--data", "drawn:500");
  const adder = await train("adder", { input: { sequence: 8 }, layers: [{ rnn: 4 }, { dense: "symbols" }, { loss: "softmax" }] },
                            "--language", "sums");
  const refused = async (files, pattern, code = "invalid_argument") => {
    const result = await livegrad(["eval", ...files, "--json"]);
    assert.equal(result.code, 2, result.stderr);
    assert.equal(result.json.error.code, code);
    assert.match(`[${result.json.error.where}] ${result.json.error.message}`, pattern);
  };
  await refused([ten, two], /^\[two-classes\.safetensors\] Its network has 2 classes, that of ten\.safetensors 10\./);
  await refused([ten, more], /^\[more\.safetensors\] It learned from drawn:600, ten\.safetensors from drawn:500\..*--data/);
  await refused([ten, code], /^\[code\.safetensors\] Its network has no classes/);
  await refused([adder, ten], /^\[adder\.safetensors\] Its network predicts a text\./);
  await refused([ten, two.replace("two", "no-such")], /no-such/, "not_found");
  await refused([ten, spec], /That is a spec/, "invalid_checkpoint");
  // Crops of the same images go together, images of other sizes do not.
  assert.equal((await livegrad(["eval", ten, cropped, "--json"])).code, 0);
  assert.equal((await livegrad(["eval", ten, more, "--data", "drawn:500", "--json"])).code, 0);
});

test("an interrupted run goes on to the same bits", async () => {
  const full = write("everything.json", everything);
  const args = ["train", full, "--data", "drawn:1500", "--threads", "1", "--epochs", "20", "--json"];
  const whole = await livegrad([...args, "--out", "whole.safetensors"]);
  assert.equal(whole.code, 0, whole.stderr);
  assert.match(whole.stderr, /epoch 20: validation error/);

  const parts = [...args, "--out", "parts.safetensors"];
  let interruptions = 0;
  let result;
  for (const [wait, signal] of [[50, "SIGINT"], [150, "SIGTERM"]]) {
    result = await livegrad(parts, { during: (child) => setTimeout(() => child.kill(signal), wait) });
    assert.equal(result.code, 130, result.stderr);
    assert.equal(result.json.interrupted, true);
    assert.equal(result.json.test_error, null);
    assert.match(result.stderr, /interrupted at step .*saved parts\.safetensors/);
    if (interruptions > 0) assert.match(result.stderr, /resumed at step/);
    ++interruptions;
  }
  result = await livegrad(parts);
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stderr, /resumed at step/);
  assert.ok(result.json.resumed_at > 0);
  assert.equal(result.json.loss, whole.json.loss);
  assert.equal(result.json.test_loss, whole.json.test_loss);
  assert.ok(readFileSync(file("parts.safetensors")).equals(readFileSync(file("whole.safetensors"))));
  assert.equal(readdirSync(folder).filter((name) => name.endsWith(".part")).length, 0);
});

test("a run that is over is trained anew or further; another run is not overwritten", async () => {
  const args = ["train", spec, ...quick, "--out", "run.safetensors"];
  const one = await livegrad([...args, "--epochs", "1"]);
  const again = await livegrad([...args, "--epochs", "1"]);
  assert.equal(again.code, 0);
  assert.match(again.stderr, /finished; training it anew/);
  assert.equal(again.json.examples, 500);
  assert.equal(again.json.loss, one.json.loss);

  const further = await livegrad([...args, "--epochs", "2"]);
  assert.equal(further.json.resumed_at, 25);
  const twoAtOnce = await livegrad(["train", spec, ...quick, "--epochs", "2", "--no-save"]);
  assert.equal(further.json.loss, twoAtOnce.json.loss);
  assert.equal(further.json.test_loss, twoAtOnce.json.test_loss);

  const before = readFileSync(file("run.safetensors"));
  for (const [other, what] of [
    [["--epochs", "2", "--seed", "5"], /seed/],
    [["--epochs", "2", "--rate", "0.5"], /rate/],
    [["--epochs", "1"], /more than/],
  ]) {
    const refused = await livegrad([...args, ...other]);
    assert.equal(refused.code, 2, refused.stdout);
    assert.match(refused.json.error.message, what);
    assert.match(refused.json.error.message, /--fresh/);
  }
  const otherData = await livegrad(["train", spec, "--data", "drawn:400", "--json", "--epochs", "2", "--out", "run.safetensors"]);
  assert.equal(otherData.code, 2);
  assert.match(otherData.json.error.message, /other data/);
  assert.ok(readFileSync(file("run.safetensors")).equals(before));

  const fresh = await livegrad([...args, "--epochs", "1", "--seed", "5", "--fresh"]);
  assert.equal(fresh.code, 0, fresh.stderr);
  assert.equal(fresh.json.seed, 5);
});

test("a checkpoint can be trained further, with other settings and data", async () => {
  await livegrad(["train", spec, ...quick, "--epochs", "1", "--out", "base.safetensors"]);
  const base = readFileSync(file("base.safetensors"));
  const copy = await livegrad(["train", "base.safetensors", "--epochs", "3", "--rate", "0.01", "--out", "tuned.safetensors", "--json"]);
  assert.equal(copy.code, 0, copy.stderr);
  assert.deepEqual([copy.json.epochs, copy.json.resumed_at, copy.json.data], [3, 25, "drawn:500"]);
  assert.ok(readFileSync(file("base.safetensors")).equals(base));
  const other = await livegrad(["train", "base.safetensors", "--data", "drawn:300", "--epochs", "2", "--out", "other.safetensors", "--json"]);
  assert.equal(other.code, 0, other.stderr);
  assert.match(other.stderr, /other data than before/);
  for (const args of [["--seed", "2"], ["--hold-out", "10"]])
    assert.equal((await livegrad(["train", "base.safetensors", ...args])).code, 2);
  const over = await livegrad(["train", "base.safetensors", "--seed", "2", "--fresh", "--out", "anew.safetensors", "--json"]);
  assert.equal(over.code, 0, over.stderr);
  assert.deepEqual([over.json.seed, over.json.epochs], [2, 1]);
});

test("damaged checkpoints are refused and left alone", async () => {
  await livegrad(["train", spec, ...quick, "--steps", "5", "--out", "good.safetensors"]);
  const good = readFileSync(file("good.safetensors"));
  for (const length of [0, 4, 8, 100, good.length - 1]) {
    writeFileSync(file("cut.safetensors"), good.subarray(0, length));
    for (const command of [["eval", "cut.safetensors"], ["train", "cut.safetensors"], ["check", "cut.safetensors"],
                           ["info", "cut.safetensors"], ["train", spec, "--data", "drawn:500", "--out", "cut.safetensors"]]) {
      const { code, json } = await livegrad([...command, "--json"]);
      assert.equal(code, 2, command.join(" "));
      assert.equal(json.error.code, "invalid_checkpoint");
    }
    assert.equal(statSync(file("cut.safetensors")).size, length);
  }
  assert.equal((await livegrad(["eval", spec])).code, 2);
});

test("places that cannot be written are refused before training", async () => {
  mkdirSync(file("folder"), { recursive: true });
  for (const out of ["no/such/folder/x.safetensors", "folder"]) {
    const { code, stderr } = await livegrad(["train", spec, "--data", "drawn:500", "--out", out]);
    assert.equal(code, 2);
    assert.doesNotMatch(stderr, /training perceptron/);
  }
});

test("numbers that go out of bounds are a failed check", async () => {
  const { code, json, stderr } = await livegrad(
    ["train", spec, ...quick, "--optimizer", "sgd", "--rate", "1000", "--l2", "1000", "--epochs", "50", "--no-save"]);
  assert.equal(code, 1, stderr);
  assert.equal(json.error.code, "check_failed");
  assert.match(json.error.message, /infinite or NaN at step/);
});

test("a table of numbers can be learned: classes and regression", async () => {
  const rows = Array.from({ length: 200 }, (_, i) => [Math.sin(i), Math.cos(3 * i)]);
  write("classes.csv", "x,y,side\n" + rows.map(([x, y]) => `${x},${y},${x + y > 0 ? "above" : "below"}`).join("\n"));
  write("sum.csv", rows.map(([x, y]) => `${x},${y},${x + 2 * y}`).join("\n"));
  const training = { batch: 10, epochs: 20, hold_out: 40, optimizer: { type: "adam", rate: 0.02 } };
  write("classes.json", { input: [2], layers: [{ dense: 8, act: "tanh" }, { dense: 2 }, { loss: "softmax" }], training });
  write("sum.json", { input: [2], layers: [{ dense: 1 }, { loss: "squared" }], training });
  const classes = await livegrad(["train", "classes.json", "--data", "classes.csv", "--json"]);
  assert.equal(classes.code, 0, classes.stderr);
  assert.equal(classes.json.test_error, null);
  assert.match(classes.stderr, /epoch 20: validation error/);
  const evaluated = await livegrad(["eval", "classes-seed1.safetensors", "--json"]);
  assert.equal(evaluated.code, 0, evaluated.stderr);
  assert.ok(evaluated.json.test_error < 10);
  assert.equal(classes.json.best_checkpoint, "classes-seed1.best.safetensors");
  const best = await livegrad(["eval", classes.json.best_checkpoint, "--json"]);
  assert.equal(best.code, 0, best.stderr);
  const losses = [...classes.stderr.matchAll(/validation .*loss ([\d.]+)/g)].map((line) => Number(line[1]));
  assert.equal(losses.length, 20);
  assert.equal(losses[best.json.epochs - 1], Math.min(...losses));
  const sum = await livegrad(["train", "sum.json", "--data", "sum.csv", "--no-header", "--regression", "--json"]);
  assert.equal(sum.code, 0, sum.stderr);
  assert.ok(sum.json.loss < 0.05);
  assert.equal(sum.json.accuracy, null);
});

const writer = write("writer.json", {
  name: "writer",
  input: { sequence: 16 },
  layers: [{ lstm: 24, carry: true }, { dense: "symbols" }, { loss: "softmax" }],
  training: { batch: 8, optimizer: { type: "adam", rate: 0.01, clip_norm: 1 } },
});
const poem = "Größer als 漢字 😀 ist die Welt.\n";
write("poem.txt", poem.repeat(300));
const text = ["--text", "poem.txt", "--threads", "1", "--json"];

test("a network learns a text and writes it", async () => {
  const { code, json, stderr } = await livegrad(
    ["train", writer, ...text, "--chars", "60000", "--sample-every", "200", "--out", "poem.safetensors"]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /training writer .* poem \(real; [\d,]+ characters, split tail-10\)/);
  assert.match(stderr, /step 200, 25,600 characters:\n/);
  assert.deepEqual([json.data, json.split, json.symbols], ["poem", "tail-10", new Set(poem).size]);
  assert.ok(json.characters >= 60000 && json.characters < 60000 + 8 * 16);
  assert.ok(json.seconds > 0 && json.train_nats < 1 && json.validation_nats < 0.5, JSON.stringify(json));
  assert.ok(Math.abs(json.validation_perplexity - Math.exp(json.validation_nats)) < 1e-9);
  assert.ok(json.clipped_by_norm >= 0 && json.clipped_by_norm <= 1);
  const characters = [...poem.repeat(300)].length;
  assert.equal(json.validation_characters, characters - Math.floor(characters * 0.9));

  const evaluated = await livegrad(["eval", "poem.safetensors", ...text]);
  assert.equal(evaluated.code, 0, evaluated.stderr);
  assert.equal(evaluated.json.validation_nats, json.validation_nats);

  const sample = ["sample", "poem.safetensors", "--chars", "80", "--prime", "Größer"];
  const [greedy, again, other] = [
    await livegrad([...sample, "--greedy"]),
    await livegrad([...sample, "--top-k", "1", "--seed", "9", "--json"]),
    await livegrad([...sample, "--temperature", "5", "--json"]),
  ];
  assert.equal(greedy.stdout, again.json.text + "\n");
  assert.equal([...again.json.text].length, 86);
  assert.ok(greedy.stdout.includes("die Welt"), greedy.stdout);
  assert.notEqual(other.json.text, again.json.text);
  assert.equal((await livegrad([...sample, "--temperature", "5", "--json"])).json.text, other.json.text);
});

test("an interrupted run on a text goes on to the same bits", async () => {
  const args = ["train", writer, "--language", "sums", "--threads", "1", "--chars", "300000", "--json"];
  const whole = await livegrad([...args, "--out", "sums.safetensors"]);
  assert.equal(whole.code, 0, whole.stderr);
  const parts = [...args, "--out", "sums-parts.safetensors"];
  const first = await livegrad(parts, { during: (child) => setTimeout(() => child.kill("SIGINT"), 100) });
  assert.equal(first.code, 130, first.stderr);
  const second = await livegrad(parts);
  assert.equal(second.code, 0, second.stderr);
  assert.ok(second.json.resumed_at > 0);
  assert.equal(second.json.validation_nats, whole.json.validation_nats);
  assert.ok(readFileSync(file("sums-parts.safetensors")).equals(readFileSync(file("sums.safetensors"))));
  const { json } = await livegrad(["sample", "sums.safetensors", "--chars", "400", "--json"]);
  assert.ok(json.lines > 20);
  assert.ok(json.right_lines <= json.lines);
});

test("mistakes with texts are one sentence", async () => {
  writeFileSync(file("latin1.txt"), Buffer.from("caf\xe9 ol\xe9", "latin1"));
  write("empty.txt", "");
  write("short.txt", "ab");
  await livegrad(["train", writer, ...text, "--steps", "2", "--out", "two-steps.safetensors"]);
  for (const [args, status, what] of [
    [["train", writer], 2, /--text FILE/],
    [["train", writer, "--data", "drawn:500"], 2, /learns from a text/],
    [["train", spec, "--text", "poem.txt"], 2, /numbers, not symbols/],
    [["train", writer, "--text", "nowhere.txt"], 3, /no file "nowhere.txt"/],
    [["train", writer, "--text", "latin1.txt"], 2, /0xE9 at offset 3 is no UTF-8/],
    [["train", writer, "--text", "empty.txt"], 2, /empty/],
    [["train", writer, "--text", "short.txt"], 2, /at least|more text/],
    [["train", writer, "--language", "klingon"], 2, /brackets/],
    [["train", writer, ...text, "--split", "half"], 2, /streams-5/],
    [["sample", "two-steps.safetensors", "--prime", "xyzzy"], 2, /\[--prime\] .*'x' at place 0/],
    [["sample", "two-steps.safetensors", "--temperature", "0"], 2, /\[--temperature\]/],
    [["sample", "two-steps.safetensors", "--top-p", "2"], 2, /\[--top-p\]/],
    [["sample", writer], 2, /learned nothing/],
  ]) {
    const { code, stderr } = await livegrad(args);
    assert.equal(code, status, `${args.join(" ")}: ${stderr}`);
    assert.match(stderr, what);
    assert.match(stderr, /^livegrad: [^\n]*\.\n$/);
  }
});

test("info describes the program and networks", async () => {
  const { code, json } = await livegrad(["info", "--json"]);
  assert.equal(code, 0);
  assert.ok(json.isas.includes(json.isa) && json.isas.includes("ref"));
  assert.equal(json.libraries.xtensor, "0.25.0");
  assert.equal(json.libraries.xsimd, "13.2.0");
  assert.deepEqual(json.data.map(({ name, found }) => [name, found]),
                   [["mnist", false], ["fashion-mnist", false], ["cifar-10", false]]);
  for (const isa of json.isas) assert.equal((await livegrad(["info", "--json", "--isa", isa])).json.isa, isa);
  assert.equal((await livegrad(["info", "--json"], { env: { LIVEGRAD_ISA: "ref" } })).json.isa, "ref");

  const layers = (await livegrad(["info", spec, "--json"])).json;
  assert.deepEqual(layers.layers.map(({ parameters }) => parameters), [785 * 32, 330, 0]);
  assert.equal(layers.multiply_adds, 784 * 32 + 320);
  assert.match((await livegrad(["info", spec])).stdout, /25,120/);
});

test("check compares the gradients of every layer", async () => {
  const { code, json, stderr } = await livegrad(["check", write("everything.json", everything), "--json"]);
  assert.equal(code, 0, stderr);
  assert.ok(json.worst < 1e-6);
  const names = json.parameters.map(({ layer, parameter }) => `${layer}.${parameter}`);
  for (const name of ["conv1.weight", "batch_norm1.gamma", "dense1.weight", "dense2.bias"]) assert.ok(names.includes(name), name);
  await livegrad(["train", spec, ...quick, "--steps", "50", "--out", "checked.safetensors"]);
  const before = readFileSync(file("checked.safetensors"));
  const trained = await livegrad(["check", "checked.safetensors"]);
  assert.equal(trained.code, 0, trained.stderr);
  assert.match(trained.stdout, /dense1 +weight/);
  assert.ok(readFileSync(file("checked.safetensors")).equals(before));
});

test("data lists what there is and draws contact sheets", async () => {
  const { json } = await livegrad(["data", "--json"]);
  assert.equal(json.data[0].origin, "drawn by the program");
  assert.deepEqual(json.data[0].training_counts, Array(10).fill(1000));
  assert.match((await livegrad(["data"])).stdout, /mnist +missing/);
  const sheet = await livegrad(["data", "drawn:300", "--contact-sheet", "sheet.png", "--count", "5", "--augment", "everything.json", "--json"]);
  assert.equal(sheet.code, 0, sheet.stderr);
  const png = readFileSync(file("sheet.png"));
  assert.equal(png.toString("latin1", 1, 4), "PNG");
  assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [5 * (48 + 2) + 2, 10 * (48 + 2) + 2]);
  assert.equal((await livegrad(["data", "--contact-sheet", "sheet.png"])).code, 2);
});
