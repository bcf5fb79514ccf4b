import { createRequire } from "node:module";
import type axe from "axe-core";
import type { Page } from "@playwright/test";
import { expect, figures, learn, openPage, openPanel, test } from "./page-support";

const { source } = createRequire(import.meta.url)("axe-core") as { source: string };

declare global {
  interface Window {
    axe: typeof axe;
  }
}

async function expectNothingToReport(page: Page): Promise<void> {
  await page.evaluate(source);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  expect(
    violations.map(({ id, nodes }) => ({
      id,
      nodes: nodes.map(({ html, failureSummary }) => [html, failureSummary]),
    })),
  ).toEqual([]);
}

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [360, 1440]) {
    test(`axe finds nothing to report, ${colorScheme}, ${width} pixels wide`, async ({ page, site }) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await openPage(page, site, "?data=drawn");
      // A drawing, layers, mistakes and the editor: everything that a page can show.
      const pad = page.getByLabel("Digit pad");
      await pad.focus();
      await page.keyboard.press("Space");
      for (let step = 0; step < 13; step++) await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Space");
      await page.getByRole("button", { name: "Step", exact: true }).click();
      await expect.poll(async () => (await figures(page)).step).toBe(1);
      await page.getByRole("button", { name: "Test on all 2,000 images" }).click();
      await page.getByRole("button", { name: "Find its mistakes" }).click();
      await expect(page.locator("livegrad-mistakes").getByRole("table")).toBeVisible({ timeout: 60_000 });
      for (const panel of [
        "How healthy is it?",
        "What excites its channels",
        "Fool it",
        "Are its gradients right?",
        "Change the network",
        "The network as code",
        "Share this lesson",
        "Augmentation",
        "More of the optimiser",
      ])
        await openPanel(page, panel);
      await expect(page.getByLabel("Network as JSON")).toBeVisible();
      await expect(page.locator("livegrad-editor span.facts")).toContainText("an example");
      await expect(page.locator("livegrad-code pre")).toBeVisible();
      await expect(page.locator("livegrad-patches").getByRole("status")).toContainText("test images");
      await expect(page.locator("livegrad-adversary").getByRole("listitem").first()).toBeVisible();
      await expect(page.locator("livegrad-health").getByRole("table")).toBeVisible();
      await page.getByRole("button", { name: "Check the gradients" }).press("Enter");
      await expect(page.locator("livegrad-gradient-check").getByRole("status")).toContainText(
        "All gradients",
        {
          timeout: 120_000,
        },
      );
      await expect(page.getByLabel("Link to this lesson")).toHaveValue(/http/);
      await page.getByRole("button", { name: "Keep this run" }).click();
      await expectNothingToReport(page);
    });

    test(`nor on the page of texts, ${colorScheme}, ${width} pixels wide`, async ({ page, site }) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await openPage(page, site, "characters.html?text=sums&net=gru-2x16");
      await learn(page, 30);
      await page.getByRole("combobox", { name: "Text", exact: true }).selectOption("own");
      await openPanel(page, "What its units tell");
      await expect(page.locator("livegrad-reader").getByText("Telling units")).toBeVisible();
      await openPanel(page, "How far back it learns");
      await expect(page.locator("livegrad-through-time")).toContainText("steps back");
      await openPanel(page, "Change the network");
      await expect(page.getByLabel("Network as JSON")).toBeVisible();
      await expectNothingToReport(page);
    });
  }
}
