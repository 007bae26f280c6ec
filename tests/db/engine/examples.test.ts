import { beforeAll, describe, expect, test } from "vitest";
import { loadExample } from "../../../prisma/seed.ts";
import { buildKernels } from "../../../server/cli/build-kernels.ts";
import { EXAMPLE_PROJECTS } from "../../../server/examples/example-projects.ts";
import { deliverOutbox } from "../../../server/outbox/deliver-outbox.ts";
import { prepareInputs } from "../../../server/sweeper/prepare-inputs.ts";
import { refillProjects } from "../../../server/sweeper/refill-projects.ts";
import { outputReport, withLab } from "./lab.ts";

const lab = withLab();

beforeAll(async () => {
  await buildKernels();
}, 300_000);

describe("the example projects", () => {
  test.each(EXAMPLE_PROJECTS)("$slug is published with its work, once", async (example) => {
    const { current } = lab;
    await loadExample(current.deps, example, 60);
    const count = () =>
      current.row<{ n: number }>(
        `select count(*)::int as n from workunit w join app_version v on v.id = w.app_version_id join app a on a.id = v.app_id
           join project p on p.id = a.project_id where p.slug = $1`,
        [example.slug],
      );
    const first = await count();
    expect(first.n).toBeGreaterThanOrEqual(60);
    await loadExample(current.deps, example, 60);
    expect(await count()).toEqual(first);
    // Interrupted after the batch was stored and before that was noted: the same rounds again are the same batch.
    await current.deps.pool.query("delete from setting where key = $1", [`example_progress:${example.kernel}`]);
    await loadExample(current.deps, example, 60);
    expect(await count()).toEqual(first);
  });

  test("a project whose work runs low is refilled, an untouched one is not", async () => {
    const { current } = lab;
    const before = await current.row<{ n: number }>("select count(*)::int as n from workunit");
    const added = await refillProjects(current.deps, current.now);
    expect(added).toBeGreaterThanOrEqual(4_000);
    const after = await current.row<{ n: number }>("select count(*)::int as n from workunit");
    expect(after.n - before.n).toBe(added);
  });

  test("the input of an align workunit is made, computed with, and put away", async () => {
    const { current } = lab;
    current.slug = "lambda-reads";
    expect(await prepareInputs(current.deps, current.now)).toBeGreaterThan(0);
    const [a, b] = [await current.host(), await current.host()];
    const [[first], [second]] = [await current.claim(a), await current.claim(b)];
    if (!first || !second) throw new Error("both should have got a result");
    expect(second.workunitId).toBe(first.workunitId);
    const key = `files/${first.inputSha256.slice(0, 2)}/${first.inputSha256}`;
    expect(await current.deps.storage.has(key)).toBe(true);
    const output = Buffer.from("read,score,strand,genome_start,genome_end,read_start,read_end\nr,0,*,0,0,0,0\n");
    await current.report(a, outputReport(first, output));
    await current.report(b, outputReport(second, output));
    await deliverOutbox(current.deps, { kind: "assimilate" }, current.now);
    await deliverOutbox(current.deps, { kind: "delete_input" }, current.now);
    expect(await current.deps.storage.has(key)).toBe(false);
    expect(await current.rows("select from file where sha256 = $1", [first.inputSha256])).toEqual([]);
  });
});
