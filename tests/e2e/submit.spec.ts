import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, expect, type Page, test } from "@playwright/test";
import { zipSync } from "fflate";
import { buildKernelFolder } from "../../server/cli/build-kernels.ts";
import { inProject } from "../../server/paths.ts";
import { isMersennePrime } from "../oracles/lucas-lehmer.ts";
import { isAccessible } from "../support/is-accessible.ts";
import { signedIn } from "../support/signed-in.ts";
import { openSite, ROOMY, type Site } from "../support/site.ts";
import { openPerson, type Person, pressStart, recordRequests } from "../support/volunteer-page.ts";
import { openReceiver, type Receiver } from "../support/webhook-receiver.ts";

/**
 * A new scientist with a kernel of their own: what they try before they submit it, a sweep of it that three people compute in
 * browsers of theirs, its results, and anybody who checks one of them.
 */
const WORKUNITS = 300;
const FIRST = 3;
const LAST = FIRST + 2 * (WORKUNITS - 1);
const SLUG = "mersenne-hunt";

let site: Site;
let receiver: Receiver;
/** The kernel as it was built, on the scientist's disk. */
let kernel = "";
const people: Person[] = [];

test.beforeAll(async ({ browserName: _ }, info) => {
  receiver = await openReceiver();
  site = await openSite({ environment: { ...ROOMY, WEBHOOK_PRIVATE: "on" } });
  kernel = (await buildKernelFolder(inProject("tests/published/mersenne"), info.outputPath("mersenne"))).folder;
  await site.start();
});
test.afterAll(async () => {
  for (const { context } of people) await context.close();
  await site?.close();
  await receiver?.close();
});

