import { expect, test } from "@playwright/test";
import { type Firefox, findFirefox, launchFirefox } from "../support/firefox.ts";

/** The second engine. It runs once, in the project of its own that playwright.config.ts has for it. */
let firefox: Firefox | undefined;

test.beforeAll(async () => {
  const executable = findFirefox();
  test.skip(executable === undefined, "no Firefox on this machine; install one or set FIREFOX_PATH");
  if (executable !== undefined) firefox = await launchFirefox(executable);
});
test.afterAll(() => firefox?.close());

test("Firefox shows the page, and may compile WebAssembly under its policy but no text", async () => {
  const page = await (firefox as Firefox).newPage();
  await page.goto(process.env["QUORATE_URL"] ?? "");
  expect(await page.evaluate<string>("document.title")).toContain("Quorate");
  // The smallest module there is: magic number and version.
  const compiled = await page.evaluate<boolean>(
    "WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).then(() => true)",
  );
  expect(compiled).toBe(true);
  // A handler in an attribute is text; it would run when the picture fails to load.
  await page.evaluate(
    `document.body.insertAdjacentHTML("beforeend", "<img src='data:,' onerror='window.ran = true'>")`,
  );
  await page.waitFor("[...document.images].every((image) => image.complete)");
  expect(await page.evaluate<boolean>("window.ran === true")).toBe(false);
});
