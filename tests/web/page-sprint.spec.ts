import { expect, figures, hasMnist, openPage, test } from "./page-support";

test("the sprint learns real digits and stops by itself", async ({ page, site }) => {
  test.skip(!hasMnist, "It is made for MNIST.");
  test.setTimeout(1_800_000);
  await openPage(page, site);
  await page.getByRole("radio", { name: /Sprint/ }).check({ force: true });
  await expect.poll(() => new URL(page.url()).searchParams.get("net")).toBe("sprint");
  await expect(page.locator("livegrad-ladder")).toContainText("90,000 examples");
  await expect.poll(async () => (await figures(page)).parameters).toBe(14_378);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect.poll(async () => (await figures(page)).state, { timeout: 1_500_000 }).toBe("finished");
  expect((await figures(page)).step).toBe(938 + 469); // one pass and a half in batches of 64
  await expect(page.getByRole("button", { name: "Run", exact: true })).toBeVisible();

  // The network that has learned, as the page tests it.
  const evaluation = await page.evaluate(() =>
    document.querySelector("livegrad-session")!.lesson.model!.evaluate("test"),
  );
  expect(evaluation.examples).toBe(10_000);
  console.log(`sprint, seed 1: ${evaluation.error} % wrong`);
  expect(evaluation.error).toBeLessThan(1.2);
});
