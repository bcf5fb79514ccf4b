import type { Page } from "@playwright/test";
import { expect, learn, openPage, test } from "./page-support";

test.use({ viewport: { width: 1440, height: 2400 } });

const number = (text: string): number => Number(text.trim().replace("×", "").replace("−", "-"));

/** What a side says, once it says it of this value. */
async function account(page: Page, side: "forward" | "backward") {
  const section = page.locator(`livegrad-arithmetic .${side}`);
  const last = async (rows: string): Promise<number[]> =>
    (await section.locator(`${rows} td:last-child`).allInnerTexts()).map(number);
  return {
    says: number(/(\S+)\s*$/.exec(await section.locator("h4").innerText())![1]!),
    terms: await last(".term"),
    total: (await last(".total"))[0]!,
    then: await last(".then"),
  };
}

/** The terms written out add up to the total, and that or what becomes of it is what the network has. */
async function expectToAddUp(page: Page, side: "forward" | "backward"): Promise<void> {
  await expect(page.locator(`livegrad-arithmetic .${side} .total`)).toBeVisible();
  const { says, terms, total, then } = await account(page, side);
  const size = terms.reduce((sum, term) => sum + Math.abs(term), Math.abs(says));
  expect(Math.abs(terms.reduce((sum, term) => sum + term, 0) - total)).toBeLessThanOrEqual(1e-3 * size);
  const result = side === "forward" ? (then.at(-1) ?? total) : total;
  expect(Math.abs(result - says)).toBeLessThanOrEqual(1e-3 * size + 1e-9);
}

test("pointing at a value shows the sum that it is, forward and backward", async ({ page, site }) => {
  await openPage(page, site);
  await learn(page, 50);
  const conv1 = page.locator("livegrad-layer[layer=conv1]").first();
  await expect(
    conv1.getByRole("img", { name: /^Activations of conv1: 8 pictures of 24 by 24, from/ }),
  ).toBeVisible();
  const canvas = conv1.locator("canvas");
  const { width, height } = (await canvas.boundingBox())!;
  await canvas.hover({ position: { x: width / 3, y: height / 3 } });
  await expect(conv1.locator(".mark")).toBeVisible();
  await canvas.click({ position: { x: width / 3, y: height / 3 } });
  const panel = page.locator("livegrad-arithmetic");
  await expect(panel.getByRole("heading", { name: "One value of conv1" })).toBeVisible();
  await expect(panel.locator(".forward")).toContainText("relu(sum)");
  await expectToAddUp(page, "forward");
  await expectToAddUp(page, "backward");
});

test("by keyboard, every kind of layer is taken apart", async ({ page, site }) => {
  await openPage(page, site);
  await learn(page, 50);
  const panel = page.locator("livegrad-arithmetic");
  const terms = {
    input: "1 term",
    conv1: "25 terms",
    pool1: "4 terms",
    conv2: /\d+ terms/,
    pool2: "9 terms",
    output: "256 terms",
    loss1: "10 terms",
  };
  for (const [layer, forward] of Object.entries(terms)) {
    const button = page.getByRole("button", { name: `Arithmetic of ${layer}`, exact: true });
    await button.press("Enter");
    await expect(panel.getByRole("heading", { name: `One value of ${layer}` })).toBeVisible();
    await expect(panel.locator(".forward")).toContainText(forward);
    await expectToAddUp(page, "forward");
    if (layer === "loss1") await expect(panel.locator(".backward")).toContainText("probability − target");
    else await expectToAddUp(page, "backward");
    await panel.getByRole("button", { name: `Close the arithmetic of ${layer}` }).press("Enter");
    await expect(panel).toHaveCount(0);
    await expect(button).toBeFocused();
  }
});

test("another value is chosen by its numbers", async ({ page, site }) => {
  await openPage(page, site);
  await page.getByRole("button", { name: "Arithmetic of conv1" }).press("Enter");
  const panel = page.locator("livegrad-arithmetic");
  await expect(panel.locator(".forward .total")).toBeVisible();
  for (const [name, value] of [
    ["Channel", "2"],
    ["Row", "0"],
    ["Column", "0"],
  ] as const) {
    await panel.getByLabel(name).fill(value);
    await panel.getByLabel(name).press("Enter");
    await expect(panel.getByLabel(name)).toHaveValue(value);
  }
  // At the corner, 9 of the 25 places of the window lie in the picture.
  await expect(panel.locator(".forward")).toContainText("9 terms");
  await expectToAddUp(page, "forward");
  await panel.getByLabel("Row").fill("99");
  await panel.getByLabel("Row").press("Enter");
  await expect(panel.getByLabel("Row")).toHaveValue("0");
});

const ladder = {
  "bag-of-tricks": ["norm1", "drop4", "norm4"],
  lenet5: ["S2", "C3", "F6"],
};
for (const [net, layers] of Object.entries(ladder)) {
  test(`normalisation, dropout and connection tables are taken apart: ${net}`, async ({ page, site }) => {
    await openPage(page, site, `?net=${net}&data=drawn`);
    await page.getByRole("radio", { name: "Learning network" }).check();
    const panel = page.locator("livegrad-arithmetic");
    for (const layer of layers) {
      await page.getByRole("button", { name: `Arithmetic of ${layer}`, exact: true }).press("Enter");
      await expect(panel.getByRole("heading", { name: `One value of ${layer}` })).toBeVisible();
      await expectToAddUp(page, "forward");
      await expectToAddUp(page, "backward");
    }
  });
}

test("a layer that is not taken apart says so in a sentence", async ({ page, site }) => {
  await openPage(page, site, "?data=drawn");
  await page.getByRole("radio", { name: "Learning network" }).check();
  await page.evaluate(() =>
    document.querySelector("livegrad-session")!.lesson.applyNetwork(
      JSON.stringify({
        input: [1, 28, 28],
        layers: [
          { conv: 4, kernel: 5, act: "relu", name: "conv1" },
          { local_contrast_norm: 3, name: "contrast" },
          { dense: 10 },
          { loss: "softmax" },
        ],
      }),
    ),
  );
  const panel = page.locator("livegrad-arithmetic");
  await page.getByRole("button", { name: "Arithmetic of contrast", exact: true }).press("Enter");
  await expect(panel.locator(".forward")).toContainText(
    "A layer of kind local_contrast_norm is not taken apart here",
  );
  await page.getByRole("button", { name: "Arithmetic of conv1", exact: true }).press("Enter");
  await expect(panel.locator(".backward")).toContainText("The gradient comes through contrast");
  await expectToAddUp(page, "forward");
});
