import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { readResults } from "../../../server/results/result-rows.ts";
import { jsonLines } from "../../../server/results/text-formats.ts";
import { computeAll, withLabServer } from "../../support/lab-server.ts";

const site = withLabServer();

describe("a client that stops reading", () => {
  test("stops the reading of the database too, and holds no connection of it", async () => {
    const { engine } = site;
    const { pool } = engine.deps;
    const big = await engine.app();
    const ids = await engine.submit(big.appVersionId, 600);
    await computeAll(engine);
    // Outputs as large as rows may hold: 600 of 64 KiB are far more than any buffer on the way.
    await pool.query(
      "update result_output set bytes = decode(repeat('5a', 65536), 'hex') where result_id in (select canonical_result_id from workunit where id = any($1::bigint[]))",
      [ids],
    );
    const { n } = await engine.row<{ n: number }>(
      "select count(*)::int as n from assimilated_result where project_id = $1 and succeeded",
      [big.projectId],
    );
    expect(n).toBe(600);
    let pages = 0;
    const query = pool.query.bind(pool);
    pool.query = ((...args: Parameters<typeof query>) => {
      if (typeof args[0] === "string" && args[0].includes("unnest($1::bigint[]) as wanted")) pages += 1;
      return query(...args);
    }) as typeof pool.query;
    try {
      const { port } = new URL(site.base);
      const socket = connect(Number(port), "127.0.0.1");
      socket.pause();
      socket.write(`GET /api/projects/${big.slug}/results.jsonl HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
      // Until nothing moves any more: the same count, looked at again and again.
      let same = 0;
      for (let last = -1; same < 20; last = pages) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        same = pages > 0 && pages === last ? same + 1 : 0;
      }
      const stalled = pages;
      expect(stalled).toBeLessThan(11);
      expect(pool.idleCount).toBe(pool.totalCount);
      let bytes = 0;
      socket.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      socket.resume();
      await once(socket, "close");
      expect(pages).toBe(12);
      expect(bytes).toBeGreaterThan(600 * 65_536);
    } finally {
      pool.query = query as typeof pool.query;
    }
  });

  test("or goes away in the middle: reading ends", async () => {
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
