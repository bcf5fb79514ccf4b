// A result to hand in: a link that says what a lesson has come to, and a replay that shows whether it is so.
import { expect, figures, learn, openPage, openPanel, test } from "./page-support";

const title = "Hand in a result";

test("a result link is made and replayed, by keyboard; a forged one is found out", async ({ page, site }) => {
  await openPage(page, site, "?net=cnn&data=drawn&exact=1&seed=5&optimizer=adam&rate=0.0031");
  await openPanel(page, title);
  const panel = page.locator("livegrad-result");
  const make = panel.getByRole("button", { name: "Make a result link" });
  await expect(make).toBeDisabled();
  await expect(panel).toContainText("has not learned anything yet");
  await learn(page, 120);
  await make.press("Enter");
  await expect(panel.getByRole("status").first()).toHaveText("The link is ready.");
  const link = await panel.getByLabel("Link to this result").inputValue();
  const [, steps, wrong, images] = /[?&]result=(\d+)\.[0-9a-f]{8}\.(\d+)-(\d+)/.exec(link)!.map(Number);
  expect(steps).toBe((await figures(page)).step);
  const evaluation = await page.evaluate(() =>
    document.querySelector("livegrad-session")!.lesson.model!.evaluate("test"),
  );
  expect([wrong, images]).toEqual([evaluation.examples - evaluation.correct!, evaluation.examples]);

  await page.goto("about:blank");
  await page.goto(link);
  await expect(panel).toContainText(`after ${steps} steps ${wrong} of 2,000 test images are wrong`);
  const replay = panel.getByRole("button", { name: "Replay and compare" });
  await expect(replay).toBeEnabled();
  await replay.press("Enter");
  await expect(panel.getByRole("status").first()).toContainText("every weight is the same, to the bit", {
    timeout: 60_000,
  });
  expect((await figures(page)).step).toBe(steps);

  // Another seed, under the same claim.
  await page.goto("about:blank");
  await page.goto(link.replace("seed=5", "seed=6"));
  await expect(replay).toBeEnabled();
  await replay.press("Enter");
  await expect(panel.getByRole("status").first()).toContainText("It is not so", { timeout: 60_000 });
});

test("what could not be replayed is not handed in, and says why", async ({ page, site }) => {
  await openPage(page, site, "?net=softmax&data=drawn&exact=1");
  await learn(page, 20);
  const rate = page.getByRole("spinbutton", { name: /Learning rate/ });
  await rate.fill("0.02");
  await rate.press("Enter");
  await openPanel(page, title);
  const panel = page.locator("livegrad-result");
  await expect(panel).toContainText("Settings, weights or data were changed on the way");
  const make = panel.getByRole("button", { name: "Make a result link" });
  await expect(make).toBeDisabled();
  // A new start with the new settings can be replayed.
  await page.getByRole("button", { name: "Start over" }).press("Enter");
  await expect.poll(async () => (await figures(page)).step).toBe(0);
  await learn(page, 20);
  await expect(make).toBeEnabled();

  await openPage(page, site, "?net=softmax&data=drawn");
  await learn(page, 20);
  await openPanel(page, title);
  if (await page.evaluate(() => document.querySelector("livegrad-session")!.lesson.session!.info.fused)) {
    await expect(make).toBeDisabled();
    await panel.getByRole("link", { name: "Learn with that build" }).click();
    await expect(page.locator("livegrad-build")).toContainText("portable bits");
  }

  await openPage(page, site, "?net=softmax&data=drawn&result=12.nothing");
  await expect(page.locator("livegrad-controls")).toContainText(
    'The link\'s result "12.nothing" is damaged: parts of it are missing. The rest of the link holds.',
  );
});

test("a replay can be stopped", async ({ page, site }) => {
  await openPage(page, site, "?net=cnn&data=drawn&exact=1&result=900000.00000000.1-2000");
  const panel = page.locator("livegrad-result");
  await panel.getByRole("button", { name: "Replay and compare" }).press("Enter");
  await panel.getByRole("button", { name: "Stop" }).press("Enter");
  await expect(panel.getByRole("button", { name: "Replay and compare" })).toBeEnabled();
  await panel.getByRole("button", { name: "Forget what it says" }).press("Enter");
  await expect(panel.getByRole("button", { name: "Make a result link" })).toBeVisible();
});
