import { expect, figures, learn, openPage, stepOnce, test } from "./page-support";

test("time travel by keyboard: back, look, and learning goes on exactly from there", async ({
  page,
  site,
}) => {
  await openPage(page, site, "?data=drawn");
  const losses: number[] = [];
  for (let step = 0; step < 5; step++) losses.push(await stepOnce(page));
  const looked = (): Promise<{ step: number; weight: number }> =>
    page.evaluate(async () => {
      const { model } = document.querySelector("livegrad-session")!.lesson.view;
      return { step: model!.step, weight: (await model!.read("output.weight"))[0]! };
    });
  const time = page.locator("livegrad-time");
  await time.scrollIntoViewIfNeeded();
  const slider = time.getByRole("slider", { name: /Time travel/ });
  await expect(slider).toHaveAttribute("max", "5");
  const now = await looked();
  expect(now.step).toBe(5);

  await slider.focus();
  await page.keyboard.press("Home");
  await expect(time).toContainText("Shown as it was at step 1 of 5");
  await expect.poll(async () => (await looked()).step).toBe(1);
  expect((await looked()).weight).not.toBe(now.weight);
  await page.keyboard.press("ArrowRight");
  await expect(time).toContainText("Shown as it was at step 2 of 5");
  expect((await figures(page)).step).toBe(5); // the network that learns is where it was

  await time.getByRole("button", { name: "Back to now" }).press("Enter");
  await expect(time).toContainText("What you see is now");
  expect(await looked()).toEqual(now);

  await slider.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await expect(time).toContainText("Shown as it was at step 2 of 5");
  await time.getByRole("button", { name: "Go on from here" }).press("Enter");
  await expect.poll(async () => (await figures(page)).step).toBe(2);
  for (const loss of losses.slice(2)) expect(await stepOnce(page)).toBe(loss);
});

test("snapshots are taken while it learns, thinned with age, and forgotten with a new start", async ({
  page,
  site,
}) => {
  await openPage(page, site, "?data=drawn");
  await learn(page, 300);
  const found = await page.evaluate(async () => {
    const { snapshots } = document.querySelector("livegrad-session")!.lesson;
    return { count: snapshots.all.length, last: snapshots.all.at(-1)!.step };
  });
  expect(found.count).toBeGreaterThan(0);
  expect(found.last).toBe((await figures(page)).step);

  // 60 checkpoints of 2 MB: not more than 64 MB stay, the first and the last among them, and more of the later half.
  const kept = await page.evaluate(async () => {
    const { snapshots } = document.querySelector("livegrad-session")!.lesson;
    let step = 0;
    const model = { get step() { return step; }, epoch: 0, save: () => Promise.resolve(new Uint8Array(2 ** 21)) }; // prettier-ignore
    for (step = 1; step <= 60; step++) await snapshots.take(model as never);
    const steps = snapshots.all.map((snapshot) => snapshot.step);
    return { bytes: snapshots.bytes, steps };
  });
  expect(kept.bytes).toBeLessThanOrEqual(64 * 2 ** 20);
  expect(kept.bytes).toBeGreaterThan(32 * 2 ** 20);
  expect(kept.steps[0]).toBe(1);
  expect(kept.steps.at(-1)).toBe(60);
  expect(kept.steps.filter((step) => step > 30).length).toBeGreaterThan(
    kept.steps.filter((step) => step <= 30).length,
  );

  await page.getByRole("button", { name: "Start over" }).click();
  await expect.poll(async () => (await figures(page)).step).toBe(0);
  const steps = await page.evaluate(() =>
    document.querySelector("livegrad-session")!.lesson.snapshots.all.map(({ step }) => step),
  );
  expect(steps.every((step) => step === 0)).toBe(true); // the new start itself, perhaps
});
