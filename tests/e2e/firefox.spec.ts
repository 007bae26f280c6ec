import { expect, test } from "@playwright/test";
import { type Firefox, findFirefox, launchFirefox } from "../support/firefox.ts";
import { startHeadless } from "../support/headless.ts";
import { publishExample, steadyTiles, submit } from "../support/science.ts";
import { openSite } from "../support/site.ts";

/** The second engine. It runs once, in the project of its own that playwright.config.ts has for it. */
let firefox: Firefox | undefined;

/** Of ten such starts, one or two stood still when it was the supervisor that started the compute workers. */
const STARTS = 5;

const COUNT_WORKERS = `void (globalThis.Worker = class extends Worker {
  constructor(...given) {
    super(...given);
    globalThis.started = (globalThis.started ?? 0) + 1;
  }
})`;
const BUSY = "void setInterval(() => { for (const until = performance.now() + 15; performance.now() < until; ); }, 20)";

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

test("Firefox computes on its processor, to a confirmed result and its credit", async ({ browserName: _ }, info) => {
  const site = await openSite();
  const friend = { identity: info.outputPath("friend"), name: "Ada" };
  try {
    await submit(site.deps, await publishExample(site.deps, "atlas"), "steady", steadyTiles(3, 0.2));
    await site.start();
    const page = await (firefox as Firefox).newPage();
    await page.goto(site.url);
    await page.waitFor("document.querySelector('[data-testid=start]:enabled')", 30_000);
    await page.click("[data-testid=start]");
    await page.waitFor("document.querySelector('[data-testid=phase]')", 30_000);
    await page.waitFor("document.querySelectorAll('[data-fate=being_checked]').length === 3", 60_000);
    expect(await page.evaluate("document.querySelector('[data-testid=worker]').dataset.backend")).toBe("wasm");
    const volunteer = startHeadless({ url: site.url, ...friend });
    await page.waitFor("document.querySelectorAll('[data-fate=confirmed]').length === 3", 60_000);
    await volunteer.stop();
    const { rows } = await site.pool.query("select backend, credit_micro from result where validation = 'valid'");
    expect(rows).toEqual(Array(6).fill({ backend: "wasm", credit_micro: 500_000 }));
    await page.click("[data-testid=stop]");
    await page.waitFor("document.querySelector('[data-testid=start]')", 10_000);
  } finally {
    await site.close();
  }
});

test("Firefox computes after every Start, however busy its page is while its workers are watched", async () => {
  const site = await openSite();
  try {
    await submit(site.deps, await publishExample(site.deps, "atlas"), "steady", steadyTiles(3 * STARTS, 5));
    await site.start();
    for (let start = 0; start < STARTS; start += 1) {
      const page = await (firefox as Firefox).newPage();
      await page.goto(site.url);
      await page.waitFor("document.querySelector('[data-testid=start]:enabled')", 30_000);
      await page.evaluate(COUNT_WORKERS);
      // BiDi watches the workers. The busier the page, the later it tells the watcher of a new one (compute-lender.ts).
      await page.evaluate(BUSY);
      await page.click("[data-testid=start]");
      await page.waitFor("document.querySelector('[data-testid=phase][data-phase=computing]')", 60_000);
      // The supervisor, a compute worker for each of the two backends it looks at, and one that computes.
      expect(await page.evaluate<number>("started")).toBeGreaterThanOrEqual(4);
      await page.click("[data-testid=stop]");
      await page.waitFor("document.querySelector('[data-testid=start]')", 60_000);
      await page.goto("about:blank");
    }
  } finally {
    await site.close();
  }
});
