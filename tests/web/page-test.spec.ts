import { expect, figures, hasMnist, learn, openPage, test } from "./page-support";

const images = hasMnist ? "10,000" : "2,000";

test("the full test counts every image and gives an interval", async ({ page, site }) => {
  await openPage(page, site);
  const { step } = await learn(page, 300);
  await page.getByRole("button", { name: `Test on all ${images} images` }).click();
  const result = page.locator("livegrad-test").getByRole("status");
  await expect(result).toContainText(new RegExp(`of ${images} images`), { timeout: 150_000 });
  const [, error] = /([\d.]+)\s%\swrong/.exec(await result.innerText())!;
  expect(Number(error)).toBeLessThan(60);
  const [, low, high] = /between\s([\d.]+)\s%\sand\s([\d.]+)\s%/.exec(await result.innerText())!;
  expect(Number(low)).toBeLessThan(Number(error));
  expect(Number(high)).toBeGreaterThan(Number(error));
  expect((await figures(page)).step).toBe(step);
});

test("a test can be stopped, and learning then goes on", async ({ page, site }) => {
  await openPage(page, site);
  await page.getByRole("button", { name: /Test on all/ }).click();
  await page.getByRole("button", { name: "Stop the test" }).click();
  await expect(page.getByRole("button", { name: /Test on all/ })).toBeVisible();
  await learn(page, 20);
});

test("predictions show right and wrong in words, and a chosen image shows its layers", async ({
  page,
  site,
}) => {
  await openPage(page, site);
  await learn(page, 300);
  const predictions = page.locator("livegrad-predictions");
  await predictions.scrollIntoViewIfNeeded();
  await expect(predictions).toContainText(/\d+ of these 16 right/);
  await predictions.getByRole("button", { name: /Test image 3,/ }).click();
  await expect(page.locator("livegrad-layers").getByRole("spinbutton", { name: "Test image" })).toHaveValue(
    "3",
  );
  await expect(predictions.getByRole("button", { name: /Test image 3,/ })).toHaveAttribute(
    "aria-pressed",
    "true",
  );
});
