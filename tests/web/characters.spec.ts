import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import type { LivegradTextSession } from "../../web/src/elements/text-session";
import {
  expect,
  figures,
  gzipped,
  hasShakespeare,
  learn,
  openPage,
  openPanel,
  stepOnce,
  test,
  writeNetwork,
} from "./page-support";

const address = (query = ""): string => `characters.html${query}`;
const writer = "livegrad-writer";
const samples = (page: Page) => page.locator(`${writer} li`);

const source = (page: Page) =>
  page.evaluate(
    () => document.querySelector<LivegradTextSession>("livegrad-text-session")!.lesson.model!.textData!.name,
  );

test("it learns, and samples appear with the step they were taken at", async ({ page, site }) => {
  await openPage(page, site, address("?text=sums&net=gru-1x64"));
  await expect(page.locator("livegrad-text")).toContainText("The rule: ");
  await expect(samples(page)).toHaveCount(1);
  await expect(samples(page).first()).toContainText("Step 0");
  const first = await stepOnce(page);
  expect(first).toBeGreaterThan(2.2);
  await page.locator(writer).scrollIntoViewIfNeeded();
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect.poll(() => samples(page).count(), { timeout: 120_000 }).toBeGreaterThan(3);
  await expect(page.locator(writer)).toContainText(/\d+ of \d+ lines keep the rule/);
  const measures = page.locator("livegrad-measures");
  await expect(measures.getByRole("row", { name: /held-out/ })).toContainText(/\d\.\d{3}/, {
    timeout: 120_000,
  });
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  const [nats, bits, perplexity] = (
    await measures
      .getByRole("row", { name: /training text/ })
      .getByRole("cell")
      .allInnerTexts()
  ).map(Number) as [number, number, number];
  expect(nats).toBeLessThan(2.2);
  expect(bits).toBeCloseTo(nats / Math.LN2, 2);
  expect(perplexity).toBeCloseTo(Math.exp(nats), 1);
  await measures.getByRole("button", { name: "Score all held-out text" }).click();
  await expect(measures).toContainText(/mean over 1\d\d,\d{3} characters/, { timeout: 120_000 });
});

test("the form has the sequence, and a recurrent layer and what it could be told", async ({ page, site }) => {
  await openPage(page, site, address("?text=sums&net=gru-1x64"));
  await openPanel(page, "Change the network");
  const editor = page.locator("livegrad-editor");
  await expect(editor.getByText(/^→ 64 × 64, [\d,]+ weights/)).toBeVisible();
  await expect(editor.locator(".facts").first()).toContainText("multiply-adds an example");
  await expect(editor.getByRole("combobox", { name: "activation of output" })).toHaveValue("none");
  await editor.getByRole("spinbutton", { name: "units of gru" }).fill("32");
  await editor.getByRole("spinbutton", { name: "sequence" }).fill("48");
  await editor.getByRole("spinbutton", { name: "sequence" }).press("Enter");
  await expect(editor.getByText(/^→ 48 × 32/)).toBeVisible();
  await editor.getByRole("button", { name: "Apply" }).click();
  await expect(editor.getByRole("status")).toContainText("Kept");
  await expect(editor.getByRole("status")).toContainText("output (bias)");
  await learn(page, 10);

  // What the form cannot show leaves it as it was.
  for (const input of ['{"symbols": 12}', '"text"', "null"]) {
    await writeNetwork(page, `{"input": ${input}, "layers": [{"loss": "softmax"}]}`);
    await expect(editor.locator(".errors li").first()).toBeVisible();
    await expect(editor.getByRole("spinbutton", { name: "units of gru" })).toHaveValue("32");
  }
});

