import { beforeAll, describe, expect, test } from "vitest";
import { loadExample } from "../../../prisma/seed.ts";
import { buildKernels } from "../../../server/cli/build-kernels.ts";
import { READS_PER_SET } from "../../../server/examples/align-reads.ts";
import { EXAMPLE_PROJECTS } from "../../../server/examples/example-projects.ts";
import { fileKey } from "../../../server/storage/storage.ts";
import { refillProjects } from "../../../server/sweeper/refill-projects.ts";
import { withLab } from "./lab.ts";

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
    // A round of align is never little: here all of its first one has ended.
    await current.rows(
      `update batch b set n_completed = n_workunits from app_version v join app a on a.id = v.app_id
        where v.id = b.app_version_id and a.name = 'align'`,
    );
    const before = await current.row<{ n: number }>("select count(*)::int as n from workunit");
    const added = await refillProjects(current.deps, current.now);
    expect(added).toBeGreaterThanOrEqual(4_000);
    const after = await current.row<{ n: number }>("select count(*)::int as n from workunit");
    expect(after.n - before.n).toBe(added);
  });

  test("the workunits of one round of align share a file of reads, those of the next round another", async () => {
    const { current } = lab;
    const rounds = await current.rows<{ round: number; genomes: number; reads: string[] }>(
      `select (w.tags->>'set')::int as round, count(distinct w.files->>'genome')::int as genomes,
              array_agg(distinct w.files->>'reads') as reads
         from workunit w join app_version v on v.id = w.app_version_id join app a on a.id = v.app_id
        where a.name = 'align' group by 1 order by 1`,
    );
    expect(rounds.map(({ round, genomes, reads }) => [round, genomes, reads.length])).toEqual([
      [0, 1, 1],
      [1, 1, 1],
    ]);
    const [first, second] = rounds.map(({ reads }) => reads[0] ?? "");
    expect(second).not.toBe(first);
    const text = (await current.deps.storage.read(fileKey(first ?? ""))).toString("latin1");
    expect(text.match(/^>0\.\d+$/gm)).toHaveLength(READS_PER_SET);

    current.slug = "lambda-reads";
    const [lease] = await current.claim(await current.host());
    expect(lease?.files).toEqual({ genome: expect.any(String), reads: first });
    expect(Buffer.from(lease?.inputBase64 ?? "", "base64").toString()).toMatch(
      /^match=\d mismatch=-\d+ gap_open=\d+ gap_extend=\d+\n$/,
    );
  });
});
