import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

/** Nothing that keeps people from using the page (WCAG 2.2 A and AA, as far as a program can tell). */
export async function isAccessible(page: Page): Promise<void> {
  // After a step from page to page the title comes a moment later.
  await expect(page).toHaveTitle(/./);
  // What the pointer is over looks different for as long as it is.
  await page.mouse.move(0, 0);
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag22aa"]).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
}
