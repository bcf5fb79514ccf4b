import { expect, figures, gzipped, learn, openPage, openPanel, test } from "./page-support";

const title = "Are its gradients right?";

test("the gradients of the network on screen are checked while it learns, by a reference fetched for it", async ({
  page,
  site,
}) => {
  await openPage(page, site, "?net=lenet5&data=drawn");
  await learn(page, 20);
  await openPanel(page, title);
  const panel = page.locator("livegrad-gradient-check");
  const button = panel.getByRole("button");
  await expect(button).toHaveText("Check the gradients");
  await panel.evaluate((element: HTMLElement & { samples: number }) => (element.samples = 4));
  const reference = () => [...site.asked].filter((name) => name.includes("livegrad-check"));
  expect(reference()).toEqual([]);

  await page.getByRole("button", { name: "Run", exact: true }).click();
  await button.press("Enter");
  await expect(panel.getByRole("status")).toContainText(
    "All gradients are right: the largest relative error is",
    {
      timeout: 120_000,
    },
  );
  await expect(button).toBeFocused();
  const { state, step } = await figures(page);
  expect(state).toBe("running");
  await expect.poll(async () => (await figures(page)).step).toBeGreaterThan(step);
  await page.getByRole("button", { name: "Pause", exact: true }).click();

  const rows = panel.getByRole("table").getByRole("row");
  expect(await rows.count()).toBeGreaterThan(8);
  await expect(rows.filter({ hasText: "pixels" })).toContainText(/[0-4] of 3,136/);
  expect(await panel.getByRole("cell", { name: "right", exact: true }).count()).toBeGreaterThan(6);
  await expect(panel.getByRole("cell", { name: "wrong", exact: true })).toHaveCount(0);
  await expect(panel).toContainText("on a copy of the weights of step");
  expect(reference().some((name) => name.endsWith(".wasm"))).toBe(true);
  console.log(`gradient check: ${gzipped(reference())} bytes gzipped`);
});

test("a check can be stopped, and one that cannot be fetched says so", async ({ page, site, complaints }) => {
  await openPage(page, site, "?net=softmax&data=drawn");
  await openPanel(page, title);
  const panel = page.locator("livegrad-gradient-check");
  const button = panel.getByRole("button", { name: /^(Check the gradients|Stop)$/ });
  await page.route(/livegrad-check.*\.wasm/, (route) => route.abort());
  await button.press("Enter");
  const alert = panel.getByRole("alert");
  await expect(alert).toContainText("The reference that checks gradients could not be loaded");
  await expect(alert).toContainText("Look after the network connection, and try again.");
  await page.unroute(/livegrad-check.*\.wasm/);
  for (const complaint of complaints.splice(0)) expect(complaint).toMatch(/Failed to load|wasm|ERR_/);

  await panel.evaluate((element: HTMLElement & { samples: number }) => (element.samples = 1e6));
  await button.press("Enter");
  await expect(alert).toHaveCount(0);
  await expect(panel.getByRole("progressbar")).toBeVisible();
  await expect(panel.getByRole("table")).toContainText("right");
  await button.press("Enter");
  await expect(button).toHaveText("Check the gradients");
  await expect(panel.getByRole("status")).toContainText("Stopped. What was checked is right");
});

test("the check works alone in a course page", async ({ page, site }) => {
  site.files["/favicon.ico"] = ""; // browsers ask for one
  site.files["/page.html"] = `<!doctype html><html lang="en"><title>course</title>
    <livegrad-session data="drawn" net="softmax"></livegrad-session>
    <livegrad-gradient-check samples="3"></livegrad-gradient-check>
    <script type="module" src="/course/elements.js"></script></html>`;
  await page.goto(`${site.url}/page.html`);
  const panel = page.locator("livegrad-gradient-check");
  await panel.getByRole("button", { name: "Check the gradients" }).click({ timeout: 60_000 });
  await expect(panel.getByRole("status")).toContainText("All gradients are right", { timeout: 60_000 });
});
