import { existsSync } from "node:fs";
import path from "node:path";
import type { Page } from "@playwright/test";
import { zipSync } from "fflate";
import { dist, expect, learn, openPage, openPanel, test } from "./page-support";

const title = "Fool it";

test("the smallest change that fools the network is found, and is what it says", async ({ page, site }) => {
  await openPage(page, site, "?net=cnn&data=drawn");
  await learn(page, 100);
  await openPanel(page, title);
  const adversary = page.locator("livegrad-adversary");
  const status = adversary.getByRole("status");
  await expect(status).toContainText(/Fooled\.|Not fooled by/);
  const image = adversary.getByRole("spinbutton", { name: "Test image" });
  await image.fill("7");
  await image.press("Enter");
  await expect(image).toHaveValue("7");
  const epsilons: number[] = [];
  for (const method of [/One step/, /20 steps/]) {
    await adversary.getByRole("radio", { name: method }).check();
    await adversary.getByRole("slider", { name: /^Epsilon/ }).press("Home");
    await expect(status).toContainText("Not fooled by changes of up to 0.0");
    await adversary.getByRole("button", { name: "Find the smallest ε" }).press("Enter");
    await expect(status).toContainText("Fooled.");
    const [, says, epsilon] = /It says (\d) with .* by more than ([\d.]+)/.exec(await status.innerText())!;
    epsilons.push(Number(epsilon));

    // What the pictures show: the test image, and an image near it in every pixel that the network takes for that.
    const found = await adversary.evaluate(async (element) => {
      const bytes = (name: string): Uint8Array => {
        const canvas = element.shadowRoot!.querySelector<HTMLCanvasElement>(name)!;
        const copy = new OffscreenCanvas(28, 28).getContext("2d", { willReadFrequently: true })!;
        copy.drawImage(canvas, 0, 0);
        const { data } = copy.getImageData(0, 0, 28, 28);
        return Uint8Array.from({ length: 28 * 28 }, (_, i) => 255 - data[4 * i]!);
      };
      const { lesson } = document.querySelector("livegrad-session")!;
      const [before, after] = [bytes(".image"), bytes(".result")];
      const [example] = await lesson.dataset!.examples("test", [7]);
      const [prediction] = await lesson.model!.predict([{ pixels: after }]);
      return {
        same: before.every((byte, i) => byte === example!.pixels[i]),
        most: Math.max(...before.map((byte, i) => Math.abs(byte - after[i]!))),
        best: prediction!.best,
      };
    });
    expect(found.same).toBe(true);
    expect(found.best).toBe(Number(says));
    expect(found.most).toBeGreaterThan(0);
    expect(found.most).toBeLessThanOrEqual((255 * (Number(epsilon) + 0.05)) / 100 + 0.5);
  }
  // Many small steps find what one large step finds, and often better.
  expect(epsilons[1]).toBeLessThanOrEqual(epsilons[0]! + 0.5);
});

test("it can be led to a class of one's choice, also with a drawing", async ({ page, site }) => {
  await openPage(page, site, "?net=cnn&data=drawn");
  await learn(page, 100);
  const pad = page.getByLabel("Digit pad");
  await pad.focus();
  await page.keyboard.press("Space");
  for (let step = 0; step < 13; step++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  await openPanel(page, title);
  const adversary = page.locator("livegrad-adversary");
  await expect(adversary.getByRole("radio", { name: "Your drawing" })).toBeChecked();
  const pictures = adversary.getByRole("listitem");
  await expect(pictures.first()).toContainText("It says");
  await expect(pictures.first()).not.toContainText("it is");
  const says = /It says (\d)/.exec(await pictures.first().innerText())![1]!;
  const target = says === "3" ? "5" : "3";
  await adversary.getByRole("combobox", { name: "Make it say" }).selectOption(target);
  await adversary.getByRole("radio", { name: /20 steps/ }).check();
  await adversary.getByRole("slider", { name: /^Epsilon/ }).press("End");
  await expect(adversary.getByRole("status")).toContainText(
    new RegExp(`It says ${target} with .* instead of ${says}`),
  );
  await expect(adversary).toContainText(`towards ${target}.`);

  await adversary.getByRole("radio", { name: "Test image" }).check();
  await expect(pictures.first()).toContainText(/it is \d\./);
});

/** Pictures of 16 by 16 in class folders: tiles of red, green or blue, all of them much like grey. */
async function tiles(page: Page, classes: readonly string[]): Promise<Buffer> {
  const files = await page.evaluate(async (classes) => {
    const made: Record<string, number[]> = {};
    for (const [kind, name] of classes.entries())
      for (let i = 0; i < 30; i++) {
        const canvas = new OffscreenCanvas(16, 16);
        const context = canvas.getContext("2d")!;
        const color = [110 + i, 112 + i, 108 + i];
        color[kind]! += 24;
        context.fillStyle = `rgb(${color})`;
        context.fillRect(0, 0, 16, 16);
        context.fillStyle = `rgb(${color.map((part) => part + 8)})`;
        context.fillRect(i % 8, (3 * i) % 8, 8, 8);
        const blob = await canvas.convertToBlob({ type: "image/png" });
        made[`${name}/${i}.png`] = [...new Uint8Array(await blob.arrayBuffer())];
      }
    return made;
  }, classes);
  return Buffer.from(
    zipSync(Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, Uint8Array.from(bytes)]))),
  );
}

