import { expect, figures, learn, openPage, openPanel, test, writeNetwork } from "./page-support";

const text = (page: import("@playwright/test").Page) => page.getByLabel("Network as JSON").inputValue();

test("the form, by keyboard alone: set, add, move and remove layers; apply keeps the weights that fit", async ({
  page,
  site,
}) => {
  await openPage(page, site, "?data=drawn");
  const before = await learn(page, 30);
  await openPanel(page, "Change the network");
  const editor = page.locator("livegrad-editor");
  const filters = editor.getByRole("spinbutton", { name: "filters of conv2" });
  await expect(editor.getByText("→ 16 × 12 × 12, 3,216 weights, 460,800 multiply-adds")).toBeVisible();

  // Shapes and counts follow as one types, in both views.
  await filters.focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("12");
  await expect(editor.getByText("→ 12 × 12 × 12, 2,412 weights")).toBeVisible();
  await expect.poll(() => text(page)).toContain('"conv": 12');
  await expect(editor.locator("span.facts")).toContainText(
    /4,5\d\d weights, [\d,]+ multiply-adds an example/,
  );

  // A dense layer behind the last pooling.
  await editor.getByLabel("Add", { exact: true }).focus();
  await page.keyboard.type("Dense");
  await editor.getByLabel("after", { exact: true }).focus();
  await page.keyboard.type("pool2");
  await editor.getByRole("button", { name: "Add layer" }).press("Enter");
  await expect(editor.getByLabel("units of dense1")).toHaveValue("32");
  await editor.getByRole("combobox", { name: "activation of dense1" }).focus();
  await page.keyboard.type("tanh");
  await expect.poll(() => text(page)).toMatch(/"dense": 32, "act": "tanh"/);

  // Moved up it stands before the pooling, which then has no maps: the error is in its row. Moved down again, all is well.
  await editor.getByRole("button", { name: "Move dense1 up" }).focus();
  await page.keyboard.press("Enter");
  await expect(editor.locator("li.wrong .error")).toBeVisible();
  await expect(editor.getByRole("button", { name: "Move dense1 up" })).toBeFocused();
  await editor.getByRole("button", { name: "Move dense1 down" }).press("Enter");
  await expect(editor.locator("li.wrong")).toHaveCount(0);

  await editor.getByRole("button", { name: "Remove pool1" }).press("Enter");
  await expect(editor.getByText("→ 12 × 24 × 24")).toBeVisible();
  await editor.getByRole("button", { name: "Apply" }).press("Enter");
  const said = editor.getByRole("status");
  await expect(said).toContainText("Kept conv1");
  await expect(said).toContainText("dense1");
  const after = await figures(page);
  expect(after.step).toBe(before.step);
  expect(after.parameters).toBe(208 + 12 * 201 + 32 * (12 * 64 + 1) + 10 * 33);
  await learn(page, after.step + 10);
});

test("an impossible value is marked in its field with the way out; the JSON view changes the form", async ({
  page,
  site,
}) => {
  await openPage(page, site, "?data=drawn");
  await openPanel(page, "Change the network");
  const editor = page.locator("livegrad-editor");
  const kernel = editor.getByRole("spinbutton", { name: "kernel of conv2" });
  await kernel.fill("99");
  await expect(kernel).toHaveAttribute("aria-invalid", "true");
  await expect(editor.locator("li.wrong .error")).toContainText(/kernel 99 exceeds.*smaller kernel/);
  await kernel.fill("3");
  await expect(editor.locator("li.wrong")).toHaveCount(0);

  await writeNetwork(
    page,
    '{"input": [1, 28, 28], "layers": [{"dense": 7, "name": "only"}, {"loss": "softmax"}]}',
  );
  await expect(editor.getByLabel("units of only")).toHaveValue("7");
  await expect(editor.getByText("→ 7, 5,495 weights, 5,488 multiply-adds")).toBeVisible();
  await editor.getByRole("button", { name: "Revert" }).click();
  await expect(editor.getByRole("spinbutton", { name: "kernel of conv2" })).toHaveValue("5");
});
