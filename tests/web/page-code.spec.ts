import { writeFileSync } from "node:fs";
import { expect, figures, learn, openPage, openPanel, test } from "./page-support";

test("the network as code, by keyboard: JSON, JavaScript, C++ and PyTorch, with the settings in force", async ({
  page,
  site,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await openPage(page, site, "?net=lenet5&data=drawn&rate=0.004");
  await openPanel(page, "The network as code");
  const code = page.locator("livegrad-code pre");
  await expect(code).toContainText('"rate": 0.004');
  await page.locator("livegrad-code").getByRole("radio", { name: "JSON", exact: true }).focus();
  for (const [name, ...parts] of [
    ["JavaScript", "await session.compile({", "rate: 0.004", 'connections: "lenet5"'],
    ["C++", "Spec::parse(kSpec)", '"rate": 0.004'],
    ["PyTorch", "self.C1 = nn.Conv2d(1, 6, 5, padding=2)", "[1, 1, 1, 0, 0, 0],", "lr=0.004"],
  ] as const) {
    await page.keyboard.press("ArrowRight");
    await expect(page.locator("livegrad-code").getByRole("radio", { name, exact: true })).toBeChecked();
    for (const part of parts) await expect(code).toContainText(part);
  }
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.locator("livegrad-code").getByRole("status")).toHaveText("Copied.");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(await code.innerText());
});

test("the JSON is the network again, with its settings", async ({ page, site }) => {
  await openPage(page, site, "?net=bag-of-tricks&data=drawn&batch=48&rotate=7&optimizer=nesterov");
  await openPanel(page, "The network as code");
  const code = page.locator("livegrad-code pre");
  await expect(code).toContainText('"nesterov"');
  const text = await code.innerText();
  const [before, after] = await page.evaluate(async (text) => {
    const { lesson } = document.querySelector("livegrad-session")!;
    const model = await lesson.session!.compile(text);
    const found = [lesson.model!.options, model.options];
    await model.close();
    return found;
  }, text);
  expect(after).toEqual(before);
});

/** Numbers that look random and are always the same. */
function numbers(count: number, scale: number, seed: number): Record<string, number> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [index, scale * Math.sin(seed * 12.9898 + index * 78.233)]),
  );
}

/** A network as ConvNetJS writes it, and what it computes, by ConvNetJS's own loops. */
function convNet() {
  const conv = {
    layer_type: "conv", sx: 5, sy: 5, stride: 1, pad: 2, in_depth: 1, out_depth: 3, out_sx: 24, out_sy: 24,
    l1_decay_mul: 0, l2_decay_mul: 1,
    filters: [1, 2, 3].map((seed) => ({ sx: 5, sy: 5, depth: 1, w: numbers(25, 0.3, seed) })),
    biases: { sx: 1, sy: 1, depth: 3, w: numbers(3, 0.1, 4) },
  }; // prettier-ignore
  const fc = {
    layer_type: "fc", out_depth: 10, out_sx: 1, out_sy: 1, num_inputs: 192, l1_decay_mul: 0, l2_decay_mul: 1,
    filters: Array.from({ length: 10 }, (_, unit) => ({ sx: 1, sy: 1, depth: 192, w: numbers(192, 0.2, unit + 5) })),
    biases: { sx: 1, sy: 1, depth: 10, w: numbers(10, 0.1, 20) },
  }; // prettier-ignore
  const net = {
    layers: [
      { layer_type: "input", out_depth: 1, out_sx: 24, out_sy: 24 },
      conv,
      { layer_type: "relu", out_depth: 3, out_sx: 24, out_sy: 24 },
      {
        layer_type: "pool",
        sx: 3,
        sy: 3,
        stride: 3,
        in_depth: 3,
        out_depth: 3,
        out_sx: 8,
        out_sy: 8,
        pad: 0,
      },
      { layer_type: "dropout", out_depth: 3, out_sx: 8, out_sy: 8, drop_prob: 0.25 },
      fc,
      { layer_type: "softmax", out_depth: 10, out_sx: 1, out_sy: 1, num_inputs: 10 },
    ],
  };
  const forward = (pixels: readonly number[]): number[] => {
    const at = (x: number, y: number): number =>
      x < 0 || y < 0 || x > 23 || y > 23 ? 0 : pixels[y * 24 + x]! / 255;
    const pooled: number[] = new Array<number>(192).fill(0);
    for (let d = 0; d < 3; d++)
      for (let y = 0; y < 24; y++)
        for (let x = 0; x < 24; x++) {
          let sum = conv.biases.w[d]!;
          for (let fy = 0; fy < 5; fy++)
            for (let fx = 0; fx < 5; fx++)
              sum += conv.filters[d]!.w[5 * fy + fx]! * at(x + fx - 2, y + fy - 2);
          const place = (8 * Math.floor(y / 3) + Math.floor(x / 3)) * 3 + d;
          pooled[place] = Math.max(pooled[place]!, sum);
        }
    const scores = fc.filters.map(({ w }, unit) =>
      pooled.reduce((sum, value, index) => sum + w[index]! * 0.25 * value, fc.biases.w[unit]!),
    );
    const most = Math.max(...scores);
    const all = scores.map((score) => Math.exp(score - most));
    const total = all.reduce((sum, value) => sum + value, 0);
    return all.map((value) => value / total);
  };
  return { net, forward };
}

test("a network that ConvNetJS saved opens, answers as it did there, and learns on", async ({
  page,
  site,
}, info) => {
  const { net, forward } = convNet();
  const pixels = Array.from({ length: 576 }, (_, index) => (index * 37 + index * index * 11) % 256);
  const file = info.outputPath("net.json");
  writeFileSync(file, JSON.stringify(net));
  await openPage(page, site, "?data=drawn");
  await page.getByLabel("Checkpoint file").setInputFiles(file);
  await expect(page.locator("livegrad-checkpoint").getByRole("status")).toContainText(
    "Network from ConvNetJS",
  );
  expect((await figures(page)).parameters).toBe(3 * 26 + 10 * 193);
  const answer = await page.evaluate(async (pixels) => {
    const { model } = document.querySelector("livegrad-session")!.lesson;
    const [prediction] = await model!.predict([{ pixels: Uint8Array.from(pixels), shape: [1, 24, 24] }]);
    return [...prediction!.probabilities!];
  }, pixels);
  forward(pixels).forEach((probability, digit) => expect(answer[digit]).toBeCloseTo(probability, 5));
  await learn(page, 10);
});

test("a damaged network of ConvNetJS is refused with a sentence", async ({ page, site }) => {
  await openPage(page, site, "?data=drawn");
  const { net } = convNet();
  const alert = page.locator("livegrad-checkpoint").getByRole("alert");
  for (const [text, said] of [
    ["{", /no JSON/],
    ['{"input": [1, 28, 28]}', /no network of ConvNetJS/],
    [JSON.stringify(net).replace('"0":', '"zero":'), /Weight 0 of conv1 is missing/],
    [JSON.stringify(net).replace('"relu"', '"quadtransform"'), /"quadtransform", which there is not here/],
  ] as const) {
    await page
      .getByLabel("Checkpoint file")
      .setInputFiles({ name: "net.json", mimeType: "application/json", buffer: Buffer.from(text) });
    await expect(alert).toContainText(said);
  }
  await learn(page, 10);
});
