import { expect, figures, learn, openPage, stepOnce, test } from "./page-support";

for (const isolated of [false, true]) {
  test.describe(isolated ? "with cross-origin isolation" : "without special headers", () => {
    test.use({ isolated });

    test("the page trains, pauses and resumes", async ({ page, site }) => {
      await openPage(page, site);
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(isolated);
      await expect(page.locator("livegrad-build")).toContainText("wasm");

      const first = await stepOnce(page);
      expect(first).toBeGreaterThan(1.5);
      const { step } = await learn(page, 400);
      const loss = await page.locator("livegrad-controls dd").first().innerText();
      expect(Number(loss)).toBeLessThan(1);
      await page.waitForTimeout(300);
      expect((await figures(page)).step).toBe(step);

      await learn(page, step + 100);
      const curve = page.locator("livegrad-curve[figure=accuracy]");
      await curve.scrollIntoViewIfNeeded();
      await expect(curve).toContainText(/training\s\d/);
      await page.locator("livegrad-answer").scrollIntoViewIfNeeded();
      await expect(page.locator("livegrad-answer")).toContainText("It says");
    });
  });
}

test("Run learns at once, also when pressed before the data are there", async ({ page, site }) => {
  await page.goto(`${site.url}/course/`);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect
    .poll(async () => (await figures(page).catch(() => ({ step: 0 }))).step, { timeout: 60_000 })
    .toBeGreaterThan(20);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
});

test("starting over begins anew from the seed, and can be taken back", async ({ page, site }) => {
  await openPage(page, site, "?seed=5");
  const first = await stepOnce(page);
  const { step } = await learn(page, 50);
  await page.getByRole("button", { name: "Start over" }).click();
  await expect.poll(async () => (await figures(page)).step).toBe(0);
  expect(await stepOnce(page)).toBe(first);
  await page.getByRole("button", { name: /Bring back/ }).click();
  await expect.poll(async () => (await figures(page)).step).toBe(step);
});

test("settings act at once and survive a pause", async ({ page, site }) => {
  await openPage(page, site);
  await page.getByRole("combobox", { name: /Optimiser/ }).selectOption("Nesterov");
  const rate = page.getByRole("spinbutton", { name: /Learning rate/ });
  await rate.fill("0.05");
  await rate.press("Enter");
  await page.getByRole("slider", { name: "Batch size" }).focus();
  await page.keyboard.press("ArrowRight");
  const options = () =>
    page.evaluate(() => document.querySelector("livegrad-session")!.lesson.model!.options);
  await expect.poll(async () => (await options()).batch).toBe(21);
  expect((await options()).optimizer).toMatchObject({ type: "nesterov", rate: 0.05 });
  await learn(page, 100);
  expect(Number(await page.locator("livegrad-controls dd").first().innerText())).toBeLessThan(2.3);
});

test("a bad setting is refused in one sentence, and learning goes on", async ({ page, site }) => {
  await openPage(page, site);
  const batch = page.getByRole("spinbutton", { name: /Batch size/ });
  await batch.fill("-3");
  await batch.press("Enter");
  await expect(page.locator("livegrad-controls").getByRole("alert")).toContainText(/Batch/);
  await expect(batch).toHaveValue("20");
  await learn(page, 20);
});

test("a rate that blows up stops with a reason, and the rate can be lowered", async ({ page, site }) => {
  await openPage(page, site);
  await page.getByRole("combobox", { name: /Optimiser/ }).selectOption("SGD");
  const rate = page.getByRole("spinbutton", { name: /Learning rate/ });
  await rate.fill("1000");
  await rate.press("Enter");
  // Each step then multiplies every weight by 1 - 1000 · 1 / 20.
  const decay = page.getByRole("spinbutton", { name: /L2 decay/ });
  await decay.fill("1");
  await decay.press("Enter");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.locator("livegrad-controls").getByRole("alert")).toContainText(
    /infinite|not a number|NaN/i,
  );
  await expect(page.getByRole("button", { name: "Run", exact: true })).toBeVisible();
});

test("the whole way by keyboard", async ({ page, site }) => {
  await openPage(page, site);
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "To the controls" })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "Run", exact: true })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await figures(page)).step).toBeGreaterThan(20);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Run", exact: true })).toBeFocused();
});
