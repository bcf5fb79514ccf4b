import { expect, figures, learn, openPage, openPanel, overwrite, test } from "./page-support";

const title = "How healthy is it?";

test("each layer says how its numbers lie, how far a step moves it, and what of it is dead or saturated", async ({
  page,
  site,
}) => {
  await openPage(page, site, "?net=lenet5&data=drawn");
  await page.getByRole("radio", { name: "Learning network" }).check();
  await openPanel(page, title);
  const health = page.locator("livegrad-health");
  const cell = (layer: string, column: string) =>
    health
      .getByRole("row", { name: new RegExp(`^${layer} `) })
      .getByRole("cell")
      .nth(["Verdict", "Update / weights", "Dead", "Saturated", "Activations", "Weights"].indexOf(column));
  await expect(cell("C1", "Update / weights")).toHaveText("–");
  await page.getByRole("button", { name: "Run", exact: true }).press("Enter");
  // Around a thousandth.
  for (const layer of ["C1", "C3", "output"])
    await expect(cell(layer, "Update / weights")).toContainText(/[\d.]+\s%/);
  await page.getByRole("button", { name: "Pause", exact: true }).press("Enter");
  const moved = parseFloat(await cell("C3", "Update / weights").innerText());
  expect(moved).toBeGreaterThan(0.001);
  expect(moved).toBeLessThan(10);
  await expect(cell("C1", "Saturated")).toContainText(/\d+\s%/);
  await expect(cell("C1", "Dead")).toHaveText("–");
  await expect(cell("C1", "Activations")).toContainText(/−[\d.]+ … [\d.]+\s*spread [\d.]+/);
  await expect(cell("C1", "Weights")).toContainText(/−[\d.]+ … [\d.]+\s*spread [\d.]+/);
  await expect(cell("C1", "Verdict")).toHaveText("fine");

  await openPage(page, site, "?net=cnn&data=drawn");
  await page.getByRole("radio", { name: "Learning network" }).check();
  await openPanel(page, title);
  await expect(cell("conv1", "Dead")).toContainText(/\d of 4 channels/);
  await expect(cell("hidden", "Dead")).toContainText(/\d+ of 200 units/);
  await expect(cell("conv1", "Saturated")).toHaveText("–");
});

test("the dead units counted are those that give zero for each of the images", async ({ page, site }) => {
  await openPage(page, site, "?net=mlp&data=drawn");
  await page.getByRole("radio", { name: "Learning network" }).check();
  await openPanel(page, title);
  // A bias so low that nothing makes up for it kills a unit.
  await overwrite(page, "hidden2.bias", 57, -1000);
  const killed = await page.evaluate(async () => {
    const { model } = document.querySelector("livegrad-session")!.lesson;
    const examples = Array.from({ length: 100 }, (_, index) => ({ split: "test" as const, index }));
    const [values] = await model!.readAll([{ tensor: "hidden2.out" }], examples);
    return Array.from({ length: 100 }, (_, unit) =>
      examples.every((_, i) => values![100 * i + unit] === 0),
    ).filter(Boolean).length;
  });
  expect(killed).toBeGreaterThanOrEqual(57);
  const row = page.locator("livegrad-health").getByRole("row", { name: /^hidden2 / });
  await expect(row).toContainText(`${killed} of 100 units`);
  await expect(row).toContainText("many are dead");
});

test("the first layer to go NaN is named, and learning goes on from before, by keyboard", async ({
  page,
  site,
}) => {
  await openPage(page, site, "?net=mlp&data=drawn");
  const { step } = await learn(page, 30);
  await expect
    .poll(() => page.evaluate(() => document.querySelector("livegrad-session")!.lesson.snapshots.all.length))
    .toBeGreaterThan(0);
  await page.getByRole("combobox", { name: /Optimiser/ }).selectOption("sgd");
  const rate = page.getByRole("spinbutton", { name: /Learning rate/ });
  await rate.fill("100");
  await rate.press("Enter");
  await page.getByRole("button", { name: "Run", exact: true }).press("Enter");
  await expect.poll(async () => (await figures(page)).state, { timeout: 90_000 }).toBe("nonfinite");
  const broken = await page.evaluate(
    () => document.querySelector("livegrad-session")!.lesson.tick!.firstNonfinite,
  );

  // What says that it broke leads to the panel, which opens.
  await page.getByRole("link", { name: "Which layer, and the way back" }).press("Enter");
  const health = page.locator("livegrad-health");
  const alert = health.getByRole("alert");
  await expect(alert).toContainText(`(${broken})`);
  const layer = await alert.locator("b").innerText();
  await expect(health.getByRole("row", { name: new RegExp(`^${layer} `) })).toContainText("first to go NaN");

  await health.getByRole("button", { name: "Go back there, with a lower rate" }).press("Enter");
  await expect(health.getByRole("status")).toContainText(/^\s*Back at step/);
  const back = await figures(page);
  expect(back.state).toBe("paused");
  expect(back.step).toBeLessThanOrEqual(step);
  await expect(alert).toHaveCount(0);
  await page.getByRole("button", { name: "Run", exact: true }).press("Enter");
  await expect.poll(async () => (await figures(page)).step).toBeGreaterThan(back.step + 20);
  expect((await figures(page)).state).toBe("running");
  await page.getByRole("button", { name: "Pause", exact: true }).press("Enter");
});

test("a network that goes NaN at once can start over with a lower rate", async ({ page, site }) => {
  await openPage(page, site, "?net=mlp&data=drawn&optimizer=sgd&rate=1000");
  await page.getByRole("button", { name: "Run", exact: true }).press("Enter");
  await expect.poll(async () => (await figures(page)).state, { timeout: 90_000 }).toBe("nonfinite");
  await page.getByRole("link", { name: "Which layer, and the way back" }).press("Enter");
  const health = page.locator("livegrad-health");
  await expect(health.getByRole("alert")).toContainText("Nothing older that was well is kept.");
  await health.getByRole("button", { name: "Start over, with a lower rate" }).press("Enter");
  await expect(health.getByRole("status")).toHaveText(
    /^\s*Started over at step 0, with a learning rate of 100\.\s*$/,
  );
  expect(await figures(page)).toMatchObject({ step: 0, state: "paused" });
});
