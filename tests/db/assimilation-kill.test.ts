import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { auditWorkunit } from "../../server/audit/audit-workunit.ts";
import { decideAudits } from "../../server/audit/decide-audits.ts";
import { checkLedger } from "../../server/credit/check-ledger.ts";
import type { Deps } from "../../server/deps.ts";
import { addHandler } from "../../server/handler/add-handler.ts";
import { deliverToHandlers } from "../../server/handler/deliver-to-handlers.ts";
import { listHandlers } from "../../server/handler/list-handlers.ts";
import { deliverOutbox } from "../../server/outbox/deliver-outbox.ts";
import { cancelWorkunits } from "../../server/workunit/settle-workunits.ts";
import { type Death, Died, openMortalEngine } from "../support/mortal-engine.ts";
import { startServerProcess } from "../support/server-process.ts";
import { openReceiver, type Receiver } from "../support/webhook-receiver.ts";
import { type Lab, outputOf, outputReport, withLab } from "./engine/lab.ts";

/**
 * A process that tells projects of their results dies, at whatever moment; another one goes on. Afterwards every ended
 * workunit has had exactly one effect at every handler: a row in the table of results, an idempotency key seen by the
 * webhook's receiver, a line in the export.
 */
const FULL_SIZE = process.env["QUORATE_TEST_SIZE"] === "full";
const MOMENTS = FULL_SIZE ? 200 : 40;
const KILLS = FULL_SIZE ? 15 : 3;

const lab = withLab();
let engine: Lab;
let receiver: Receiver;
let appVersionId = 0;
let exportFile = "";
let databaseUrl = "";

beforeAll(async () => {
  engine = lab.current.with({ rules: { ...lab.current.deps.rules, privateWebhooks: true } });
  receiver = await openReceiver();
  const app = await engine.app({ settings: { parameters: { minQuorum: 1 } } });
  appVersionId = app.appVersionId;
  const { slug: projectSlug } = app;
  await addHandler(engine.deps, { kind: "webhook", projectSlug, url: receiver.url }, engine.now);
  const { handlerId } = await addHandler(engine.deps, { kind: "export", projectSlug }, engine.now);
  exportFile = join(engine.deps.dataFolder, "exports", `${projectSlug}-${handlerId}`, "results-000001.jsonl");
  const { database } = await engine.row<{ database: string }>("select current_database() as database");
  const url = new URL(inject("postgresUrl"));
  url.pathname = `/${database}`;
  databaseUrl = url.href;
});
afterAll(() => receiver.close());

/** Everything that must be told, ever: one key per event. */
const expected: string[] = [];

/** Two successes, a failure, and an answer that an audit has just contradicted. */
async function endSome(): Promise<void> {
  const [good = 0, also = 0, lie = 0, failed = 0] = await engine.submit(appVersionId, 4);
  await cancelWorkunits(engine.deps, [failed], engine.now);
  // Each by another host: a caught one has everything audited that was accepted from it alone.
  for (let accepted = 0; accepted < 3; accepted += 1) {
    const host = await engine.host();
    for (const lease of await engine.claim(host, 1)) await engine.report(host, outputReport(lease, outputOf(1)));
  }
  const { auditWorkunitId: audit } = await auditWorkunit(engine.deps, lie, engine.now);
  for (let other = 0; other < 2; other += 1) {
    const checker = await engine.host();
    for (const lease of await engine.claim(checker, 1)) await engine.report(checker, outputReport(lease, outputOf(2)));
  }
  expected.push(...[good, also, lie, failed, audit].map((id) => `assimilate:${id}`), `recall:${lie}`);
}

/** What the sweeper does about it. */
async function work(deps: Deps, nowSeconds: number): Promise<void> {
  await deliverOutbox(deps, { kind: "assimilate" }, nowSeconds);
  await decideAudits(deps, nowSeconds);
  await deliverToHandlers(deps, nowSeconds);
  await deliverOutbox(deps, { kind: "recall" }, nowSeconds);
  await deliverOutbox(deps, { kind: "recheck" }, nowSeconds);
  await deliverToHandlers(deps, nowSeconds);
}

/** A living process goes on until nothing is left to tell. What the dead one had taken falls due a minute later. */
async function goOn(): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    engine.now += 100;
    await work(engine.deps, engine.now);
    const { left } = await engine.row<{ left: number }>(
      "select count(*)::int as left from outbox where done_seconds is null and kind <> 'delete_output'",
    );
    const { open } = await engine.row<{ open: number }>(
      "select count(*)::int as open from audit where decided_seconds is null",
    );
    if (left === 0 && open === 0) return;
    // The connections of the dead are closed by PostgreSQL as soon as it notices.
    if (round > 3) await delay(50);
  }
  throw new Error(
    `not everything could be told: ${JSON.stringify(await engine.rows("select * from outbox where done_seconds is null"))}`,
  );
}

