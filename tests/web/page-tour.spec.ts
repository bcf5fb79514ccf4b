import { expect, openPage, test } from "./page-support";

for (const [name, address, titles] of [
  [
    "digits",
    "?data=drawn",
    [
      "Draw a digit",
      "Let one learn",
      "Choose a network",
      "Watch it improve",
      "Look inside",
      "See what it gets wrong",
    ],
  ],
  [
    "texts",
    "characters.html?text=sums&net=gru-1x32",
    [
      "Choose a text",
      "Choose a network",
      "Let it learn",
      "Watch it write",
      "Watch it improve",
      "Look inside",
    ],
  ],
] as const)
  test(`the tour of the page of ${name}, by keyboard`, async ({ page, site }) => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    await openPage(page, site, address);
    const button = page.getByRole("button", { name: "Show me around" });
    await button.focus();
    await page.keyboard.press("Enter");
    const card = page.locator("livegrad-tour").getByRole("dialog");
    for (const [i, title] of titles.entries()) {
      await expect(card).toHaveAccessibleName(title);
      await expect(card).toBeFocused();
      await expect(card).toContainText(`${i + 1} of ${titles.length}`);
      await expect(card).toBeInViewport({ ratio: 1 });
      await page.keyboard.press("ArrowRight");
    }
    await expect(card.getByRole("button", { name: "Next" })).toBeDisabled();
    await page.keyboard.press("ArrowLeft");
    await expect(card).toHaveAccessibleName(titles.at(-2)!);
    await page.keyboard.press("Escape");
    await expect(page.locator("livegrad-tour")).toHaveCount(0);
    await expect(button).toBeFocused();

    // By pointer, and what a link hides is left out.
    await button.click();
    await card.getByRole("button", { name: "Next" }).click();
    await expect(card).toHaveAccessibleName(titles[1]);
    await card.getByRole("button", { name: "Back" }).click();
    await expect(card).toHaveAccessibleName(titles[0]);
    await card.getByRole("button", { name: "End the tour" }).click();
    await expect(card).toHaveCount(0);
  });

test("the tour leaves out what a link hides", async ({ page, site }) => {
  await openPage(page, site, "?data=drawn&hide=layers,network");
  await page.getByRole("button", { name: "Show me around" }).click();
  await expect(page.locator("livegrad-tour").getByRole("dialog")).toContainText("1 of 4");
});
