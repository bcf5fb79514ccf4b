import { expect, learn, openPage, test } from "./page-support";

test.use({ viewport: { width: 1440, height: 2400 } });

test("each layer shows activations, gradients, weights and their gradients, with figures", async ({
  page,
  site,
}) => {
  await openPage(page, site);
  await learn(page, 50);
  const conv1 = page.locator("livegrad-layer[layer=conv1]");
  const picture = (name: RegExp) => conv1.getByRole("img", { name });
  await expect(picture(/^Activations of conv1: 8 pictures of 24 by 24, from/)).toBeVisible();
  await expect(conv1).toContainText("% at zero");
  await page.getByRole("radio", { name: "Gradients", exact: true }).check();
  await expect(picture(/^Gradients of conv1: 8 pictures of 24 by 24, from/)).toBeVisible();
  await page.getByRole("radio", { name: "Weights", exact: true }).check();
  await expect(picture(/^Weights of conv1: 8 pictures of 5 by 5, from/)).toBeVisible();
  await expect(conv1).toContainText("spread");
  const output = page.locator("livegrad-layer[layer=output]");
  await expect(output.getByRole("img", { name: /160 pictures of 4 by 4/ })).toBeVisible();
  await expect(page.locator("livegrad-layer[layer=pool1]")).toHaveCount(0);
  await expect(output.locator("rect")).toHaveCount(24);
  await page.getByRole("radio", { name: "Weight gradients", exact: true }).check();
  await expect(picture(/^Weight gradients of conv1: .*, from −/)).toBeVisible();
});

test("layers can share one scale of colours, and be enlarged by keyboard", async ({ page, site }) => {
  await openPage(page, site);
  const limit = (layer: string) =>
    page.locator(`livegrad-layer[layer=${layer}]`).first().getAttribute("limit");
  expect(await limit("conv1")).toBe("0");
  await page.getByLabel("Same scale for all").check();
  await expect.poll(async () => Number(await limit("conv1"))).toBeGreaterThan(0);
  await expect.poll(async () => (await limit("conv1")) === (await limit("output"))).toBe(true);

  const small = await page.locator("livegrad-layer[layer=conv2] canvas").boundingBox();
  const enlarge = page.getByRole("button", { name: "Enlarge conv2" });
  await enlarge.focus();
  await page.keyboard.press("Enter");
  const large = page.getByRole("dialog", { name: "conv2, enlarged" }).locator("canvas");
  await expect(large).toBeVisible();
  await expect.poll(async () => (await large.boundingBox())!.width).toBeGreaterThan(small!.width);

  // Behind the picture a table with its numbers.
  const numbers = page.getByRole("dialog").locator("livegrad-numbers");
  await numbers.locator("summary").press("Enter");
  const map = numbers.getByRole("spinbutton", { name: "Picture" });
  await map.fill("5");
  await map.press("Enter");
  const table = numbers.getByRole("region", { name: "Picture 5" });
  await expect(table.getByRole("row")).toHaveCount(1 + 12);
  const values = await page.evaluate(() =>
    document.querySelector("livegrad-session")!.lesson.view.model!.read("conv2.out"),
  );
  const shown = await table.getByRole("cell").allInnerTexts();
  const numbersShown = shown.filter(Boolean).map((text) => Number(text.replace("−", "-")));
  expect(numbersShown).toHaveLength(12 * 12);
  numbersShown.forEach((number, i) => expect(Math.abs(number - values[5 * 144 + i]!)).toBeLessThan(0.01));
  await map.fill("99");
  await map.press("Enter");
  await expect(map).toHaveValue("5");
  await page.keyboard.press("Escape");
  await expect(large).toHaveCount(0);
  await expect(enlarge).toBeFocused();
});