async function expectOneEffectEach(): Promise<void> {
  const ids = expected
    .filter((key) => key.startsWith("assimilate:"))
    .map((key) => Number(key.slice("assimilate:".length)));
  const rows = await engine.rows<{ id: number }>("select workunit_id as id from assimilated_result order by 1");
  expect(rows.map((row) => row.id)).toEqual(ids.toSorted((a, b) => a - b));
  const batches = await engine.row(
    "select sum(n_completed)::int as completed, sum(n_failed)::int as failed, sum(n_workunits)::int as all from batch where app_version_id = $1",
    [appVersionId],
  );
  expect(batches).toEqual({ completed: (ids.length / 5) * 4, failed: ids.length / 5, all: ids.length });
  const effects = new Set(receiver.calls.map((call) => String(call.headers["idempotency-key"])));
  expect([...effects].sort()).toEqual(expected.toSorted());
  const lines = (await readFile(exportFile, "utf8")).split("\n").slice(0, -1);
  expect(lines.map((line) => (JSON.parse(line) as { key: string }).key).sort()).toEqual(expected.toSorted());
  const taken = await engine.row("select count(*)::int as n from credit_entry where kind = 'recall'");
  expect(taken).toEqual({ n: expected.filter((key) => key.startsWith("recall:")).length });
}

/** A generator of its own, so that a moment that fails can be repeated. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

async function dieDuring(death: Death | null): Promise<{ statements: number; died: boolean }> {
  const mortal = await openMortalEngine(engine.deps, databaseUrl, death);
  try {
    await work(mortal.deps, engine.now);
  } catch (error) {
    if (!(error instanceof Died) && !/Connection terminated/.test(String(error))) throw error;
  } finally {
    await mortal.close();
  }
  return { statements: mortal.statements(), died: mortal.died() };
}

describe("one effect per workunit and handler", () => {
  test(`[R003.19] killed at ${MOMENTS} seeded moments`, { timeout: 600_000 }, async () => {
    await endSome();
    const { statements } = await dieDuring(null);
    expect(statements).toBeGreaterThan(40);
    await goOn();
    await expectOneEffectEach();
    const draw = seeded(20_251);
    let deaths = 0;
    for (let moment = 0; moment < MOMENTS; moment += 1) {
      await endSome();
      const when = (["before", "during", "after"] as const)[Math.floor(draw() * 3)] ?? "before";
      const { died } = await dieDuring({ statement: 1 + Math.floor(draw() * statements), when });
      if (died) deaths += 1;
      await goOn();
      await expectOneEffectEach();
    }
    // A run may need a few statements fewer than the first one.
    expect(deaths).toBeGreaterThan(MOMENTS * 0.8);
    await engine.fold();
    expect((await checkLedger(engine.deps)).differences).toEqual([]);
  });

  const transactions = ["outbox:assimilate", "outbox:export", "outbox:recall", "outbox:recheck", "decide-audit"];
  test.each(transactions.flatMap((name) => [[name, "before_commit"] as const, [name, "after_commit"] as const]))(
    "[R003.19] killed at the commit of %s, %s",
    async (name, moment) => {
      await endSome();
      let died = false;
      const boundary: Deps["boundary"] = (transaction, at) => {
        if (died) throw new Died("the process is dead");
        if (transaction !== name || at !== moment) return;
        died = true;
        throw new Died(`${name} ${moment}`);
      };
      await work({ ...engine.deps, boundary }, engine.now).catch((error: unknown) => {
        if (!(error instanceof Died)) throw error;
      });
      expect(died).toBe(true);
      await goOn();
      await expectOneEffectEach();
    },
  );

  test(`[R003.19] the server itself, killed with -9 ${KILLS} times`, { timeout: 600_000 }, async () => {
    const draw = seeded(9);
    // Answers that take a moment leave calls under way when the process dies.
    receiver.answer = async (response) => {
      await delay(20);
      response.writeHead(200).end();
    };
    for (let kill = 0; kill < KILLS; kill += 1) {
      for (let more = 0; more < 6; more += 1) await endSome();
      const server = await startServerProcess(databaseUrl, {
        PAGES: "off",
        WEBHOOK_PRIVATE: "on",
        DATA_FOLDER: engine.deps.dataFolder,
        LOG_LEVEL: "info",
      });
      await delay(draw() * 1_500);
      await server.kill();
    }
    // The server reads the real clock; this process goes on after what it had taken.
    engine.now = Math.floor(Date.now() / 1000) + 3_600;
    await goOn();
    await expectOneEffectEach();
    const handlers = await listHandlers(engine.deps.pool, engine.now);
    expect(handlers.map(({ waiting, failingSinceSeconds }) => ({ waiting, failingSinceSeconds }))).toEqual([
      { waiting: 0, failingSinceSeconds: null },
      { waiting: 0, failingSinceSeconds: null },
    ]);
  });
});
