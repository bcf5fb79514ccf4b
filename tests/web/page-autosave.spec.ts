import { expect, figures, learn, openPage, stepOnce, test } from "./page-support";

const offer = "Kept from before";

test("what learned is offered after a reload, and goes on exactly", async ({ page, site }) => {
  await openPage(page, site, "?data=drawn&net=cnn");
  const { step } = await learn(page, 30);
  const autosave = page.locator("livegrad-autosave");
  await expect(autosave).toContainText(`Kept in this browser up to step ${step}.`);
  await page.reload();
  await expect(autosave.getByRole("status")).toContainText("Kept from before: ");
  await expect(autosave.getByRole("status")).toContainText(`at step ${step}.`);
  await autosave.getByRole("button", { name: "Go on with it" }).click();
  await expect.poll(async () => (await figures(page)).step).toBe(step);
  const resumed = [await stepOnce(page), await stepOnce(page)];

  // The same network without a break.
  await page.getByRole("button", { name: "Start over" }).click();
  await expect.poll(async () => (await figures(page)).step).toBe(0);
  await page.evaluate(
    (steps) => document.querySelector("livegrad-session")!.lesson.model!.stepOnce(steps),
    step,
  );
  expect([await stepOnce(page), await stepOnce(page)]).toEqual(resumed);
});

test("a copy on offer is not lost to a network that has learned less, and can be forgotten", async ({
  page,
  site,
}) => {
  await openPage(page, site, "?data=drawn&net=cnn");
  await learn(page, 60);
  const autosave = page.locator("livegrad-autosave");
  await expect(autosave).toContainText("Kept in this browser");
  await openPage(page, site, "?data=drawn");
  await expect(autosave).toContainText(offer);
  await stepOnce(page);
  await openPage(page, site, "?data=drawn");
  await expect(autosave).toContainText(offer);
  await autosave.getByRole("button", { name: "Forget it" }).click();
  await expect(autosave).not.toContainText(offer);
  await openPage(page, site, "?data=drawn");
  await expect(autosave).not.toContainText(offer);
});
