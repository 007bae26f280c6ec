import { readFile } from "node:fs/promises";
import { expect, type Page, test } from "@playwright/test";
import { readKernelPackage } from "../../server/app-version/read-kernel-package.ts";
import { buildKernelFolder } from "../../server/cli/build-kernels.ts";
import { kernelManifestSchema } from "../../server/core/wire/kernel-manifest.ts";
import { inProject } from "../../server/paths.ts";
import { isMersennePrime } from "../oracles/lucas-lehmer.ts";
import { type Headless, startHeadless } from "../support/headless.ts";
import { isAccessible } from "../support/is-accessible.ts";
import { type PublishedApp, publishPackage } from "../support/science.ts";
import { signedIn } from "../support/signed-in.ts";
import { openSite, ROOMY, type Site } from "../support/site.ts";
import { openReceiver, type Receiver } from "../support/webhook-receiver.ts";

/** A scientist submits a sweep on the pages, watches it, and downloads what volunteers confirmed. */
const WORKUNITS = process.env["QUORATE_TEST_SIZE"] === "full" ? 300 : 30;
const FIRST = 3;
const LAST = FIRST + 2 * (WORKUNITS - 1);

let site: Site;
let app: PublishedApp;
let receiver: Receiver;
let volunteers: Headless[] = [];

test.beforeAll(async ({ browserName: _ }, info) => {
  receiver = await openReceiver();
  site = await openSite({ environment: { ...ROOMY, WEBHOOK_PRIVATE: "on" } });
  const built = await buildKernelFolder(inProject("tests/published/mersenne"), info.outputPath("mersenne"));
  const { manifest, files } = await readKernelPackage(built.folder);
  app = await publishPackage(site.deps, { manifest: kernelManifestSchema.parse(manifest), files });
  await site.start();
});
test.afterAll(async () => {
  await Promise.all(volunteers.map((volunteer) => volunteer.stop()));
  await site?.close();
  await receiver?.close();
});

test("a sweep is submitted, watched, computed by volunteers, and downloaded with its provenance", async ({
  browser,
}, info) => {
  const page = await signedIn(browser, site, "ada@example.org");
  await page.goto(`${site.url}/projects/${app.slug}`);
  await expect(page.getByRole("link", { name: "Submit work" })).toHaveCount(0);
  await site.pool.query(
    `insert into project_member (project_id, user_id, role, since_seconds)
     select $1, u.id, 'owner', 1 from app_user u join auth_user a on a.id = u.auth_user_id where a.email = 'ada@example.org'`,
    [app.projectId],
  );
  await call(page, "handler.add", { slug: app.slug, kind: "webhook", url: receiver.url });

  await test.step("lines that are wrong are named before anything is created, and left out if asked", async () => {
    await page.goto(`${site.url}/projects/${app.slug}`);
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
    await page.goto(`${site.url}/projects/${app.slug}/submit`);
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
    await page.getByTestId("submit").click();
    await page.waitForURL("**/batches/*");
    await isAccessible(page);
  });

  await test.step("volunteers compute it, and the page says so", async () => {
    volunteers = ["ada", "emmy", "sofia"].map((name) =>
      startHeadless({ url: site.url, identity: info.outputPath(name), name }),
    );
    await expect(page.getByTestId("confirmed")).toHaveText(String(WORKUNITS), { timeout: 120_000 });
    await expect(page.getByTestId("batch-state")).toHaveAttribute("data-state", "done");
    await expect(page.getByText("Everything that could be confirmed")).toBeVisible();
    await expect(page.getByRole("img", { name: `${WORKUNITS} confirmed and 0 failed` })).toBeVisible({
      timeout: 30_000,
    });
  });

  await test.step("all results as one answer, and as a file", async () => {
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
      exponents.map((exponent) => ({ exponent, isPrime: isMersennePrime(exponent), kernel: app.hash })),
    );
    for (const { provenance } of rows) expect(provenance.confirmations).toBeGreaterThanOrEqual(2);
  });

  await test.step("the webhook came once", async () => {
    const done = () => receiver.calls.filter((each) => each.json["type"] === "batch.done");
    await expect.poll(() => done().length, { timeout: 30_000 }).toBe(1);
    expect(done()[0]?.json["batch"]).toMatchObject({ name: "Odd exponents", completed: WORKUNITS, failed: 0 });
  });

  await test.step("both batches are on the project's list, also for a stranger", async () => {
    const stranger = await (await browser.newContext()).newPage();
    await stranger.goto(`${site.url}/projects/${app.slug}/batches`);
    await expect(stranger.getByTestId("batches").getByRole("link")).toHaveText(["Odd exponents", "from a table"]);
    await isAccessible(stranger);
    await stranger.getByRole("link", { name: "from a table" }).click();
    await stranger.waitForURL("**/batches/*");
    await expect(stranger.getByTestId("batch-state")).toHaveAttribute("data-state", "paused");
    await expect(stranger.getByTestId("controls")).toHaveCount(0);
  });
});

type Line = { outputBase64: string; provenance: { kernelSha256: string; confirmations: number } };

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