test("the temperature acts at once, also while paused; greedy text is always the same", async ({
  page,
  site,
}) => {
  await openPage(page, site, address("?text=sums&net=gru-1x32"));
  await learn(page, 30);
  const newest = samples(page).first();
  const slider = page.getByRole("slider", { name: "Temperature" });
  await slider.fill("0.2");
  await expect(newest).toContainText("temperature 0.200");
  await slider.fill("1.5");
  await expect(newest).toContainText("temperature 1.50");
  const among = page.getByRole("combobox", { name: "Chosen among" });
  await among.selectOption("-1");
  await expect(newest).toContainText("greedy");
  const written = newest.locator("pre");
  await expect.poll(async () => (await written.innerText()).length).toBeGreaterThan(350);
  const text = await written.innerText();
  await page.getByRole("button", { name: "Write another" }).click();
  await expect.poll(async () => (await written.innerText()).length).toBeGreaterThan(350);
  expect(await written.innerText()).toBe(text);

  await page.getByRole("textbox", { name: "Begins with" }).fill("12+");
  await page.getByRole("textbox", { name: "Begins with" }).press("Enter");
  await expect(written).toHaveText(/^12\+/);
  await page.getByRole("textbox", { name: "Begins with" }).fill("word");
  await page.getByRole("textbox", { name: "Begins with" }).press("Enter");
  await expect(page.locator(writer).getByRole("alert")).toContainText("'w'");
});

test("learning goes on while it writes", async ({ page, site }) => {
  await openPage(page, site, address("?text=dates&net=lstm-1x32"));
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect.poll(async () => (await figures(page)).step).toBeGreaterThan(5);
  const longest = await page.evaluate(async () => {
    const model = document.querySelector<LivegradTextSession>("livegrad-text-session")!.lesson.model!;
    const writing = await model.write({ characters: 20_000 });
    const from = model.step;
    let steps = 0;
    let last = performance.now();
    let longest = 0;
    const stop = model.on("tick", (tick) => {
      steps += tick.losses.length;
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    });
    await writing.done;
    stop();
    return { longest, steps, from };
  });
  expect(longest.steps).toBeGreaterThan(10);
  console.log(`longest time between two ticks while writing: ${longest.longest.toFixed(0)} ms`);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
});

test("a pasted text is learned from; texts without something to learn are refused", async ({
  page,
  site,
}) => {
  await openPage(page, site, address("?text=sums&net=rnn-1x32"));
  const { step } = await learn(page, 10);
  await page.getByRole("combobox", { name: "Text", exact: true }).selectOption("own");
  const box = page.getByRole("textbox", { name: /Paste a text/ });
  const alert = page.locator("livegrad-text").getByRole("alert");
  for (const [text, sentence] of [
    ["", /no characters|empty/i],
    ["zzzz", /z/],
    ["too short", /text/],
  ] as const) {
    await box.fill(text);
    await page.getByRole("button", { name: "Learn from this text" }).click();
    await expect(alert).toContainText(sentence);
    await alert.getByRole("button", { name: "Close" }).click();
    await expect(alert).toHaveCount(0);
  }
  expect((await figures(page)).step).toBe(step);
  expect(await source(page)).toBe("sums");

  await box.fill("the quick brown fox jumps over the lazy dog\n".repeat(80));
  await page.getByRole("button", { name: "Learn from this text" }).click();
  await expect(page.locator("livegrad-text")).toContainText("3,520 characters, 28 different ones; pasted");
  await learn(page, 20);
  expect(await source(page)).toBe("your text");
});

test("a dropped file is learned from; one that is no UTF-8 is refused with the place", async ({
  page,
  site,
}) => {
  await openPage(page, site, address("?text=sums&net=rnn-1x32"));
  await expect(page.getByRole("button", { name: "Save to a file" })).toBeVisible();
  const drop = (name: string, bytes: number[]) =>
    page.evaluate(
      ([name, bytes]) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([Uint8Array.from(bytes)], name));
        document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
      },
      [name, bytes] as const,
    );
  await drop("bad.txt", [...Buffer.from("some text "), 0xc3, 0x28]);
  const alert = page.locator("livegrad-text").getByRole("alert");
  await expect(alert).toContainText(/\b10\b/);
  await drop("verse.txt", [...Buffer.from("naïve café, déjà vu; ".repeat(200))]);
  await expect(page.locator("livegrad-text")).toContainText("4,200 characters");
  expect(await source(page)).toBe("verse.txt");
  await stepOnce(page);
});

