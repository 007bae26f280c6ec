import { type Browser, expect, type Page, test } from "@playwright/test";
import { alignOracle } from "../oracles/align.ts";
import { atlasOracle } from "../oracles/atlas.ts";
import { ledgerProblems } from "../support/check-ledger.ts";
import {
  alignReads,
  atlasTiles,
  CREDIT_MICRO,
  genomePiece,
  inputText,
  publishExample,
  submit,
} from "../support/science.ts";
import { openSite, type Site } from "../support/site.ts";
import { fatesShown, launchWithoutGpu, openPerson, type Person, pressStart } from "../support/volunteer-page.ts";

/**
 * The main job, one story in order: three people, one of them without WebGPU, compute a batch of two projects to its end.
 * The quorum is three, so that everybody computes everything and what must come out is known to the last micro-cobblestone.
 */
test.describe.configure({ mode: "serial" });

const GRID = 4;
const SETTINGS = { parameters: { minQuorum: 3 } };

let site: Site;
let withoutGpu: Browser;
let people: Person[] = [];
/** Opened before anything was computed, never reloaded. */
let onlooker: Page;
/** Workunit -> what an independent, slow program says its output is. */
const expected = new Map<number, Buffer>();

test.beforeAll(async () => {
  site = await openSite();
  const { deps } = site;
  const genome = await genomePiece(3_000);
  const tiles = atlasTiles({ grid: GRID, side: 32, maxIterations: 300 });
  const reads = await alignReads(deps, { count: 3, reads: 5, genome });
  const tileIds = await submit(deps, await publishExample(deps, "atlas", SETTINGS), "map", tiles);
  const readIds = await submit(deps, await publishExample(deps, "align", SETTINGS), "reads", reads);
  await site.start();
  for (const [index, tile] of tiles.entries()) {
    expected.set(tileIds[index] ?? 0, Buffer.from(atlasOracle(inputText(tile))));
  }
  for (const [index, workunit] of reads.entries()) {
    expected.set(readIds[index] ?? 0, Buffer.from(alignOracle(inputText(workunit), genome.fasta)));
  }
});

test.afterAll(async () => {
  for (const { context } of people) await context.close();
  await withoutGpu?.close();
  await site?.close();
});

test("[R003.2] three people compute a batch to its end", async ({ browser }) => {
  withoutGpu = await launchWithoutGpu();
  onlooker = await (await withoutGpu.newContext()).newPage();
  await onlooker.goto(`${site.url}/projects/mandelbrot-atlas`);
  await expect(onlooker.getByText("No square has been confirmed yet")).toBeVisible();
  people = [await openPerson(browser, site), await openPerson(browser, site), await openPerson(withoutGpu, site)];
  for (const { page } of people) await pressStart(page);

  await expect
    .poll(() => count("select count(*) from workunit where state = 'completed'"), { timeout: 90_000 })
    .toBe(expected.size);
  await expect.poll(() => count("select count(*) from result where state <> 'over'"), { timeout: 30_000 }).toBe(0);

  expect(await count("select count(distinct user_id) from result where validation = 'valid'")).toBe(3);
  // Both backends took part, so that what agreed did not agree by being the same machine code.
  expect(await column("select distinct backend from result where validation = 'valid' order by 1")).toEqual([
    "wasm",
    "wgsl",
  ]);
  const { page } = person(2);
  await expect(page.getByTestId("worker").first()).toContainText("this browser offers no WebGPU graphics card");
});

test("what stands for each answer is what an independent slow program computes", async ({ request }) => {
  for (const [workunitId, bytes] of expected) {
    const answer = await request.get(`${site.url}/api/workunits/${workunitId}/output`);
    expect(answer.status()).toBe(200);
    expect(Buffer.compare(await answer.body(), bytes), `workunit ${workunitId}`).toBe(0);
  }
});

