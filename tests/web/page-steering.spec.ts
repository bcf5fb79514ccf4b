import type { Page } from "@playwright/test";
import { expect, figures, learn, openPage, stepOnce, test } from "./page-support";

const options = (page: Page) =>
  page.evaluate(() => document.querySelector("livegrad-session")!.lesson.model!.options);

test("by keyboard alone, while it learns: optimiser, L2, dropout, augmentation, without a restart", async ({
  page,
  site,
}) => {
  await openPage(page, site, "?data=drawn");
  await page.getByRole("button", { name: "Run", exact: true }).press("Enter");
  await expect.poll(async () => (await figures(page)).step).toBeGreaterThan(20);

  await page.getByRole("combobox", { name: /Optimiser/ }).focus();
  await page.keyboard.type("Adam");
  await expect.poll(async () => (await options(page)).optimizer.type).toBe("adam");
  for (const [name, text] of [
    [/Learning rate/, "0.002"],
    [/L2 decay/, "0.0005"],
    [/Dropout/, "0.3"],
  ] as const) {
    await page.getByRole("spinbutton", { name }).focus();
    await page.keyboard.press("Control+a");
    await page.keyboard.type(text);
    await page.keyboard.press("Enter");
  }
  await page.getByText("Augmentation", { exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("slider", { name: "Turn" }).focus();
  for (let degree = 0; degree < 5; degree++) await page.keyboard.press("ArrowRight");
  await page.getByRole("slider", { name: "Shift" }).focus();
  await page.keyboard.press("ArrowRight");
  await page.getByLabel("Mirror half of the images").press("Space");

  await expect
    .poll(async () => (await options(page)).augmentation)
    .toMatchObject({ shift: 1, rotate: 5, flip: true });
  expect((await options(page)).optimizer).toMatchObject({ type: "adam", rate: 0.002, l2: 0.0005 });
  const drops = await page.evaluate(
    () =>
      document
        .querySelector("livegrad-session")!
        .lesson.model!.spec.layers.filter((layer) => "dropout" in layer).length,
  );
  expect(drops).toBeGreaterThan(0);
  await expect(page.getByRole("spinbutton", { name: /Dropout/ })).toHaveValue("0.3");

  // It learned all the while, and still does.
  const { step, state, parameters } = await figures(page);
  expect(state).toBe("running");
  expect(parameters).toBe(5994);
  await expect.poll(async () => (await figures(page)).step).toBeGreaterThan(step);
  await page.getByRole("button", { name: "Pause", exact: true }).click();

  // And back: nothing drops any more, and the network is the ladder's own.
  await page.getByRole("spinbutton", { name: /Dropout/ }).fill("0");
  await page.getByRole("spinbutton", { name: /Dropout/ }).press("Enter");
  await expect
    .poll(() => page.evaluate(() => document.querySelector("livegrad-session")!.lesson.dropout))
    .toBe(0);
  await expect(page.getByRole("radio", { name: /ConvNetJS/ })).toBeChecked();
});

test("learning stops at a number of images, exactly, and goes on when asked", async ({ page, site }) => {
  await openPage(page, site, "?data=drawn");
  const images = page.getByRole("spinbutton", { name: "Images", exact: true });
  await images.fill("1000");
  await images.press("Enter");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.locator("livegrad-controls .goal")).toContainText(
    /Stopped after [\d.]+ s and 1,000 images/,
  );
  expect(await figures(page)).toMatchObject({ step: 50, state: "paused" });
  await learn(page, 60); // the limit lies behind
});

test("learning stops at a time", async ({ page, site }) => {
  await openPage(page, site, "?data=drawn");
  await page.getByRole("spinbutton", { name: "Time, s" }).fill("2");
  await page.getByRole("spinbutton", { name: "Time, s" }).press("Enter");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.locator("livegrad-controls .goal")).toContainText(/Stopped after 2\.\d s/);
  expect((await figures(page)).state).toBe("paused");
});

test("learning stops at an accuracy, and says that the goal is reached", async ({ page, site }) => {
  await openPage(page, site, "?data=drawn");
  await page.getByRole("spinbutton", { name: "Accuracy, %" }).fill("50");
  await page.getByRole("spinbutton", { name: "Accuracy, %" }).press("Enter");
  await expect(page.locator("livegrad-controls .goal")).toContainText("Goal: 50\u00a0% right");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.locator("livegrad-controls .goal")).toContainText(/Reached [5-9]\d\.\d/, {
    timeout: 120_000,
  });
  expect((await figures(page)).state).toBe("paused");
});

test("a new seed starts over with other weights", async ({ page, site }) => {
  await openPage(page, site, "?data=drawn");
  const first = await stepOnce(page);
  await page.getByRole("button", { name: "New seed" }).press("Enter");
  await expect.poll(async () => (await figures(page)).step).toBe(0);
  await expect(page.getByRole("spinbutton", { name: /Seed/ })).not.toHaveValue("1");
  expect(await stepOnce(page)).not.toBe(first);
});
