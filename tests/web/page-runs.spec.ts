import { expect, figures, learn, openPage, test } from "./page-support";

test("runs are kept, overlaid and compared, by keyboard; the race is fair when the samples are the same", async ({
  page,
  site,
}) => {
  await openPage(page, site, "?data=drawn");
  await learn(page, 60);
  // Starting over keeps what was learned to compare with.
  await page.getByRole("button", { name: "Start over" }).press("Enter");
  const runs = page.locator("livegrad-runs");
  const list = runs.getByRole("list", { name: "Kept runs" }).getByRole("listitem");
  await expect(list).toHaveCount(1);
  await expect(list.first()).toContainText("Adadelta, rate 1, batch 20, seed 1");
  await expect(list.first()).toContainText("the same images in the same order as now");
  await expect(list.first()).toContainText(/[\d,]+ images, loss [\d.]+, accuracy [\d.]+/);

  await page.getByRole("combobox", { name: /Optimiser/ }).selectOption("Adam");
  await learn(page, 40);
  const curve = page.locator("livegrad-curve[figure=loss]");
  await curve.scrollIntoViewIfNeeded();
  await curve.locator("summary").press("Enter");
  const table = curve.getByRole("table");
  await expect(table.getByRole("columnheader")).toHaveText([
    "Images seen",
    "Training",
    "Validation",
    "ConvNetJS MNIST",
  ]);
  // Both have a loss at the same number of images, as far as the shorter run went.
  const both = table
    .getByRole("row")
    .filter({ has: page.locator("td:first-of-type", { hasText: /\d/ }) })
    .filter({ has: page.locator("td:last-of-type", { hasText: /\d/ }) });
  await expect(both.first()).toBeVisible();

  await runs.getByRole("button", { name: "Keep this run" }).press("Enter");
  await expect(list).toHaveCount(2);
  await expect(list.nth(1)).toContainText("Adam");

  // Another seed is another order.
  await page.getByRole("button", { name: "New seed" }).press("Enter");
  await expect.poll(async () => (await figures(page)).step).toBe(0);
  await expect(list.first()).not.toContainText("same order");
  await runs
    .getByRole("button", { name: /Forget run/ })
    .first()
    .press("Enter");
  await expect(list).toHaveCount(2); // Adam's twice: kept by hand, and when it started over
  await runs.getByLabel("Keep each one that starts over").press("Space");
  await learn(page, 10);
  await page.getByRole("button", { name: "Start over" }).press("Enter");
  await expect.poll(async () => (await figures(page)).step).toBe(0);
  await expect(list).toHaveCount(2);
});