test("another cell, more layers and another width", async ({ page, site }) => {
  await openPage(page, site, address("?text=counts&net=lstm-1x16"));
  const network = page.locator("livegrad-text-network");
  const before = (await figures(page)).parameters;
  await network.getByRole("group", { name: "Layers" }).getByText("3", { exact: true }).click();
  await expect.poll(async () => (await figures(page)).parameters).toBeGreaterThan(2 * before);
  await network.getByRole("group", { name: "Cell" }).getByText("GRU").click();
  await expect(page).toHaveURL(/net=gru-3x16/);
  await network.getByRole("group", { name: "Units a layer" }).getByText("32", { exact: true }).click();
  await expect(page).toHaveURL(/net=gru-3x32/);
  await learn(page, 5);
  // What one leaves is kept as it is.
  const { step } = await figures(page);
  await network.getByRole("group", { name: "Layers" }).getByText("1", { exact: true }).click();
  await expect.poll(async () => (await figures(page)).step).toBe(0);
  await network.getByRole("group", { name: "Layers" }).getByText("3", { exact: true }).click();
  await expect.poll(async () => (await figures(page)).step).toBe(step);
});

test("rate and batch act at once, and the clipping of gradients can be set", async ({ page, site }) => {
  await openPage(page, site, address("?text=sums&net=rnn-1x16"));
  const options = () =>
    page.evaluate(
      () => document.querySelector<LivegradTextSession>("livegrad-text-session")!.lesson.model!.options,
    );
  await openPanel(page, "More of the optimiser");
  for (const [name, value] of [
    [/Learning rate/, "0.02"],
    [/Batch size/, "64"],
    [/Clip the norm/, "0.5"],
    [/Clip each value/, "0.01"],
  ] as const) {
    const field = page.getByRole("spinbutton", { name });
    await field.fill(value);
    await field.press("Enter");
  }
  await expect.poll(async () => (await options()).batch).toBe(64);
  expect((await options()).optimizer).toMatchObject({ rate: 0.02, clip_norm: 0.5, clip_value: 0.01 });
  await learn(page, 20);
});

test("a saved file resumes exactly, in a fresh page too, with its text", async ({ page, site }) => {
  await openPage(page, site, address("?text=brackets&net=gru-1x16"));
  const saved = await learn(page, 10);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save to a file" }).click();
  expect((await download).suggestedFilename()).toBe(`livegrad-gru-1x16-step-${saved.step}.safetensors`);
  const buffer = readFileSync(await (await download).path());
  const next = [await stepOnce(page), await stepOnce(page)];

  await openPage(page, site, address("?text=sums&net=lstm-2x16"));
  const input = page.getByLabel("Checkpoint file");
  await input.setInputFiles({ name: "kept.safetensors", mimeType: "", buffer });
  await expect.poll(async () => (await figures(page)).step).toBe(saved.step);
  expect(await source(page)).toBe("brackets");
  expect([await stepOnce(page), await stepOnce(page)]).toEqual(next);

  await input.setInputFiles({ name: "bad.safetensors", mimeType: "", buffer: buffer.subarray(0, 300) });
  await expect(page.locator("livegrad-checkpoint").getByRole("alert")).toBeVisible();
  expect((await figures(page)).step).toBe(saved.step + 2);
});

