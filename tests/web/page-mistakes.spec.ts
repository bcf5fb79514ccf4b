import { expect, figures, hasMnist, openPage, test } from "./page-support";

test("mistakes are counted in a matrix whose cells open their images", async ({ page, site }) => {
  test.skip(!hasMnist, "the trained network makes few mistakes in drawn digits");
  await openPage(page, site);
  const mistakes = page.locator("livegrad-mistakes");
  await mistakes.getByRole("button", { name: "Find its mistakes" }).click();
  const status = mistakes.getByRole("status");
  await expect(status).toContainText("in 10,000 images", { timeout: 120_000 });
  const wrong = Number(/^(\d+) mistakes/.exec(await status.innerText())![1]);
  expect(wrong).toBeGreaterThan(50);
  expect(wrong).toBeLessThan(200);

  const cells = mistakes.getByRole("button", { name: /^\d+ images? of \d taken for \d$/ });
  const counts = await cells.allInnerTexts();
  expect(counts.reduce((sum, count) => sum + Number(count), 0)).toBe(wrong);

  const pictures = mistakes.getByRole("button", { name: /^Test image/ });
  await expect(pictures).toHaveCount(36);
  await cells.first().click();
  await expect(pictures).toHaveCount(Math.min(36, Number(counts[0])));
  const [, label, best] = /of (\d) taken for (\d)/.exec((await cells.first().getAttribute("aria-label"))!)!;
  for (const name of await pictures.locator(".unseen").allTextContents())
    expect(name.replace(/\s+/g, " ")).toContain(`, a ${label}: says ${best} with`);

  await pictures.first().focus();
  await page.keyboard.press("Enter");
  await page.locator("livegrad-answer").scrollIntoViewIfNeeded();
  await expect(page.locator("livegrad-answer")).toContainText(`It says ${best} with`);
  await expect(page.locator("livegrad-answer")).toContainText(`It is ${label}.`);
});

test("finding mistakes can be stopped, and learning goes on where it was", async ({ page, site }) => {
  await openPage(page, site, "?data=drawn&net=cnn");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect.poll(async () => (await figures(page)).step).toBeGreaterThan(5);
  const mistakes = page.locator("livegrad-mistakes");
  await mistakes.getByRole("button", { name: "Find its mistakes" }).click();
  await mistakes.getByRole("button", { name: "Stop looking" }).click();
  await expect(mistakes.getByRole("button", { name: "Find its mistakes" })).toBeVisible();
  const { step } = await figures(page);
  await expect.poll(async () => (await figures(page)).step).toBeGreaterThan(step);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
});
