import { type Browser, expect, test } from "@playwright/test";
import { readOutput } from "../../server/result/read-output.ts";
import { onsagerMagnetisation } from "../oracles/onsager.ts";
import { ledgerProblems } from "../support/check-ledger.ts";
import { FLOPS, publishExample, type Settings, submit } from "../support/science.ts";
import { openSite, type Site } from "../support/site.ts";
import { launchWithoutGpu, openPerson, type Person, pressStart } from "../support/volunteer-page.ts";

/** Answers that are never the same bytes: simulations with dice of their own, and floating point on two kinds of processors. */
test.describe.configure({ mode: "serial" });

/** Replicas must come from different kinds of processors: WebAssembly and WebGPU confirm each other. */
const DIVERSE: Settings = { policy: { type: "full" }, parameters: { minQuorum: 2, homogeneity: "diverse" } };
const TEMPERATURES = [1.5, 2];
/** Published minima of 3 and 4 atoms: -3 and -6. */
const ATOMS = [3, 4];

let site: Site;
let withoutGpu: Browser;
const people: Person[] = [];
let isingIds: number[];
let clusterIds: number[];

const bytes = (text: string) => new TextEncoder().encode(text);

test.beforeAll(async () => {
  withoutGpu = await launchWithoutGpu();
  site = await openSite();
  const { deps } = site;
  const simulations = TEMPERATURES.map((temperature) => ({
    name: `T=${temperature}`,
    input: bytes(`size=8\ntemperature=${temperature}\nthermalise=30\nsweeps=30\nevery=1\n`),
    flops: FLOPS,
  }));
  const searches = ATOMS.map((atoms) => ({
    name: `${atoms} atoms`,
    input: bytes(`atoms=${atoms}\nseed=1\nwalkers=64\nmoves=512\ncycles=1\n`),
    flops: FLOPS,
  }));
  isingIds = await submit(deps, await publishExample(deps, "ising", DIVERSE), "simulations", simulations);
  clusterIds = await submit(deps, await publishExample(deps, "cluster", DIVERSE), "searches", searches);
  await site.start();
});

test.afterAll(async () => {
  for (const { context } of people) await context.close();
  await withoutGpu?.close();
  await site?.close();
});

test("[R000.6] [R000.34] [R000.35] both kinds of processors confirm each other's simulations and searches", async ({
  browser,
}) => {
  for (const each of [withoutGpu, browser, browser]) {
    const person = await openPerson(each, site);
    people.push(person);
    await pressStart(person.page);
  }
  const open = () => all("select id from workunit where state <> 'completed'");
  await expect.poll(open, { timeout: 120_000 }).toEqual([]);
  const kinds = await all<{ kinds: string }>(
    `select string_agg(distinct backend, '+' order by backend) as kinds from result
      where validation = 'valid' group by workunit_id`,
  );
  expect(kinds.map((row) => row.kinds)).toEqual(Array(isingIds.length + clusterIds.length).fill("wasm+wgsl"));
  // Equal bytes are asked of exact apps only; these are compared by a test and a tolerance.
  const problems = await ledgerProblems(site.pool, { atRest: false });
  expect(problems.filter((problem) => !problem.includes("exact apps"))).toEqual([]);
});

test("what was confirmed is right: Onsager's magnetisation and the published energies", async () => {
  for (const [index, temperature] of TEMPERATURES.entries()) {
    const output = await canonicalOutput(isingIds[index] ?? 0);
    const [magnetisation, error] = [output.readDoubleLE(0), output.readDoubleLE(8)];
    // Eight sites a side are few: the exact value is of an endless lattice, which far below Tc is the same to a hundredth.
    expect(Math.abs(magnetisation - onsagerMagnetisation(temperature))).toBeLessThan(0.01 + 5 * error);
  }
  expect((await canonicalOutput(clusterIds[0] ?? 0)).readDoubleLE(0)).toBeCloseTo(-3, 5);
  expect((await canonicalOutput(clusterIds[1] ?? 0)).readDoubleLE(0)).toBeCloseTo(-6, 5);
});

test("[R000.26] of a simulation nobody says that people computed the same answer: their answers agree", async ({
  browser,
}) => {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${site.url}/workunits/${isingIds[0]}`);
  await expect(page.getByText("the answers agree the way this project compares them")).toBeVisible();
  await expect(page.getByText("computed the same answer")).toHaveCount(0);
  await page.context().close();
});

test("anybody runs them again, on either kind of processor, and they match", async ({ browser }) => {
  const page = await (await browser.newContext()).newPage();
  const result = page.getByTestId("rerun-result");
  for (const id of [isingIds[0], clusterIds[0]]) {
    await page.goto(`${site.url}/workunits/${id}`);
    for (const backend of ["wgsl", "wasm"]) {
      await page.getByLabel("Compute on").selectOption(backend);
      await page.getByRole("button", { name: /^Run it/ }).click();
      await expect(result).toHaveAttribute("data-backend", backend, { timeout: 60_000 });
      // The simulation throws the same dice again; the search is within its tolerance, on one of the two to the last bit.
      const verdict = id === isingIds[0] ? /same_bytes/ : /same_bytes|agrees/;
      await expect(result).toHaveAttribute("data-verdict", verdict);
    }
  }
  await page.context().close();
});

test("the project pages draw them", async () => {
  const page = await (await withoutGpu.newContext()).newPage();
  await page.goto(`${site.url}/projects/ising-magnet`);
  await expect(page.getByTestId("ising-curves")).toHaveAttribute("data-points", String(TEMPERATURES.length));
  await page.screenshot({ path: "test-results/pages/ising.png", fullPage: true });
  await page.goto(`${site.url}/projects/atom-clusters`);
  await expect(page.getByTestId("cluster-sizes")).toHaveAttribute("data-sizes", String(ATOMS.length));
  await expect(page.getByText("reached", { exact: true })).toHaveCount(ATOMS.length);
  await page.screenshot({ path: "test-results/pages/cluster.png", fullPage: true });
  await page.context().close();
});

async function all<Row extends object>(sql: string): Promise<Row[]> {
  return (await site.pool.query<Row>(sql)).rows;
}

async function canonicalOutput(workunitId: number): Promise<Buffer> {
  const [row] = await all<{ id: number }>(`select canonical_result_id as id from workunit where id = ${workunitId}`);
  return readOutput(site.deps, row?.id ?? 0);
}