test("what learned is offered after a reload, pasted text and all, and goes on exactly", async ({
  page,
  site,
}) => {
  await openPage(page, site, address("?text=sums&net=lstm-1x16"));
  await page.getByRole("combobox", { name: "Text", exact: true }).selectOption("own");
  await page
    .getByRole("textbox", { name: /Paste a text/ })
    .fill("she sells sea shells by the sea shore\n".repeat(90));
  await page.getByRole("button", { name: "Learn from this text" }).click();
  await expect.poll(() => source(page)).toBe("your text");
  const { step } = await learn(page, 15);
  const autosave = page.locator("livegrad-autosave");
  await expect(autosave).toContainText(`Kept in this browser up to step ${step}.`);
  const next = [await stepOnce(page), await stepOnce(page)];
  // The copy of the last step, not of the pause before it.
  await expect(autosave).toContainText(`Kept in this browser up to step ${step + 2}.`);
  await page.reload();
  await autosave.getByRole("button", { name: "Go on with it" }).click();
  await expect.poll(async () => (await figures(page)).step).toBe(step + 2);
  expect(await source(page)).toBe("your text");
  const resumed = await stepOnce(page);

  // The same without a break.
  await page.getByRole("button", { name: "Start over" }).click();
  await expect.poll(async () => (await figures(page)).step).toBe(0);
  await page.evaluate(
    (steps) =>
      document.querySelector<LivegradTextSession>("livegrad-text-session")!.lesson.model!.stepOnce(steps),
    step,
  );
  expect([await stepOnce(page), await stepOnce(page)]).toEqual(next);
  expect(await stepOnce(page)).toBe(resumed);
});

test("trained weights write at once, and learn on", async ({ page, site }) => {
  await openPage(page, site, address("?text=sums&net=rnn-1x16"));
  await page.getByRole("button", { name: "Start from trained weights" }).click();
  await expect(page.locator("livegrad-text-network")).toContainText("107,713 weights");
  expect((await figures(page)).step).toBe(11_760);
  const written = samples(page).first().locator("pre");
  await expect.poll(async () => (await written.innerText()).length).toBeGreaterThan(350);
  expect(await written.innerText()).toMatch(/\b(the|and|you|my|to)\b/);
  test.skip(!hasShakespeare, "tiny Shakespeare is not here");
  expect(await source(page)).toBe("tinyshakespeare");
  const loss = await stepOnce(page);
  expect(loss).toBeLessThan(1.6);
});

test("a checkpoint of pictures is refused", async ({ page, site }) => {
  await openPage(page, site, "?net=softmax&data=drawn");
  await stepOnce(page);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save to a file" }).click();
  const buffer = readFileSync(await (await download).path());
  await openPage(page, site, address("?text=sums&net=rnn-1x16"));
  await page
    .getByLabel("Checkpoint file")
    .setInputFiles({ name: "digits.safetensors", mimeType: "", buffer });
  await expect(page.locator("livegrad-checkpoint").getByRole("alert")).toContainText("MNIST");
  await stepOnce(page);
});

test("the reader colours the text by a unit, lists the telling ones, and says what is likely to follow", async ({
  page,
  site,
}) => {
  await openPage(page, site, address("?text=brackets&net=lstm-2x16"));
  await learn(page, 100);
  await page.getByRole("button", { name: "Write another" }).click();
  await openPanel(page, "What its units tell");
  const reader = page.locator("livegrad-reader");
  await expect(reader.locator(".text span").nth(100)).toBeVisible();
  await expect(reader.locator(".next li")).toHaveCount(5);
  const shares = (await reader.locator(".next span").allInnerTexts()).map(parseFloat);
  expect(shares).toEqual([...shares].sort((a, b) => b - a));
  expect(shares.reduce((sum, share) => sum + share)).toBeLessThanOrEqual(100.3);

  const classes = () =>
    reader.locator(".text span").evaluateAll((spans) => spans.map((span) => span.className).join());
  const before = await classes();
  const units = reader.locator(".units button");
  await expect(units).toHaveCount(8);
  await units.nth(3).click();
  await expect(units.nth(3)).toHaveAttribute("aria-pressed", "true");
  await expect.poll(classes).not.toBe(before);
  await reader.getByRole("combobox", { name: "Coloured by" }).selectOption("forget gate f");
  const byState = await classes();
  await reader.getByRole("combobox", { name: "Layer" }).selectOption({ label: "2" });
  await expect.poll(classes).not.toBe(byState);

  await reader.locator(".text").focus();
  await page.keyboard.press("ArrowRight");
  await expect(reader.locator("#here")).toContainText("character 2");
  await expect(reader.locator(".plot canvas")).toBeVisible();
});

