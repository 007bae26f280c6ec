import { chromium, expect, test } from "@playwright/test";
import { readOutput } from "../../server/result/read-output.ts";
import { fixtureManifest } from "../kernels/wat-kernels.ts";
import { findBrowser } from "../support/find-browser.ts";
import { FLOPS, publishExample, publishPackage, steadyOutput, steadyTiles, submit } from "../support/science.ts";
import { openSite, type Site } from "../support/site.ts";
import { storedCheckpoints } from "../support/stored-work.ts";
import { fatesShown, openPerson, pressStart, visit, watchCards } from "../support/volunteer-page.ts";

/** The graphics card goes away in mid-workunit, as it does when its driver crashes; and one that never comes back from a dispatch. */
let site: Site;

/** Of one idle core; a software adapter takes many times as long. */
const SECONDS = 0.25;

test.beforeAll(async () => {
  site = await openSite();
  const app = await publishExample(site.deps, "atlas", { parameters: { minQuorum: 1 } });
  await submit(site.deps, app, "long", steadyTiles(1, SECONDS));
  await site.start();
});
test.afterAll(() => site?.close());

test("a GPU process that is killed in mid-workunit costs nothing: the same workunit is computed to its end", async ({
  page,
  browser,
}) => {
  test.setTimeout(400_000);
  await visit(page, site);
  await page.getByText("All I have").click();
  // The graphics card alone, so that it is the one that has the workunit.
  await page.getByTestId("settings").click();
  const workers = page.getByRole("slider", { name: "Processor cores that compute" });
  await workers.focus();
  await page.keyboard.press("Home");
  await expect(page.getByTestId("amount")).toContainText("No processor core.");
  // Slowly at first: checkpoints come by the clock, and the workunit must not be over before the first.
  const share = page.getByRole("slider", { name: "It computes this share of the time" });
  await share.focus();
  await page.keyboard.press("Home");
  await pressStart(page);
  const card = page.locator("[data-testid=worker][data-backend=wgsl][data-result]");
  await expect(card).toBeVisible({ timeout: 60_000 });
  await expect.poll(() => storedCheckpoints(page), { timeout: 150_000 }).toHaveLength(1);
  const cards = await watchCards(page);
  const [before] = await cards();
  const [stored] = await storedCheckpoints(page);
  expect(stored).toMatchObject({ resultId: before?.result });
  const kept = stored?.progress ?? 1;
  expect(kept).toBeGreaterThan(0);
  expect(before).toMatchObject({ backend: "wgsl", resumedFrom: 0 });

  const devtools = await browser.newBrowserCDPSession();
  await devtools.send("Browser.crashGpuProcess");
  await share.focus();
  await page.keyboard.press("End");

  // A second run of the same workunit, on the card that came back or beside it, which begins where the checkpoint was.
  // (The clock's offset moves a card's start by a millisecond now and then; the checkpoint came seconds after it.)
  const isLater = ({ startedAtMs }: { startedAtMs: number }) => startedAtMs > (before?.startedAtMs ?? 0) + 1_000;
  const later = async () => (await cards()).filter(isLater);
  await expect.poll(async () => (await later()).length, { timeout: 90_000 }).toBeGreaterThan(0);
  for (const run of await later()) {
    expect(run.result).toBe(before?.result);
    expect(run.resumedFrom).toBeGreaterThanOrEqual(kept);
    expect(run.firstProgress).toBeGreaterThanOrEqual(kept);
  }
  await expect.poll(() => fatesShown(page), { timeout: 240_000 }).toEqual(["confirmed"]);
  const { rows } = await site.pool.query<{ id: number; outcome: string }>("select id, outcome from result");
  expect(rows).toEqual([{ id: Number(before?.result), outcome: "ok" }]);
  const output = await readOutput(site.deps, Number(before?.result));
  expect(Buffer.compare(Buffer.from(output), steadyOutput(0, SECONDS))).toBe(0);
});

