import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { beforeAll, describe, expect, test } from "vitest";
import { readResults } from "../../../server/results/result-rows.ts";
import { jsonLines } from "../../../server/results/text-formats.ts";
import { computeAll, withLabServer } from "../../support/lab-server.ts";

const site = withLabServer();
const WORKUNITS = 600;
/** Outputs as large as rows may hold: all of them are far more than any buffer on the way. */
const OUTPUT_BYTES = 65_536;
/** What may be on its way to a reader that reads nothing: pages, chunks, and the buffers of two sockets. */
const AHEAD_ROWS = 250;

let slug: string;

beforeAll(async () => {
  const { engine } = site;
  const big = await engine.app();
  ({ slug } = big);
  const ids = await engine.submit(big.appVersionId, WORKUNITS);
  await computeAll(engine);
  await engine.deps.pool.query(
    `with canonical as (update result set output_bytes = ${OUTPUT_BYTES}
        where id in (select canonical_result_id from workunit where id = any($1::bigint[])) returning id)
     update result_output set bytes = decode(repeat('5a', ${OUTPUT_BYTES}), 'hex') where result_id in (select id from canonical)`,
    [ids],
  );
});

/** Counts what is read of the database's outputs while `work` runs. */
async function counting(work: (rows: () => number) => Promise<void>): Promise<void> {
  const { pool } = site.services;
  let read = 0;
  const query = pool.query.bind(pool);
  pool.query = (async (...args: Parameters<typeof query>) => {
    const result = (await query(...args)) as unknown as { rows: { output?: unknown }[] };
    read += result.rows.filter((row) => Buffer.isBuffer(row.output)).length;
    return result;
  }) as typeof pool.query;
  try {
    await work(() => read);
  } finally {
    pool.query = query as typeof pool.query;
  }
}

function ask(path: string): Socket {
  const socket = connect(Number(new URL(site.base).port), "127.0.0.1");
  socket.pause();
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
  return socket;
}

/** Until nothing moves any more: the same count, looked at again and again. */
async function standstill(count: () => number): Promise<number> {
  let same = 0;
  for (let last = -1; same < 20; last = count()) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    same = count() > 0 && count() === last ? same + 1 : 0;
  }
  return count();
}

describe("a client that stops reading", () => {
  test.each(["jsonl", "csv", "json", "zip"])(
    "%s: stops the reading of the database too, and holds no connection of it",
    async (ending) => {
      await counting(async (rows) => {
        const socket = ask(`/api/projects/${slug}/results.${ending}`);
        expect(await standstill(rows)).toBeLessThan(AHEAD_ROWS);
        const { pool } = site.services;
        expect(pool.idleCount).toBe(pool.totalCount);
        let bytes = 0;
        socket.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
        });
        socket.resume();
        await once(socket, "close");
        expect(rows()).toBe(WORKUNITS);
        expect(bytes).toBeGreaterThan(WORKUNITS * OUTPUT_BYTES);
      });
    },
  );

  test.each(["jsonl", "csv"])("%s: one that goes away instead ends the reading", async (ending) => {
    await counting(async (rows) => {
      const socket = ask(`/api/projects/${slug}/results.${ending}`);
      const before = await standstill(rows);
      socket.destroy();
      expect(await standstill(rows)).toBeLessThanOrEqual(before + 100);
    });
  });

  test("a loop that is left ends the reading", async () => {
    const { engine } = site;
    const { appVersionId, projectId } = await engine.app();
    await engine.submit(appVersionId, 3);
    await computeAll(engine);
    const rows = jsonLines(readResults(engine.deps, { projectId }));
    for await (const line of rows) {
      expect(line.length).toBeGreaterThan(0);
      break;
    }
    expect(await rows.next()).toEqual({ done: true, value: undefined });
  });
});
