import { type Browser, expect, type Page, test } from "@playwright/test";
import { fixtureManifest, unitsInput, unitsOutput, watModule } from "../kernels/wat-kernels.ts";
import { answerAs, newHost, type Said } from "../support/answering-host.ts";
import { FLOPS, publishPackage, submit } from "../support/science.ts";
import { openSite, type Site } from "../support/site.ts";

/** Why answers differ, and why one was not taken, on the page of a piece of work that failed, in the language of its reader. */

let site: Site;
let workunit = 0;

const answers: Said[] = [
  unitsOutput(4),
  unitsOutput(90),
  unitsOutput(4).slice(0, 3),
  { code: "trapped", message: "the module trapped in step: <i>unreachable</i>" },
];

test.beforeAll(async () => {
  site = await openSite();
  const manifest = fixtureManifest(
    "waage",
    { wasm: { module: "kernel.wasm", maxMemoryPages: 4 } },
    {
      exactness: "tolerant",
      comparator: { type: "tolerant", absolute: 5 },
      output: { format: "binary", record: [{ name: "summe", type: "u32" }] },
    },
  );
  const files = new Map([
    ["kernel.wasm", await watModule()],
    ["one.bin", unitsInput(4)],
    ["one.out", unitsOutput(4)],
  ]);
  const parameters = { minQuorum: 2, maxTotalResults: answers.length, maxErrorResults: 5, maxSuccessResults: 0 };
  const app = await publishPackage(site.deps, { manifest, files }, { parameters });
  [workunit = 0] = await submit(site.deps, app, "gewogen", [{ name: "probe", input: unitsInput(4), flops: FLOPS }]);
  await site.start();
  for (const [index, said] of answers.entries()) {
    const host = await newHost(site.deps, `host ${index}`);
    // What comes next is lent once those before were compared.
    await expect(() => answerAs(site.deps, host, said)).toPass({ timeout: 60_000 });
  }
  const states = "select state from workunit where id = $1";
  await expect
    .poll(async () => (await site.pool.query(states, [workunit])).rows, { timeout: 60_000 })
    .toEqual([{ state: "failed" }]);
});

test.afterAll(async () => {
  await site?.close();
});

async function openIn(browser: Browser, locale: string): Promise<Page> {
  const page = await (await browser.newContext({ locale })).newPage();
  await page.goto(`${site.url}/workunits/${workunit}`);
  return page;
}

/** The page's words but for what is marked as English. */
function ownWords(page: Page): Promise<string> {
  return page.locator("main").evaluate((main) => {
    const copy = main.cloneNode(true) as HTMLElement;
    for (const marked of copy.querySelectorAll("[lang=en]")) marked.remove();
    return copy.textContent ?? "";
  });
}

const ENGLISH =
  /\b(the|and|are|is|of|has|not|output|outputs|answers?|further|apart|differ|whole|after|trapped|crashed)\b/i;

test("[R000.26] in German everything is said in German but the words of a device, which are marked as its own", async ({
  browser,
}) => {
  const page = await openIn(browser, "de-DE");
  const verdicts = page.getByRole("region", { name: "Wie sich die Antworten verglichen" });
  await expect(verdicts).toContainText("summe: 10 und 4095 liegen weiter auseinander, als das Programm erlaubt");
  const story = page.getByRole("region", { name: "Wer es berechnet hat und was daraus wurde" });
  await expect(story).toContainText(
    "Der Server hat sie nicht angenommen: 3 Bytes nach dem Kopf sind keine ganzen Datensätze von 4 Bytes.",
  );
  await expect(story).toContainText("Das Programm ist abgestürzt. Das Gerät sagt dazu: „the module trapped");
  await expect(story.locator("[lang=en]")).toHaveText(["the module trapped in step: <i>unreachable</i>"]);
  expect(await ownWords(page)).not.toMatch(ENGLISH);
  await page.screenshot({ path: "test-results/pages/reasons-de.png", fullPage: true });

  const batches = "select batch_id as id from workunit where id = $1";
  const [batch] = (await site.pool.query<{ id: number }>(batches, [workunit])).rows;
  await page.goto(`${site.url}/batches/${batch?.id}`);
  const failures = page.getByRole("region", { name: "Berechnungen ohne gute Antwort" });
  await expect(failures.getByRole("row", { name: /^Das Programm ist abgestürzt\. trapped 1$/ })).toBeVisible();
  await expect(failures.getByRole("row", { name: /^Die Antwort hat nicht den angegebenen Aufbau\. / })).toBeVisible();
  await page.screenshot({ path: "test-results/pages/reasons-batch-de.png", fullPage: true });
  await page.context().close();
});

test("[R000.26] in English the same is said in English", async ({ browser }) => {
  const page = await openIn(browser, "en");
  await expect(page.getByText("summe: 10 and 4095 are further apart than the program allows")).toBeVisible();
  await expect(
    page.getByText("The server did not take it: 3 bytes after the header are not whole records of 4 bytes."),
  ).toBeVisible();
  await expect(page.getByText("The program crashed. The device says: “the module trapped")).toBeVisible();
  expect(await ownWords(page)).toMatch(ENGLISH);
  await page.context().close();
});
