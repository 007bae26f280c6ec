import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { readOutput } from "../../server/result/read-output.ts";
import { startHeadless } from "../support/headless.ts";
import { publishExample, steadyOutput, steadyTiles, submit } from "../support/science.ts";
import { openSite, type Site } from "../support/site.ts";

/** `npm run volunteer -- --once` against a real server. */
let site: Site;
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "quorate-once-"));
  site = await openSite({ adminUrl: inject("postgresUrl"), environment: { PAGES: "off" } });
});
afterAll(async () => {
  await site?.close();
  await rm(folder, { recursive: true, force: true });
});

it("computes what one exchange brings, reports it and ends with 0; two of them confirm a workunit", async () => {
  const app = await publishExample(site.deps, "atlas");
  const [id] = await submit(site.deps, app, "steady", steadyTiles(1, 0.1));
  await site.start();
  for (const name of ["ada", "grace"]) {
    const volunteer = startHeadless({ url: site.url, identity: join(folder, name), name, once: true });
    await volunteer.ended();
    expect(volunteer.child.exitCode, volunteer.output()).toBe(0);
  }
  const { rows } = await site.pool.query<{ state: string; canonical: number }>(
    "select state, canonical_result_id as canonical from workunit where id = $1",
    [id],
  );
  expect(rows[0]?.state).toBe("completed");
  expect(Buffer.compare(await readOutput(site.deps, rows[0]?.canonical ?? 0), steadyOutput(0, 0.1))).toBe(0);
  const names = await site.pool.query<{ name: string }>("select name from app_user order by name");
  expect(names.rows.map(({ name }) => name)).toEqual(["ada", "grace"]);
});

it("without any work it says so and ends with 0", async () => {
  const volunteer = startHeadless({ url: site.url, identity: join(folder, "late"), name: "late", once: true });
  await volunteer.ended();
  expect(volunteer.child.exitCode, volunteer.output()).toBe(0);
});
