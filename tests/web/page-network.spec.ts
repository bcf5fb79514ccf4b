import type { Page } from "@playwright/test";
import { changeNetwork, expect, figures, learn, openPage, test, writeNetwork } from "./page-support";

async function openEditor(page: Page): Promise<void> {
  await page.getByText("Change the network").click();
  await expect(page.getByLabel("Network as JSON")).toHaveValue(/"layers"/);
}

test("an edited network keeps the weights that fit and says which", async ({ page, site }) => {
  await openPage(page, site);
  const before = await learn(page, 50);
  expect(before.parameters).toBe(5994);
  await openEditor(page);
  await changeNetwork(page, (text) => text.replace('"conv": 16', '"conv": 12'));
  await page.keyboard.press("Control+Enter");
  const said = page.locator("livegrad-editor").getByRole("status");
  await expect(said).toContainText("Kept conv1 and output (bias). New: conv2 and output (weight).");
  const after = await figures(page);
  expect(after.parameters).toBe(208 + 12 * (8 * 25 + 1) + 10 * (12 * 16 + 1));
  expect(after.step).toBe(before.step);
  await expect(page.locator("livegrad-layer[layer=conv2]")).toContainText("12 × 12 × 12");
  await learn(page, after.step + 20);
});

test("settings chosen by hand survive a change of layers", async ({ page, site }) => {
  await openPage(page, site);
  await page.getByRole("combobox", { name: /Optimiser/ }).selectOption("Adam");
  const rate = page.getByRole("spinbutton", { name: /Learning rate/ });
  await rate.fill("0.003");
  await rate.press("Enter");
  await openEditor(page);
  await changeNetwork(page, (text) => text.replace('"conv": 16', '"conv": 4'));
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page.locator("livegrad-editor").getByRole("status")).toContainText("Kept");
  const { optimizer } = await page.evaluate(
    () => document.querySelector("livegrad-session")!.lesson.model!.options,
  );
  expect(optimizer).toMatchObject({ type: "adam", rate: 0.003 });
});

test("Apply stays where it is, whatever a check makes of the form", async ({ page, site }) => {
  await openPage(page, site);
  await openEditor(page);
  const editor = page.locator("livegrad-editor");
  const height = (): Promise<number> => editor.evaluate((element) => element.getBoundingClientRect().height);
  const place = (): Promise<number> =>
    editor.evaluate((element) => {
      const apply = element.shadowRoot!.querySelector("button")!;
      return apply.getBoundingClientRect().top - element.getBoundingClientRect().top;
    });
  await expect(editor.locator(".facts").first()).toContainText("5,994 weights");
  const before = { place: await place(), height: await height() };

  await changeNetwork(page, (text) => text.replace('"kernel": 5', '"kernel": 99'));
  await expect(editor.getByText(/kernel 99 exceeds/).first()).toBeVisible();
  expect(await height()).not.toBe(before.height);
  expect(await place()).toBe(before.place);

  await writeNetwork(page, '{"input": [1, 28, 28], "layers": [{"loss": "softmax"}]}');
  await expect(editor.getByText(/kernel 99 exceeds/)).toHaveCount(0);
  expect(await height()).not.toBe(before.height);
  expect(await place()).toBe(before.place);
});

test("a bad network is refused with a readable message at its place, and nothing is lost", async ({
  page,
  site,
}) => {
  await openPage(page, site);
  const before = await learn(page, 50);
  await openEditor(page);

  await changeNetwork(page, (text) => text.replace('"kernel": 5', '"kernel": 99'));
  await page.getByRole("button", { name: "Apply" }).click();
  const alert = page.locator("livegrad-editor").getByRole("alert");
  await expect(alert).toContainText(/kernel 99 exceeds/);
  await expect(alert).toContainText(/Line \d+/);
  await expect(page.locator("livegrad-editor .wrong-places mark")).toContainText("99");

  await changeNetwork(page, (text) => text.replace('"conv": 8,', '"conv": 8'));
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page.locator("livegrad-editor").getByRole("alert")).toContainText(/JSON|comma|expected/i);

  await changeNetwork(page, (text) => text.replace('"conv": 8', '"convolve": 8'));
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page.locator("livegrad-editor").getByRole("alert")).toContainText("convolve");

  expect(await figures(page)).toMatchObject({ step: before.step, parameters: 5994 });
  await page.getByRole("button", { name: "Revert" }).click();
  await expect(page.locator("livegrad-editor")).toContainText("5,994 weights");
  await learn(page, before.step + 20);
});

test("in the text Enter indents, Tab goes on, and undo brings back what Revert took", async ({
  page,
  site,
}) => {
  await openPage(page, site);
  await openEditor(page);
  const text = page.getByLabel("Network as JSON");
  const original = await text.inputValue();
  await text.focus();
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  const typed = original.replace("{\n", "{\n  \n");
  await expect(text).toHaveValue(typed);
  await page.keyboard.press("Tab");
  await expect(page.locator("summary", { hasText: "The network as code" })).toBeFocused();
  await page.getByRole("button", { name: "Revert" }).press("Enter");
  await expect(text).toHaveValue(original);
  await text.focus();
  await page.keyboard.press("Control+z");
  await expect(text).toHaveValue(typed);
  await page.keyboard.press("Control+Shift+z");
  await expect(text).toHaveValue(original);
});

test("the ladder: each network learns; one that is left waits as it was", async ({ page, site }) => {
  await openPage(page, site);
  const { step } = await learn(page, 30);
  for (const [name, weights] of [
    ["Softmax", 7850],
    ["Perceptron", 784 * 200 + 200 + 200 * 100 + 100 + 100 * 60 + 60 + 60 * 30 + 30 + 30 * 10 + 10],
    ["Strided CNN", 0],
    ["LeNet-5", 0],
  ] as const) {
    await page.getByRole("radio", { name: new RegExp(name) }).check({ force: true });
    await expect.poll(async () => (await figures(page)).step).toBe(0);
    if (weights) expect((await figures(page)).parameters).toBe(weights);
    await learn(page, 20);
  }
  expect(new URL(page.url()).searchParams.get("net")).toBe("lenet5");
  await page.getByRole("radio", { name: /ConvNetJS/ }).check({ force: true });
  await expect.poll(async () => (await figures(page)).step).toBe(step);
});

test("the address says which network, data and seed", async ({ page, site }) => {
  await openPage(page, site, "?net=softmax&data=drawn&seed=7&exact=1");
  await expect(page.getByRole("radio", { name: /Softmax/ })).toBeChecked();
  await expect(page.getByLabel("Data", { exact: true })).toHaveValue("drawn");
  await expect(page.locator("livegrad-data")).toContainText("drawn by the program");
  await expect(page.getByRole("spinbutton", { name: /Seed/ })).toHaveValue("7");
  await expect(page.locator("livegrad-build")).toContainText("portable");
});
