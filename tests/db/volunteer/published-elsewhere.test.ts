import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { nowSeconds } from "../../../server/clock.ts";
import { exchangeRequestSchema, PROTOCOL_VERSION } from "../../../server/core/wire/exchange.ts";
import { type Deps, openDeps } from "../../../server/deps.ts";
import { openSession } from "../../../server/host/open-session.ts";
import { exchange } from "../../../server/volunteer/exchange.ts";
import { publishExample, steadyTiles, submit } from "../../support/science.ts";
import { withDatabase } from "../../support/with-database.ts";

/** Two processes on one database; each keeps the list of app versions for some seconds. */
const database = withDatabase();
let folder = "";
let here: Deps;
let elsewhere: Deps;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "quorate-two-"));
  const nothing = () => undefined;
  const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
  const { pool, prisma } = database;
  const open = () => openDeps({ pool, prisma, log, dataFolder: folder });
  [here, elsewhere] = [await open(), await open()];
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it("a volunteer is not sent away for long because another process has just published what it could compute", async () => {
  // The list of versions does not grow old while the test runs.
  const clock = vi.spyOn(performance, "now").mockReturnValue(performance.now());
  const credential = { kind: "secret" as const, secret: "1".repeat(64) };
  const asking = {
    request: { protocol: PROTOCOL_VERSION, credential },
    address: null,
    userAgent: null,
    mayCreate: () => Promise.resolve(),
  };
  const { hostId } = await openSession(here, asking, nowSeconds());
  const request = exchangeRequestSchema.parse({
    protocol: PROTOCOL_VERSION,
    device: { cores: 1, backends: [{ kind: "wasm", class: "test", knownAnswerOk: true }] },
    want: { results: 1 },
  });
  const ask = () => exchange(here, { hostId: Number(hostId), address: null, request }, nowSeconds());

  expect((await ask()).reason?.code).toBe("no_work");
  await submit(elsewhere, await publishExample(elsewhere, "atlas"), "batch", steadyTiles(1, 1));
  const told = await ask();
  expect(told.reason?.code).toBe("no_work");
  expect(told.callAgainSeconds).toBeLessThanOrEqual(30);
  expect((await ask()).leases).toHaveLength(1);
  clock.mockRestore();
});