/** Sums numbers on a graphics card, and never ends when its input says so: each loop has its bound, all four together none. */
const EVIL = 13;
const bytes = (...words: number[]) => new Uint8Array(Uint32Array.from(words).buffer);
const UNITS = 100;
const SHADER = `struct Params { start: u32, count: u32, pad0: u32, pad1: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> state: array<u32>;
@compute @workgroup_size(1)
fn main() {
  if (state[5] == ${EVIL}u) {
    for (var i = 0u; i < 60000000u; i++) { for (var j = 0u; j < 60000000u; j++) { state[6] += j; } }
  }
  for (var i = 0u; i < params.count; i++) { state[4] += params.start + i + 1u; }
}
`;

function neverEnding() {
  const manifest = fixtureManifest(
    "never-ending",
    {
      wgsl: {
        shader: "kernel.wgsl",
        buffers: [
          { kind: "params", binding: 0 },
          { kind: "state", binding: 1 },
        ],
        passes: [{ entryPoint: "main", workgroups: 1 }],
        maxLoopIterations: 60_000_000,
        state: { bytes: 32, unitsTotal: UNITS, init: { file: "input" } },
        output: { offset: 16, bytes: 4 },
      },
    },
    { limits: { inputBytes: 1024, outputBytes: 8, stepSeconds: 2 } },
  );
  const files = new Map([
    ["kernel.wgsl", new TextEncoder().encode(SHADER)],
    ["one.bin", bytes(0, 0)],
    ["one.out", bytes((UNITS * (UNITS + 1)) / 2)],
  ]);
  return { manifest, files };
}

test("[R003.5] a dispatch that never ends costs its workunit: no other follows it, the page lives, and with a new GPU process the card works again", async () => {
  test.setTimeout(400_000);
  // A browser of its own: nothing but the end of its GPU process stops such a dispatch.
  const executablePath = findBrowser();
  const own = await chromium.launch({
    args: ["--enable-unsafe-webgpu"],
    ...(executablePath === undefined ? {} : { executablePath }),
  });
  try {
    const app = await publishPackage(site.deps, neverEnding(), {
      policy: { type: "full" },
      parameters: { minQuorum: 1, maxErrorResults: 0 },
    });
    const [evil = 0] = await submit(site.deps, app, "evil", [{ name: "evil", input: bytes(0, EVIL), flops: FLOPS }]);
    const { page } = await openPerson(own, site);
    await pressStart(page);
    const errors = () =>
      site.pool
        .query<{ id: number; code: string }>(
          "select workunit_id as id, error_code as code from result where outcome = 'err'",
        )
        .then(({ rows }) => rows);
    await expect.poll(errors, { timeout: 240_000 }).toEqual([{ id: evil, code: "hung" }]);
    await expect.poll(() => fatesShown(page), { timeout: 30_000 }).toEqual(["failed"]);

    // Good work that comes now is not sent after it: it would seem to hang too.
    const input = [1, 2, 3].map((number) => ({ name: `good ${number}`, input: bytes(0, 0), flops: FLOPS }));
    const good = await submit(site.deps, app, "good", input);
    // Meanwhile the page lives, whatever its graphics card does.
    await page.getByTestId("settings").click();
    await expect(page.getByRole("slider", { name: "Processor cores that compute" })).toBeVisible({ timeout: 60_000 });
    const devtools = await own.newBrowserCDPSession();
    await devtools.send("Browser.crashGpuProcess");
    await page.reload();
    const confirmed = () =>
      site.pool
        .query<{ id: number }>("select id from workunit where state = 'completed' and id = any($1) order by id", [good])
        .then(({ rows }) => rows.map(({ id }) => Number(id)));
    await expect.poll(confirmed, { timeout: 120_000 }).toEqual(good);
    expect(await errors()).toEqual([{ id: evil, code: "hung" }]);
  } finally {
    await own.close();
  }
});