test("every valid result of a workunit has the same credit, and the books are right", async () => {
  const valid = await site.pool.query<{ results: number; credit: number }>(
    `select count(*)::int as results, sum(credit_micro)::int as credit from result where validation = 'valid'
      group by workunit_id`,
  );
  expect(valid.rows).toHaveLength(expected.size);
  for (const { results, credit } of valid.rows) expect(credit).toBe(results * CREDIT_MICRO);
  expect(valid.rows.reduce((sum, row) => sum + row.results, 0)).toBe(3 * expected.size);
  await expect.poll(() => ledgerProblems(site.pool, { atRest: true })).toEqual([]);
});

test("the map was drawn before the eyes of somebody who only looked on", async ({ browserName: _ }, info) => {
  const map = onlooker.getByTestId("atlas-map");
  await expect(map).toHaveAttribute("data-tiles", String(GRID * GRID));
  await onlooker.screenshot({ path: info.outputPath("atlas.png"), fullPage: true });
  const drawn = await map.evaluate((canvas: HTMLCanvasElement) => {
    const { width, height } = canvas;
    const pixels = canvas.getContext("2d")?.getImageData(0, 0, width, height).data ?? new Uint8ClampedArray();
    const at = (re: number, im: number) => {
      const [x, y] = [Math.floor(((re + 2.25) / 3) * width), Math.floor(((1.5 - im) / 3) * height)];
      return [...pixels.slice((y * width + x) * 4, (y * width + x) * 4 + 4)];
    };
    const colours = new Set<number>();
    let unpainted = 0;
    for (let i = 0; i < pixels.length; i += 4) {
      colours.add(((pixels[i] ?? 0) << 16) | ((pixels[i + 1] ?? 0) << 8) | (pixels[i + 2] ?? 0));
      if (pixels[i + 3] !== 255) unpainted += 1;
    }
    return {
      unpainted,
      colours: colours.size,
      cardioid: at(-0.2, 0.1),
      disc: at(-1.05, 0.05),
      outside: at(-2.2, 1.45),
      above: at(0.2, 1.2),
    };
  });
  const inside = [12, 18, 28, 255];
  expect(drawn.unpainted).toBe(0);
  expect(drawn.colours).toBeGreaterThan(20);
  expect(drawn.cardioid).toEqual(inside);
  expect(drawn.disc).toEqual(inside);
  expect(drawn.outside).not.toEqual(inside);
  expect(drawn.above).not.toEqual(inside);
  await onlooker.goto(`${site.url}/projects/lambda-reads`);
  await expect(onlooker.getByTestId("align-summary")).toHaveAttribute("data-reads", "15");
});

test("leaderboard, credit and the start page tell the same", async () => {
  const total = (expected.size * CREDIT_MICRO) / 1e6;
  await onlooker.goto(`${site.url}/leaderboard`);
  const rows = onlooker.getByTestId("leaders").locator("tbody tr");
  await expect(rows).toHaveCount(3);
  for (const row of await rows.all()) {
    await expect(row.getByTestId("total")).toHaveText(String(total));
    await expect(row.locator("td").last()).toHaveText(String(expected.size));
  }
  const { page } = person(0);
  // The server is asked for news every half a minute while there is no work.
  await expect.poll(() => fatesShown(page), { timeout: 60_000 }).toEqual(Array<string>(8).fill("confirmed"));
  await page.getByRole("link", { name: "My credit" }).click();
  await expect(page.getByTestId("my-credit").locator("dd").first()).toHaveText(String(total));
  await page.getByRole("link", { name: "Leaderboard" }).click();
  await expect(page.getByTestId("leaders").getByText("you", { exact: true })).toBeVisible();
});

function person(number: number): Person {
  const found = people[number];
  if (found === undefined) throw new Error("nobody took part");
  return found;
}

async function count(sql: string): Promise<number> {
  return Number((await column(sql))[0]);
}

async function column(sql: string): Promise<unknown[]> {
  const { rows } = await site.pool.query<unknown[]>({ text: sql, rowMode: "array" });
  return rows.map(([value]) => value);
}