test("a sweep is tried, submitted, watched, computed in browsers, downloaded, and checked by a stranger", async ({
  browser,
}, info) => {
  const page = await signedIn(browser, site, "ada@example.org");
  const hash = await publish(page);
  await call(page, "handler.add", { slug: SLUG, kind: "webhook", url: receiver.url });

  await test.step("lines that are wrong are named before anything is created, and left out if asked", async () => {
    await page.goto(`${site.url}/projects/${SLUG}`);
    await page.getByRole("link", { name: "Submit work" }).click();
    await page.getByLabel("Name of the batch").fill("from a table");
    await page.getByRole("button", { name: "CSV" }).click();
    await page.getByLabel("Or paste it here").fill("name,exponent\nfive,5\nbad,five\nlow,1\nseven,7\n");
    await page.getByRole("button", { name: "Look at it" }).click();
    const faults = page.getByTestId("faults");
    await expect(faults.getByRole("listitem")).toHaveText([
      'Line 3: exponent is "five", which is no number',
      "Line 4: exponent is 1; it must be at least 3",
    ]);
    await expect(page.getByTestId("submit")).toBeDisabled();
    await faults.getByText("Only the 2 good ones").click();
    await expect(page.getByTestId("submit")).toBeEnabled();
    await isAccessible(page);
    expect((await site.pool.query("select from batch")).rowCount).toBe(0);
  });

  await test.step("an interrupted submission goes on after a reload, and is one batch", async () => {
    const cut = "**/api/batches/*/parts/*";
    await page.route(cut, (route) => route.fulfill({ status: 409, json: { code: "conflict", message: "Cut." } }));
    await page.getByTestId("submit").click();
    await expect(page.getByTestId("sending").getByRole("alert")).toContainText("Cut.");
    await page.unroute(cut);
    await page.reload();
    await page.getByTestId("resume").getByRole("button", { name: "Go on" }).click();
    await page.waitForURL("**/batches/*");
    await expect(page.getByTestId("batch-numbers").locator("dd").first()).toHaveText("2");
    const { rows } = await site.pool.query("select n_workunits::int as n from batch");
    expect(rows).toEqual([{ n: 2 }]);
  });

  await test.step("cancelled, and undone in time; paused, and given another priority", async () => {
    await page.getByRole("button", { name: "Cancel" }).click();
    await expect(page.getByText(/is cancelled in \d+ second/)).toBeVisible();
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(page.getByTestId("batch-state")).toHaveAttribute("data-state", "open");
    await page.getByRole("button", { name: "Pause" }).click();
    await expect(page.getByTestId("batch-state")).toHaveAttribute("data-state", "paused");
    await page.getByLabel("Priority").fill("7");
    await page.getByRole("button", { name: "Set it" }).click();
    await expect(page.getByText("The priority is set.")).toBeVisible();
  });

  await test.step("a sweep, previewed and submitted", async () => {
    await page.goto(`${site.url}/projects/${SLUG}/submit`);
    await page.getByLabel("Name of the batch").fill("Odd exponents");
    // The program says that it takes an exponent.
    await expect(page.getByLabel("Name", { exact: true })).toHaveValue("exponent");
    await page.getByLabel("From").fill(String(FIRST));
    await page.getByLabel("To", { exact: true }).fill(String(LAST));
    await page.getByLabel("Step").fill("2");
    await expect(page.getByTestId("sweep-count")).toHaveText(`${WORKUNITS} workunits`);
    await page.getByText("Disastrous").click();
    await expect(page.getByTestId("reasons")).toContainText("Three different people");
    await page.getByText("Serious").click();
    await expect(page.getByTestId("reasons")).toContainText("Two different people must give the same answer");
    await page.getByLabel("Seconds for one workunit").fill("0.5");
    await page.getByRole("button", { name: "Look at it" }).click();
    await expect(page.getByTestId("planned-workunits")).toHaveText(String(WORKUNITS));
    await expect(page.getByTestId("plan")).toContainText(String(2 * WORKUNITS));
  });

  await test.step("three of it are computed in the scientist's own browser first, which creates nothing", async () => {
    const made = recordRequests(page.context());
    const dry = page.getByTestId("dry-run");
    await dry.getByRole("button", { name: "Try three of them here" }).click();
    await expect(dry.getByTestId("dry-sum")).toHaveAttribute("data-bad", "0");
    const tried = dry.getByTestId("dry-outcome");
    for (const [index, exponent] of [FIRST, FIRST + 2 * Math.floor((WORKUNITS - 1) / 2), LAST].entries()) {
      await expect(tried.nth(index)).toHaveAttribute("data-outcome", "ok");
      await expect(tried.nth(index).locator("dd").first()).toHaveText(String(exponent));
    }
    await expect(tried.nth(0)).toContainText("Processor");
    // Half a second was stated; these take thousandths of it.
    await expect(dry.getByText("You stated 0.5 s")).toBeVisible();
    await expect(page.getByText("Times are measured: by the dry run in this browser.")).toBeVisible();
    // Files are fetched, and another plan is asked for.
    expect(made.filter((request) => !request.startsWith("GET "))).toEqual(["POST /api/trpc/batch.plan"]);
    expect((await site.pool.query("select from batch")).rowCount).toBe(1);
    await isAccessible(page);
  });

  await test.step("three people compute it in their browsers, and the scientist's page lives", async () => {
    for (let index = 0; index < 3; index += 1) people.push(await openPerson(browser, site));
    await page.getByTestId("submit").click();
    await page.waitForURL("**/batches/*");
    const shown = await watchText(page, "confirmed");
    await Promise.all(people.map((person) => pressStart(person.page)));
    await isAccessible(page);
    await expect(page.getByTestId("confirmed")).toHaveText(String(WORKUNITS), { timeout: 180_000 });
    const seen = (await shown()).map(Number);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.filter((count) => count > 0 && count < WORKUNITS)).not.toEqual([]);
    await expect(page.getByTestId("batch-state")).toHaveAttribute("data-state", "done");
    const { rows } = await site.pool.query<{ people: number; backends: string[] }>(
      `select count(distinct user_id)::int as people, array_agg(distinct backend) as backends
         from result where validation = 'valid'`,
    );
    expect(rows).toEqual([{ people: 3, backends: ["wasm"] }]);
    await expect(page.getByText("Everything that could be confirmed")).toBeVisible();
    await expect(page.getByRole("img", { name: `${WORKUNITS} confirmed and 0 failed` })).toBeVisible({
      timeout: 30_000,
    });
  });

  const confirmed = await test.step("all results as one answer, and as a file", async () => {
    const reduce = page.getByTestId("reduce");
    await reduce.getByLabel("What").selectOption("sum");
    await reduce.getByLabel("Field").selectOption("is_prime");
    await reduce.getByRole("button", { name: "Compute" }).click();
    const exponents = Array.from({ length: WORKUNITS }, (_, index) => FIRST + 2 * index);
    const primes = exponents.filter(isMersennePrime);
    await expect(page.getByTestId("reduced").locator("dd").first()).toHaveText(String(primes.length));
    await reduce.getByLabel("What").selectOption("histogram");
    await reduce.getByLabel("Field").selectOption("exponent");
    await reduce.getByRole("button", { name: "Compute" }).click();
    await expect(page.getByTestId("reduced").locator("rect")).toHaveCount(10);
    await isAccessible(page);

    const waiting = page.waitForEvent("download");
    await page.getByRole("link", { name: "JSONL" }).click();
    const file = info.outputPath("results.jsonl");
    await (await waiting).saveAs(file);
    const rows = (await readFile(file, "utf8"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Line);
    expect(rows.map(resultOf)).toEqual(
      exponents.map((exponent) => ({ exponent, isPrime: isMersennePrime(exponent), kernel: hash })),
    );
    for (const { provenance } of rows) expect(provenance.confirmations).toBeGreaterThanOrEqual(2);
    return rows;
  });

  await test.step("the webhook came once", async () => {
    const done = () => receiver.calls.filter((each) => each.json["type"] === "batch.done");
    await expect.poll(() => done().length, { timeout: 30_000 }).toBe(1);
    expect(done()[0]?.json["batch"]).toMatchObject({ name: "Odd exponents", completed: WORKUNITS, failed: 0 });
    // Each workunit's end was told too, and everything under a key of its own.
    await expect.poll(() => receiver.calls.length, { timeout: 60_000 }).toBe(WORKUNITS + 1);
    expect(new Set(receiver.calls.map(({ headers }) => headers["idempotency-key"])).size).toBe(WORKUNITS + 1);
  });

  await test.step("a stranger runs one of them again, and the bytes match; nothing is reported", async () => {
    await checkAsStranger(browser, confirmed[150]);
  });

  await test.step("where the data are the members', a member does so too, and a stranger finds nothing", async () => {
    const path = `${site.url}/workunits/${confirmed[150]?.workunit}`;
    await site.pool.query("update project set is_public = false where slug = $1", [SLUG]);
    const stranger = await (await browser.newContext()).newPage();
    expect((await stranger.goto(path))?.status()).toBe(404);
    await page.goto(path);
    await page
      .getByTestId("run-yourself")
      .getByRole("button", { name: /^Run it/ })
      .click();
    await expect(page.getByTestId("rerun-result")).toHaveAttribute("data-verdict", "same_bytes", { timeout: 60_000 });
    await site.pool.query("update project set is_public = true where slug = $1", [SLUG]);
    await stranger.context().close();
  });

  await test.step("both batches are on the project's list, also for a stranger", async () => {
    const stranger = await (await browser.newContext()).newPage();
    await stranger.goto(`${site.url}/projects/${SLUG}/batches`);
    await expect(stranger.getByTestId("batches").getByRole("link")).toHaveText(["Odd exponents", "from a table"]);
    await isAccessible(stranger);
    await stranger.getByRole("link", { name: "from a table" }).click();
    await stranger.waitForURL("**/batches/*");
    await expect(stranger.getByTestId("batch-state")).toHaveAttribute("data-state", "paused");
    await expect(stranger.getByTestId("controls")).toHaveCount(0);
  });
});