test("the gradient through time is measured, and how often it was clipped", async ({ page, site }) => {
  await openPage(page, site, address("?text=sums&net=rnn-2x16"));
  await openPanel(page, "More of the optimiser");
  const clip = page.getByRole("spinbutton", { name: /Clip the norm/ });
  await clip.fill("0.01");
  await clip.press("Enter");
  await learn(page, 20);
  await openPanel(page, "How far back it learns");
  const panel = page.locator("livegrad-through-time");
  await expect(panel).toContainText(
    /20 steps back the gradient is .+ (smaller|larger) than at the last step/,
  );
  await expect(panel).toContainText(/scaled to the norm in 100.0/);
  await expect(panel.locator(".legend li")).toHaveCount(2);
});

for (const width of [360, 390, 1440]) {
  test(`nothing sticks out at ${width} pixels`, async ({ page, site }) => {
    await page.setViewportSize({ width, height: 900 });
    await openPage(page, site, address("?text=sentences"));
    await page.getByRole("combobox", { name: "Text", exact: true }).selectOption("own");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
  });
}

test("each page leads to the other", async ({ page, site }) => {
  await openPage(page, site);
  await page.getByRole("link", { name: "Characters" }).click();
  await expect(page.locator("livegrad-text")).toBeVisible();
  await page.getByRole("link", { name: "MNIST", exact: true }).click();
  await expect(page.locator("livegrad-pad")).toBeVisible();
});

test("the first view needs at most 300 KB of code", async ({ page, site }) => {
  await openPage(page, site, address());
  const code = [...site.asked].filter((name) => !/^data\/|\.safetensors$/.test(name));
  const bytes = gzipped(code);
  console.log(`first view: ${(bytes / 1024).toFixed(0)} KiB gzipped in ${code.length} files`);
  expect(bytes).toBeLessThanOrEqual(300_000);
});

test("from random weights to 2 nats on held-out Shakespeare; how long it took is printed", async ({
  page,
  site,
}) => {
  test.skip(!hasShakespeare, "tiny Shakespeare is not here");
  test.setTimeout(600_000);
  const start = performance.now();
  await page.goto(`${site.url}/course/${address()}`);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const reached = await page.evaluate(async () => {
    const { lesson } = document.querySelector<LivegradTextSession>("livegrad-text-session")!;
    return new Promise<number>((resolve) =>
      lesson.on("tick", () => {
        // Its first 10,000 characters, on the way, are a little easier than the whole.
        if (lesson.heldOut && lesson.heldOut.loss < 1.96) resolve(lesson.examplesSeen);
        else if (lesson.examplesSeen > 4_000_000) resolve(Infinity);
      }),
    );
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  expect(reached).toBeLessThan(3_000_000);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await expect(page.getByRole("button", { name: "Run", exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Score all held-out text" }).click();
  const measures = page.locator("livegrad-measures");
  await expect(measures).toContainText("mean over 111,540 characters", { timeout: 120_000 });
  const nats = Number(
    await measures
      .getByRole("row", { name: /held-out/ })
      .getByRole("cell")
      .first()
      .innerText(),
  );
  console.log(
    `held-out Shakespeare: ${nats} nats after ${reached} characters, ${seconds} s after the page was asked for`,
  );
  expect(nats).toBeLessThan(2);
});

test("Shakespeare is learned from where it lies beside the page", async ({ page, site }) => {
  test.skip(!hasShakespeare, "tiny Shakespeare is not here");
  await openPage(page, site, address());
  await expect(page.locator("livegrad-text")).toContainText("1,115,394 characters, 65 different ones");
  await stepOnce(page);
});
