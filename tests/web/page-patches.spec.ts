import { expect, figures, learn, openPage, openPanel, overwrite, test } from "./page-support";

const title = "What excites its channels";

test("the images that excite a channel most are those in which it answers most", async ({ page, site }) => {
  await openPage(page, site, "?net=cnn&data=drawn");
  await learn(page, 40);
  await openPanel(page, title);
  const patches = page.locator("livegrad-patches");
  await patches.getByRole("combobox", { name: "Layer" }).selectOption("conv2");
  const channel = patches.getByRole("spinbutton", { name: "Channel" });
  await channel.fill("3");
  await channel.press("Enter");
  await expect(patches.getByRole("status")).toContainText("What excites channel 3 of conv2 most");
  const shown = patches.getByRole("button", { name: /^\d: / });
  await expect(shown).toHaveCount(8);

  const found = await page.evaluate(async () => {
    const { model } = document.querySelector("livegrad-session")!.lesson;
    const examples = Array.from({ length: 1000 }, (_, index) => ({ split: "test" as const, index }));
    const [values] = await model!.readAll([{ tensor: "conv2.out" }], examples);
    const [channels, size] = [8, 14 * 14];
    const peaks = examples.map(({ index }) => {
      const map = values!.subarray((index * channels + 3) * size, (index * channels + 4) * size);
      const value = Math.max(...map);
      const at = map.indexOf(value);
      return { index, value, row: Math.floor(at / 14), column: at % 14 };
    });
    return peaks.sort((one, other) => other.value - one.value).slice(0, 8);
  });
  const names = (await shown.locator(".unseen").allTextContents()).map((name) => name.replace(/\s+/g, " "));
  found.forEach(({ index, value, row, column }, rank) => {
    const [, says, image, height, width, top, left] =
      /\d: (\S+) in test image (\d+), class \w+, from the (\d+) by (\d+) pixels at row (\S+), column (\S+)\./.exec(
        names[rank]!,
      )!;
    expect(Number(image)).toBe(index);
    expect(Number(says)).toBeCloseTo(value, 1);
    // Two windows of 5 by 5, the second with stride 2.
    expect([height, width].map(Number)).toEqual([9, 9]);
    expect([top, left].map((at) => Number(at!.replace("−", "-")))).toEqual([2 * row - 4, 2 * column - 4]);
  });

  // A press shows the layers for that image.
  await shown.first().press("Enter");
  await expect(shown.first()).toHaveAttribute("aria-pressed", "true");
  await expect(page.locator("livegrad-layers").getByRole("spinbutton", { name: "Test image" })).toHaveValue(
    String(found[0]!.index),
  );
});

test("a channel that nothing excites says so, and numbers that are no channel are refused", async ({
  page,
  site,
}) => {
  await openPage(page, site, "?net=softmax&data=drawn");
  await page.getByRole("radio", { name: "Learning network" }).check();
  await openPanel(page, title);
  const patches = page.locator("livegrad-patches");
  await expect(patches.getByRole("status")).toContainText("What excites channel 0 of output most");
  const channel = patches.getByRole("spinbutton", { name: "Channel" });
  await channel.fill("10");
  await channel.press("Enter");
  await expect(channel).toHaveValue("0");

  await overwrite(page, "output.bias", 1, -1000);
  await expect(patches.getByRole("status")).toContainText("nothing excites it");
  await expect(patches.getByRole("listitem")).toHaveCount(0);
});

test("patches are looked for while it learns, which goes on after", async ({ page, site }) => {
  await openPage(page, site, "?data=drawn");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect.poll(async () => (await figures(page)).step).toBeGreaterThan(5);
  await openPanel(page, title);
  const patches = page.locator("livegrad-patches");
  await expect(patches.getByRole("status")).toContainText("of conv2 most, in 1,000 test images");
  const { step } = await figures(page);
  await expect.poll(async () => (await figures(page)).step).toBeGreaterThan(step);
  await patches.getByRole("button", { name: "Look again" }).press("Enter");
  await expect(patches.getByRole("progressbar")).toHaveCount(0);
  await expect(patches.getByRole("status")).toContainText("What excites channel 0 of conv2");
  await page.getByRole("button", { name: "Pause", exact: true }).click();
});
