import { describe, expect, test } from "vitest";
import { createAppVersions } from "../../../server/app-version/app-versions.ts";
import { openPool } from "../../../server/database/pool.ts";
import type { Deps } from "../../../server/deps.ts";
import { outputOf, outputReport, withLab } from "./lab.ts";

const lab = withLab();

/** The engine on a single connection, whose cache of app versions is out of date whenever a transaction looks. */
async function onOneConnection(use: (deps: Partial<Deps>) => Promise<void>): Promise<void> {
  const { connectionString = "" } = lab.current.deps.pool.options;
  const pool = openPool(connectionString, { maxConnections: 1 });
  try {
    let clockMs = 0;
    const versions = createAppVersions(pool, () => clockMs);
    const random = () => {
      clockMs += 60_000;
      return 0.4;
    };
    await use({ pool, versions, random });
  } finally {
    await pool.end();
  }
}

describe("a transaction never waits for a second connection", () => {
  test("[R003.24] exchanges go on when every connection is in use and what is known of app versions is out of date", async () => {
    const { current } = lab;
    const settings = { policy: { type: "adaptive" as const, level: 2, disagreementAbove: 0.5 } };
    const { appVersionId } = await current.app({ settings });
    await current.submit(appVersionId, 8);
    const hosts = [await current.host(), await current.host(), await current.host()];
    await onOneConnection(async (narrow) => {
      const engine = current.with(narrow);
      engine.slug = current.slug;
      const leases = await Promise.all(hosts.map((host) => engine.claim(host, 2)));
      expect(leases.map((some) => some.length)).toEqual([2, 2, 2]);
      const answers = await Promise.all(
        hosts.map((host, index) =>
          engine.report(host, ...(leases[index] ?? []).map((lease) => outputReport(lease, outputOf(1)))),
        ),
      );
      expect(answers.flat().map(({ status }) => status)).toEqual(Array(6).fill("recorded"));
    });
  });

  test("an app version that another process has published since is read through the transaction's own connection", async () => {
    const { current } = lab;
    await current.deps.versions.list();
    const { appVersionId } = await current.app();
    await onOneConnection(async ({ pool, versions }) => {
      if (pool === undefined || versions === undefined) throw new Error("both were given");
      const client = await pool.connect();
      try {
        expect((await versions.get(appVersionId, client)).id).toBe(appVersionId);
      } finally {
        client.release();
      }
    });
  });
});
