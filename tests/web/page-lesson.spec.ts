import { changeNetwork, expect, figures, learn, openPage, openPanel, test } from "./page-support";

test("a lesson travels in its link: settings, goal, what is hidden and locked", async ({
  page,
  site,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await openPage(page, site, "?net=mlp&data=drawn&seed=3");
  await page.getByRole("combobox", { name: /Optimiser/ }).selectOption("Adam");
  const rate = page.getByRole("spinbutton", { name: /Learning rate/ });
  await rate.fill("0.004");
  await rate.press("Enter");
  await page.getByRole("spinbutton", { name: "Accuracy, %" }).fill("97");
  await page.getByRole("spinbutton", { name: "Accuracy, %" }).press("Enter");
  await page.getByRole("spinbutton", { name: "Time, s" }).fill("60");
  await page.getByRole("spinbutton", { name: "Time, s" }).press("Enter");
  // The page's own address follows.
  await expect.poll(() => new URL(page.url()).searchParams.get("goal")).toBe("97%,60s");

  // By keyboard alone.
  await openPanel(page, "Share this lesson");
  const share = page.locator("livegrad-share");
  await share.getByLabel("Learning rate").focus();
  await page.keyboard.type("locked");
  await share.getByLabel("Choice of network").focus();
  await page.keyboard.type("locked");
  await share.getByLabel("Inside the network").focus();
  await page.keyboard.type("hidden");
  await share.getByLabel("Momentum").focus();
  await page.keyboard.type("hidden");
  await expect(share.getByLabel("Link to this lesson")).toHaveValue(/lock=/);
  await share.getByRole("button", { name: "Copy link" }).press("Enter");
  await expect(share.getByRole("status")).toHaveText("Copied.");
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toBe(await share.getByLabel("Link to this lesson").inputValue());

  await page.goto("about:blank");
  await page.goto(link);
  await expect(page.getByRole("button", { name: "Step", exact: true })).toBeEnabled({ timeout: 60_000 });
  await expect(page.getByRole("radio", { name: /Perceptron/ })).toBeChecked();
  await expect(page.getByRole("radio", { name: /Perceptron/ })).toBeDisabled();
  await expect(page.getByRole("combobox", { name: /Optimiser/ })).toHaveValue("adam");
  await expect(rate).toHaveValue("0.004");
  await expect(rate).toBeDisabled();
  await expect(page.getByRole("spinbutton", { name: /Seed/ })).toHaveValue("3");
  await expect(page.locator("livegrad-controls .goal")).toContainText("Goal: 97\u00a0% right within 60 s");
  await expect(page.getByText("Inside the network", { exact: true })).toBeHidden();
  await expect(page.getByRole("spinbutton", { name: /Momentum/ })).toHaveCount(0);
  await learn(page, 20);
});

test("a network of one's own travels in the link", async ({ page, site }) => {
  await openPage(page, site, "?data=drawn");
  await openPanel(page, "Change the network");
  await expect(page.getByLabel("Network as JSON")).toHaveValue(/"layers"/);
  await changeNetwork(page, (text) => text.replace('"conv": 16', '"conv": 5'));
  await page.keyboard.press("Control+Enter");
  const weights = 208 + 5 * (8 * 25 + 1) + 10 * (5 * 16 + 1);
  await expect.poll(async () => (await figures(page)).parameters).toBe(weights);
  await expect.poll(() => new URL(page.url()).searchParams.get("spec")).not.toBeNull();

  await page.reload();
  await expect
    .poll(async () => (await figures(page).catch(() => null))?.parameters, { timeout: 60_000 })
    .toBe(weights);
  await expect(page.getByRole("radio", { name: /Your own/ })).toBeChecked();
});

for (const [what, query, said] of [
  ["a bad number", "?data=drawn&rate=fast&batch=10", /rate "fast" is no number/],
  ["a number out of range", "?data=drawn&momentum=7", /momentum/],
  [
    "an unknown network",
    "?data=drawn&net=transformer&batch=10",
    /"transformer", which is none of the ladder/,
  ],
  ["a bad goal", "?data=drawn&goal=soon", /goal "soon" is not understood/],
  ["an unknown part", "?data=drawn&hide=everything", /"everything", which is no part/],
  ["a damaged network", "?data=drawn&spec=x_x&batch=10", /network is damaged/],
] as const)
  test(`a bad link says so in one sentence, and the rest holds: ${what}`, async ({ page, site }) => {
    await openPage(page, site, query);
    const said_ = page
      .locator("livegrad-controls")
      .getByRole("status")
      .filter({ hasText: "The rest of the link" });
    await expect(said_).toContainText(said);
    if (query.includes("batch=10"))
      await expect(page.getByRole("spinbutton", { name: /Batch size/ })).toHaveValue("10");
    await learn(page, 10);
    // The address stays as it is until the reader has seen what is wrong with it.
    expect(new URL(page.url()).search).toBe(query);
  });
