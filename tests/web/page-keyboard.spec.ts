// What is left of the page's tasks, each with keys alone from the top of the page: no pointer, no focus set by a program.
import { readFileSync } from "node:fs";
import type { Locator, Page } from "@playwright/test";
import { expect, figures, learn, openPage, test } from "./page-support";

/** Goes on by Tab until what is looked for has the focus; what is fetched when it comes on screen may take a second round. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 600; presses++) {
    if ((await target.count()) > 0 && (await target.evaluate((element) => element.matches(":focus")))) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not reach ${target}`);
}

test("another network is chosen, an image to learn from is looked at, and one to test on", async ({
  page,
  site,
}) => {
  await openPage(page, site, "?net=softmax&data=drawn");
  await tabTo(page, page.getByRole("radio", { name: /Softmax/ }));
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("radio", { name: /Perceptron/ })).toBeChecked();
  await expect
    .poll(() => page.evaluate(() => document.querySelector("livegrad-session")!.lesson.net))
    .toBe("mlp");

  const layers = page.locator("livegrad-layers");
  await tabTo(page, layers.getByRole("radio", { name: "Test image" }));
  await page.keyboard.press("ArrowRight");
  await expect(layers.getByRole("radio", { name: "Training image" })).toBeChecked();
  await tabTo(page, layers.getByRole("spinbutton", { name: "Training image" }));
  await page.keyboard.press("Control+A");
  await page.keyboard.type("1234");
  await page.keyboard.press("Enter");
  const answers = () =>
    page.evaluate(async () => {
      const { view } = document.querySelector("livegrad-session")!.lesson;
      const [direct] = await view.model!.predict([{ split: "training", index: 1234 }]);
      return { shown: await view.answer(), direct };
    });
  const { shown, direct } = await answers();
  expect(shown).toEqual(direct);
  await tabTo(page, layers.getByRole("button", { name: "Next" }));
  await page.keyboard.press("Enter");
  await expect(layers.getByRole("spinbutton", { name: "Training image" })).toHaveValue("1235");

  await tabTo(page, page.locator("livegrad-predictions").getByRole("button", { name: /^Test image 2,/ }));
  await page.keyboard.press("Enter");
  await expect(layers.getByRole("spinbutton", { name: "Test image" })).toHaveValue("2");
});

test("the network is tested, saved and opened again, and its mistakes are looked at", async ({
  page,
  site,
}) => {
  await openPage(page, site, "?net=softmax&data=drawn");
  const saved = await learn(page, 30);
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await tabTo(page, page.getByRole("button", { name: /^Test on all/ }));
  await page.keyboard.press("Enter");
  await expect(page.locator("livegrad-test").getByRole("status")).toContainText("of 2,000 images");

  await tabTo(page, page.getByRole("button", { name: "Save to a file" }));
  const download = page.waitForEvent("download");
  await page.keyboard.press("Enter");
  const file = readFileSync(await (await download).path());
  await tabTo(page, page.getByRole("button", { name: "Open a file" }));
  const chooser = page.waitForEvent("filechooser");
  await page.keyboard.press("Enter");
  await (await chooser).setFiles({ name: "kept.safetensors", mimeType: "", buffer: file });
  await expect(page.locator("livegrad-checkpoint").getByRole("status")).toContainText(`step ${saved.step}`);

  const mistakes = page.locator("livegrad-mistakes");
  await tabTo(page, mistakes.getByRole("button", { name: "Find its mistakes" }));
  await page.keyboard.press("Enter");
  await expect(mistakes.getByRole("status")).toContainText("in 2,000 images");
  const cell = mistakes.getByRole("button", { name: /^\d+ images? of \w+ taken for \w+$/ }).first();
  await tabTo(page, cell);
  await page.keyboard.press("Enter");
  const picture = mistakes.getByRole("button", { name: /^Test image/ }).first();
  await tabTo(page, picture);
  await page.keyboard.press("Enter");
  await expect(picture).toHaveAttribute("aria-pressed", "true");
});

test("every closed panel opens, and does what it is for", async ({ page, site, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await openPage(page, site, "?net=cnn&data=drawn");
  await learn(page, 60);
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  const open = async (title: string): Promise<void> => {
    await tabTo(page, page.locator("summary", { hasText: title }));
    await page.keyboard.press("Enter");
  };

  await open("How healthy is it?");
  await expect(page.locator("livegrad-health").getByRole("row")).not.toHaveCount(0);

  await open("What excites its channels");
  const patches = page.locator("livegrad-patches");
  await tabTo(page, patches.getByRole("spinbutton", { name: "Channel" }));
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await expect(patches.getByRole("status")).toContainText("channel 1 of");

  await open("Fool it");
  const adversary = page.locator("livegrad-adversary");
  await expect(adversary.getByRole("status")).toContainText(/Fooled\.|Not fooled by/);
  const smallest = adversary.getByRole("button", { name: "Find the smallest ε" });
  await tabTo(page, smallest);
  await page.keyboard.press("Enter");
  await expect(adversary.getByRole("status")).toContainText("Fooled.");

  await open("Are its gradients right?");
  const check = page.locator("livegrad-gradient-check");
  await tabTo(page, check.getByRole("button", { name: "Check the gradients" }));
  await check.evaluate((element: HTMLElement & { samples: number }) => (element.samples = 2));
  await page.keyboard.press("Enter");
  await expect(check.getByRole("status")).toContainText("All gradients are right", { timeout: 120_000 });

  await open("The network as code");
  await tabTo(page, page.locator("livegrad-code").getByRole("button", { name: "Copy" }));
  await page.keyboard.press("Enter");
  expect(JSON.parse(await page.evaluate(() => navigator.clipboard.readText()))).toHaveProperty("layers");

  await open("Share this lesson");
  await tabTo(page, page.locator("livegrad-share").getByRole("button", { name: "Copy link" }));
  await page.keyboard.press("Enter");
  await expect(page.locator("livegrad-share").getByRole("status")).toHaveText("Copied.");
  expect((await figures(page)).state).toBe("paused");
});
