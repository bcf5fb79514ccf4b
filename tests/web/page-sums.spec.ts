// Numbers that are taken apart: the loss and what decay adds to it, the weights of a layer.
import { expect, learn, openPage, openPanel, test } from "./page-support";

test("what L2 decay adds to the loss is shown apart", async ({ page, site }) => {
  await openPage(page, site, "?net=cnn&data=drawn");
  await learn(page, 30);
  const loss = page.locator("livegrad-curve[figure=loss]");
  await loss.scrollIntoViewIfNeeded();
  await expect(loss).toContainText(/training \d/);
  await expect(loss).not.toContainText("L2 decay");
  await expect(page.locator("livegrad-curve[figure=accuracy]")).not.toContainText("L2 decay");

  const decay = page.getByRole("spinbutton", { name: /^L2 decay/ });
  await decay.fill("0.02");
  await decay.press("Enter");
  const sum = await page.evaluate(async () => {
    const { model } = document.querySelector("livegrad-session")!.lesson;
    let squares = 0;
    for (const { name, kind } of model!.tensors)
      if (kind === "parameter" && name.endsWith(".weight"))
        for (const w of await model!.read(name)) squares += w * w;
    return squares;
  });
  await expect(loss).toContainText(/\+ L2 decay \d/);
  const part = loss.getByRole("listitem").filter({ hasText: "L2 decay" });
  const [, shown] = /L2 decay ([\d.]+)/.exec(await part.innerText())!;
  expect(Number(shown) / (0.01 * sum)).toBeCloseTo(1, 2);

  // AdamW shrinks the weights itself: its loss has no such part.
  await page.getByRole("combobox", { name: /Optimiser/ }).selectOption("adamw");
  await expect(loss).not.toContainText("L2 decay");
});

test("how the weights of a layer come about, in its heading and in the form", async ({ page, site }) => {
  await openPage(page, site, "?net=cnn&data=drawn");
  await page.getByRole("radio", { name: "Learning network" }).press("Space");
  const conv2 = page.locator("livegrad-layer[layer=conv2]");
  const sum = conv2.getByText("8 filters × 4 channels × 5 × 5 + 8 biases");
  await conv2.scrollIntoViewIfNeeded();
  await expect(sum).toBeHidden();
  await conv2.locator("summary", { hasText: "808 weights" }).press("Enter");
  await expect(sum).toBeVisible();

  await openPanel(page, "Change the network");
  const form = page.locator("livegrad-network-form");
  await expect(form).toContainText(
    "808 weights, 156,800 multiply-adds; weights: 8 filters × 4 channels × 5 × 5 + 8 biases",
  );
  await expect(form).toContainText("weights: 10 units × 200 inputs + 10 biases");
  await form.getByRole("spinbutton", { name: "kernel of conv2" }).fill("3");
  await expect(form).toContainText("weights: 8 filters × 4 channels × 3 × 3 + 8 biases");
});