/** Founds a project and publishes the kernel in it, as the program for scientists does. @returns the version's hash. */
async function publish(page: Page): Promise<string> {
  const words = { summary: "Primes.", description: "Primes of the form 2^p - 1.", organisation: "Tests" };
  await call(page, "project.create", { slug: SLUG, name: "Mersenne hunt", ...words, isPublic: true });
  const entries = await readdir(kernel, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = await Promise.all(
    paths.map(async (path) => [path.slice(kernel.length + 1), new Uint8Array(await readFile(path))] as const),
  );
  const answer = await page.request.post(`${site.url}/api/projects/${SLUG}/versions`, {
    data: Buffer.from(zipSync(Object.fromEntries(files))),
    headers: { origin: site.url, "content-type": "application/zip" },
  });
  expect(answer.status(), await answer.text()).toBe(201);
  await call(page, "project.publish", { slug: SLUG, publish: true });
  return ((await answer.json()) as { hash: string }).hash;
}

/** Every text that a part of the page showed since this was called. */
async function watchText(page: Page, testId: string): Promise<() => Promise<string[]>> {
  await page.getByTestId(testId).evaluate((element) => {
    const seen = [element.textContent ?? ""];
    new MutationObserver(() => seen.push(element.textContent ?? "")).observe(element, {
      subtree: true,
      childList: true,
      characterData: true,
    });
    Object.assign(window, { textsShown: seen });
  });
  return () => page.evaluate(() => (window as unknown as { textsShown: string[] }).textsShown);
}

/** Somebody without an account and without consent: the page fetches nothing of it before it is asked to. */
async function checkAsStranger(browser: Browser, line: Line | undefined): Promise<void> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${site.url}/workunits/${line?.workunit}`);
  const card = page.getByTestId("run-yourself");
  await expect(card).toContainText("Nothing is reported to the server");
  await page.waitForLoadState("networkidle");
  const made = recordRequests(context);
  const run = card.getByRole("button", { name: /^Run it/ });
  await run.click();
  const result = card.getByTestId("rerun-result");
  await expect(result).toHaveAttribute("data-verdict", "same_bytes", { timeout: 60_000 });
  const digest = createHash("sha256")
    .update(Buffer.from(line?.outputBase64 ?? "", "base64"))
    .digest("hex");
  await expect(result.getByText(digest)).toHaveCount(2);
  await expect(result).toContainText("Processor");
  expect(made.filter((request) => !request.startsWith("GET "))).toEqual([]);
  expect(made.filter((request) => request.includes("/output"))).toEqual([]);
  await isAccessible(page);

  // Another question has another answer: what is shown where they differ.
  await page.route("**/api/trpc/workunit.rerun*", async (route) => {
    const text = await (await route.fetch()).text();
    await route.fulfill({ body: text.replace(/"base64":"[^"]+"/, `"base64":"${btoa("exponent=5\n")}"`) });
  });
  await run.click();
  await expect(result).toHaveAttribute("data-verdict", "differs", { timeout: 60_000 });
  await expect(result).toContainText("record 0 is 5 instead of");
  await expect(result.getByRole("region", { name: "Bytes around the first difference" })).toBeVisible();
  await isAccessible(page);
  // The page is closed at the end while it asks again.
  await page.unroute("**/api/trpc/workunit.rerun*");

  // A file that never comes: it can be stopped, with the same key again, for the focus goes from button to button.
  await page.route("**/api/files/*", () => undefined);
  await run.focus();
  await page.keyboard.press("Enter");
  await expect(card.getByTestId("here-stage")).toContainText("Fetching");
  await expect(card.getByRole("button", { name: "Stop" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(card.getByTestId("here-stage")).toHaveCount(0);
  await expect(run).toBeFocused();
  await page.unrouteAll();

  // On the graphics card, which this browser has not.
  await card.getByLabel("Compute on").selectOption("wgsl");
  await run.click();
  await expect(card.getByRole("alert")).toContainText("It could not be computed here");
  await context.close();
}

type Line = { workunit: number; outputBase64: string; provenance: { kernelSha256: string; confirmations: number } };

/** What a line of the file says. */
function resultOf({ outputBase64, provenance }: Line) {
  const output = Buffer.from(outputBase64, "base64");
  return { exponent: output.readUInt32LE(0), isPrime: output.readUInt32LE(4) === 1, kernel: provenance.kernelSha256 };
}

/** A mutation of whoever is signed in. */
async function call(page: Page, procedure: string, data: unknown): Promise<void> {
  const answer = await page.request.post(`${site.url}/api/trpc/${procedure}`, { data, headers: { origin: site.url } });
  if (!answer.ok()) throw new Error(`${procedure}: ${answer.status()} ${await answer.text()}`);
}
