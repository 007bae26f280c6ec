import { expect, type Page, test } from "@playwright/test";
import { nowSeconds } from "../../server/clock.ts";
import { inProject } from "../../server/paths.ts";
import { cancelWorkunits } from "../../server/workunit/settle-workunits.ts";
import { isAccessible } from "../support/is-accessible.ts";
import { type PublishedApp, publishExample } from "../support/science.ts";
import { signedIn } from "../support/signed-in.ts";
import { openSite, ROOMY, type Site } from "../support/site.ts";
import { openReceiver, type Receiver } from "../support/webhook-receiver.ts";

/** Batches that nobody computes: sequences and files on the page, a batch that goes wrong, and what its people do about it. */
const READS = 24;
const FAILED = 20;
const EMAIL = "grace@example.org";
const EXAMPLES = inProject("worker/kernels/align/examples");
const SCORING = "match=2 mismatch=-3 gap_open=5 gap_extend=2";

let site: Site;
let app: PublishedApp;
let receiver: Receiver;
let page: Page;

test.beforeAll(async ({ browser }) => {
  receiver = await openReceiver();
  site = await openSite({ environment: { ...ROOMY, WEBHOOK_PRIVATE: "on" } });
  app = await publishExample(site.deps, "align");
  await site.start();
  page = await signedIn(browser, site, EMAIL);
  // Who looks for the first time is known from then on.
  await page.goto(`${site.url}/projects/${app.slug}`);
  await site.pool.query(
    `insert into project_member (project_id, user_id, role, since_seconds)
     select $1, u.id, 'owner', 1 from app_user u join auth_user a on a.id = u.auth_user_id where a.email = $2`,
    [app.projectId, EMAIL],
  );
  const data = { slug: app.slug, kind: "webhook", url: receiver.url };
  const added = await page.request.post(`${site.url}/api/trpc/handler.add`, { data, headers: { origin: site.url } });
  expect(added.ok()).toBe(true);
});
test.afterAll(async () => {
  await site?.close();
  await receiver?.close();
});

/** Opens the page, names the batch, and uploads what all workunits share. */
async function begin(name: string, kind: string): Promise<void> {
  await page.goto(`${site.url}/projects/${app.slug}/submit`);
  await page.getByLabel("Name of the batch").fill(name);
  await page.getByRole("button", { name: kind, exact: true }).click();
  for (const [file, path] of [
    ["genome", "small.fa"],
    ["reads", "none.fa"],
  ] as const) {
    await page.getByLabel(`Upload ${file}`).setInputFiles(`${EXAMPLES}/${path}`);
    await expect(page.getByLabel(`SHA-256 of ${file}`)).toHaveValue(/^[0-9a-f]{64}$/);
  }
}

/** Looks at it, sends it, and waits for its page. @returns its number. */
async function send(workunits: number): Promise<number> {
  await page.getByRole("button", { name: "Look at it" }).click();
  await expect(page.getByTestId("planned-workunits")).toHaveText(String(workunits));
  await page.getByTestId("submit").click();
  await page.waitForURL("**/batches/*");
  await expect(page.getByTestId("batch-state")).toHaveAttribute("data-state", "open");
  return Number(/\d+$/.exec(page.url())?.[0]);
}

const inputsOf = async (batchId: number): Promise<{ id: number; name: string; text: string }[]> =>
  (
    await site.pool.query<{ id: number; name: string; text: string }>(
      "select id, name, convert_from(input, 'UTF8') as text from workunit where batch_id = $1 order by id",
      [batchId],
    )
  ).rows;

test("each file is the input of a workunit, and has its name", async () => {
  await begin("Two files", "Files");
  const files = ["one", "two"].map((name) => ({
    name: `${name}.txt`,
    mimeType: "text/plain",
    buffer: Buffer.from(`${SCORING}\n>${name}\nACGT\n`),
  }));
  await page.getByLabel("Files", { exact: true }).setInputFiles(files);
  const batchId = await send(2);
  expect((await inputsOf(batchId)).map(({ name, text }) => ({ name, text }))).toEqual(
    files.map(({ name, buffer }) => ({ name, text: buffer.toString() })),
  );
});

test("sequences; too much of them fails: the batch stops itself, tells once, and what failed is tried again", async () => {
  await begin("Short reads", "FASTA");
  const reads = Array.from({ length: READS }, (_, index) => `>read${index}\nACGTACGTAC\n`);
  await page.getByLabel("Or paste it here").fill(reads.join(""));
  await page.getByLabel("Sequences each").fill("1");
  await page.getByLabel("Text before the sequences").fill(`${SCORING}\n`);
  const batchId = await send(READS);
  const workunits = await inputsOf(batchId);
  expect(workunits.map(({ text }) => text)).toEqual(reads.map((read) => `${SCORING}\n${read}`));

  await test.step("who is told, and when it stops itself, is changed while it runs", async () => {
    const notices = page.getByTestId("notices");
    await expect(notices.getByRole("list", { name: "Webhooks of the project" })).toContainText(receiver.url);
    await notices.getByLabel("Send me a mail when it is done or has stopped itself.").check();
    await notices.getByLabel("Stop by itself above").fill("10");
    await notices.getByRole("button", { name: "Save" }).click();
    await expect(notices.getByText("This holds from now on.")).toBeVisible();
    await expect(page.getByText("when more than 10% fail")).toBeVisible();
    await isAccessible(page);
  });

  await test.step("it stops itself and says so, on the page, by mail and to the webhook, once each", async () => {
    const ids = workunits.slice(0, FAILED).map(({ id }) => id);
    await cancelWorkunits(site.deps, ids, nowSeconds());
    await expect(page.getByText(`${FAILED} of the ${FAILED} workunits that were decided`)).toBeVisible();
    await expect(page.getByTestId("batch-state")).toHaveAttribute("data-state", "stopped");
    const waiting = async () => (await site.pool.query("select from outbox where done_seconds is null")).rowCount;
    await expect.poll(waiting).toBe(0);
    const told = receiver.calls.filter(({ json }) => json["type"] === "batch.stopped");
    expect(told.map(({ json }) => json["batch"])).toMatchObject([{ id: batchId, completed: 0, failed: FAILED }]);
    const mails = site
      .server()
      .output()
      .split("\n")
      .filter((line) => line.includes(`"to":"${EMAIL}"`) && line.includes("Stopped: Short reads"));
    expect(mails).toHaveLength(1);
  });

  await test.step("what failed is tried again, in a batch that is linked with it", async () => {
    await page.getByRole("button", { name: "Try failed ones again" }).click();
    await page.getByText(`${FAILED} workunits are tried again`).getByRole("link", { name: "a new batch" }).click();
    await expect(page.getByText("It tries again what failed in")).toBeVisible();
    await expect(page.getByTestId("batch-numbers").locator("dd").first()).toHaveText(String(FAILED));
    await page.getByRole("link", { name: "an earlier batch" }).click();
    await page.waitForURL(`**/batches/${batchId}`);
    await page.getByRole("button", { name: "Show them" }).click();
    await expect(page.getByRole("link", { name: "tried again" })).toHaveCount(FAILED);
  });
});