/** Fools the network on screen about a picture in colour, and holds what is shown against the network itself. */
async function foolInColor(page: Page, index: number, classes: readonly string[]): Promise<void> {
  await openPanel(page, title);
  const adversary = page.locator("livegrad-adversary");
  const status = adversary.getByRole("status");
  await expect(status).toContainText(/Fooled\.|Not fooled by/);
  const image = adversary.getByRole("spinbutton", { name: "Test image" });
  await image.fill(String(index));
  await image.press("Enter");
  await adversary.getByRole("slider", { name: /^Epsilon/ }).press("Home");
  await expect(status).toContainText("Not fooled by changes of up to 0.0");
  await adversary.getByRole("button", { name: "Find the smallest ε" }).press("Enter");
  await expect(status).toContainText("Fooled.");
  const verdict = /It says (\w+) with .* instead of (\w+), .* by more than ([\d.]+)/;
  const [, says, instead, epsilon] = verdict.exec(await status.innerText())!;
  expect(classes).toContain(says);
  expect(classes).toContain(instead);
  expect(says).not.toBe(instead);

  const pictures = adversary.getByRole("listitem").filter({ has: page.getByRole("heading") });
  await expect(pictures.nth(0)).toContainText(new RegExp(`It says ${instead} with .*; it is \\w+\\.`));
  await expect(pictures.nth(1)).toContainText("red, green and blue are added or taken away");
  await expect(pictures.nth(2)).toContainText(`It says ${says} with`);
  const found = await adversary.evaluate(async (element, index) => {
    const { lesson } = document.querySelector("livegrad-session")!;
    const [example] = await lesson.dataset!.examples("test", [index]);
    const [channels, height, width] = example!.shape as [number, number, number];
    const plane = height * width;
    /** Channel by channel, as networks take it. */
    const bytes = (name: string): Uint8Array => {
      const canvas = element.shadowRoot!.querySelector<HTMLCanvasElement>(name)!;
      const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
      copy.drawImage(canvas, 0, 0);
      const { data } = copy.getImageData(0, 0, width, height);
      return Uint8Array.from({ length: 3 * plane }, (_, i) => data[4 * (i % plane) + Math.floor(i / plane)]!);
    };
    const [before, change, after] = [bytes(".image"), bytes(".change"), bytes(".result")];
    const [prediction] = await lesson.model!.predict([{ pixels: after, shape: example!.shape }]);
    return {
      channels,
      same: before.every((byte, i) => byte === example!.pixels[i]),
      most: Math.max(...before.map((byte, i) => Math.abs(byte - after[i]!))),
      // Where a channel grows, so does its part in the picture of the change, from grey.
      agree: change.every(
        (byte, i) => Math.sign(Math.round((byte - 127.5) / 2)) === Math.sign(after[i]! - before[i]!),
      ),
      best: lesson.dataset!.classes[prediction!.best],
    };
  }, index);
  expect(found.channels).toBe(3);
  expect(found.same).toBe(true);
  expect(found.agree).toBe(true);
  expect(found.best).toBe(says);
  expect(found.most).toBeGreaterThan(0);
  expect(found.most).toBeLessThanOrEqual((255 * (Number(epsilon) + 0.05)) / 100 + 0.5);
}

test("it is fooled in colour, with pictures of one's own", async ({ page, site }) => {
  const classes = ["brick", "leaf", "sky"];
  await openPage(page, site, "?net=cnn&data=drawn");
  await page.getByLabel("Data", { exact: true }).selectOption("own");
  const own = page.locator("livegrad-own-data");
  await expect(own.getByRole("button", { name: "Choose files" })).toBeEnabled();
  await own.getByLabel("Files of pictures").setInputFiles({
    name: "tiles.zip",
    mimeType: "application/zip",
    buffer: await tiles(page, classes),
  });
  const found = own.getByRole("group", { name: "What was found" });
  await found.getByRole("radio", { name: "Colour" }).press("Space");
  await found.getByRole("button", { name: "Learn from them" }).press("Enter");
  const data = page.locator("livegrad-data");
  await data.getByRole("button", { name: "Change the network" }).press("Enter");
  await expect(data).toContainText("images to learn from, 18 to test on; your own");
  await learn(page, 60);
  await foolInColor(page, 5, classes);
  // A class is aimed at by its name.
  const adversary = page.locator("livegrad-adversary");
  const instead = /instead of (\w+)/.exec(await adversary.getByRole("status").innerText())![1]!;
  const target = classes.find((name) => name !== instead)!;
  await adversary.getByRole("combobox", { name: "Make it say" }).selectOption(target);
  await expect(adversary).toContainText(`towards ${target}.`);
});

test("it is fooled about CIFAR-10's pictures", async ({ page, site }) => {
  test.skip(!existsSync(path.join(dist, "data/cifar-10")), "CIFAR-10 is not here");
  await openPage(page, site, "?net=cnn&data=cifar-10");
  await learn(page, 40);
  const classes = await page.evaluate(
    () => document.querySelector("livegrad-session")!.lesson.dataset!.classes,
  );
  await foolInColor(page, 3, classes);
});
