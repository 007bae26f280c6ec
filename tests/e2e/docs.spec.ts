import { expect, test } from "@playwright/test";

/** The documentation as somebody finds it who has an idea and no more. */
test("from the footer to the guide, where more liars mean more wrong results, and a third voice fewer", async ({
  page,
}) => {
  await page.goto(process.env["QUORATE_URL"] ?? "");
  await page.getByRole("contentinfo").getByRole("link", { name: "For scientists" }).click();
  await page.getByRole("main").getByRole("link", { name: "How many answers are enough" }).click();

  const bars = page.getByTestId("what-if");
  const wrong = async (policy: string) => {
    await expect(bars).toHaveAttribute("data-done", "true", { timeout: 60_000 });
    const text = (await page.getByTestId(`what-if-${policy}`).textContent()) ?? "";
    return Number(/1000 results([\d.]+)/.exec(text)?.[1] ?? Number.NaN);
  };
  const before = await wrong("serious");
  expect(await wrong("none")).toBeGreaterThan(before);
  // By keyboard, from a twentieth to as many as there can be.
  await page.getByRole("slider", { name: "A gang of liars" }).focus();
  await page.keyboard.press("End");
  await expect(page.getByRole("slider", { name: "A gang of liars" })).toHaveAttribute("aria-valuenow", "30");
  const after = await wrong("serious");
  expect(after).toBeGreaterThan(before);
  expect(await wrong("disastrous")).toBeLessThan(after);

  await page.getByRole("navigation", { name: "Documentation" }).getByRole("link", { name: "Kernel format" }).click();
  await expect(page.getByRole("cell", { name: "backends.wgsl.maxLoopIterations", exact: true })).toBeVisible();
  await page.getByRole("link", { name: "The same as JSON Schema" }).click();
  await expect(page.locator("body")).toContainText('"maxLoopIterations"');

  await page.goto(`${process.env["QUORATE_URL"]}/docs/api`);
  await page.getByRole("navigation", { name: "All addresses" }).getByRole("link", { name: "/batches/plan" }).click();
  const plan = page.getByRole("article", { name: "/api/batches/plan" });
  await expect(plan).toBeInViewport();
  await expect(plan.getByText("Needs a token with the scope submit.")).toBeVisible();
  await expect(plan.getByRole("region", { name: "curl:" })).toContainText("$QUORATE_URL/api/batches/plan");
  await expect(plan.getByRole("region", { name: "Python:" })).toContainText('call("POST", "/batches/plan"');
  // By keyboard, from the fields of the body to what they share with others.
  await plan.getByText("7 fields").focus();
  await page.keyboard.press("Enter");
  await plan.getByRole("link", { name: "Options" }).click();
  await expect(page.getByRole("region", { name: "Options" })).toBeInViewport();
});
