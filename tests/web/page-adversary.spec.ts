import { expect, learn, openPage, openPanel, test } from "./page-support";

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
