import { afterEach, describe, expect, test } from "vitest";
import wabt from "wabt";
import { auditWorkunit } from "../../../server/audit/audit-workunit.ts";
import type { Policy } from "../../../server/core/wire/app-settings.ts";
import { measureNow } from "../../../server/status/get-status.ts";
import { runVerdicts } from "../../../server/sweeper/run-verdicts.ts";
import { sandboxPids } from "../../../worker/hosts/node/sandbox.ts";
import { type AppOptions, outputReport, withLab } from "./lab.ts";

const lab = withLab();

/** Longer than a judge may take. */
const PATIENCE_MS = 60_000;

/** What a project's module may do when it is asked about more than the empty output of the example; the byte at `$first` is the first of the bytes it is shown. */
const BODIES = {
  "says no": "(i32.const 0)",
  traps: "unreachable",
  "never ends": "(loop $again (br $again)) (i32.const 1)",
  "uses too much memory":
    "(loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (i32.store (i32.const 2147483640) (i32.const 1)) (i32.const 1)",
  "gives an error code": "(i32.const 7)",
  "says what the byte says": "(i32.load8_u (local.get $second))",
  "says yes to equal bytes and gives an error code for others":
    "(select (i32.const 1) (i32.const 7) (i32.eq (i32.load8_u (local.get $first)) (i32.load8_u (local.get $second))))",
} as const;
type Body = keyof typeof BODIES;

async function moduleOf(role: "verify" | "compare", body: Body): Promise<Uint8Array> {
  const text = `(module (memory (export "memory") 2 2)
    (global $next (mut i32) (i32.const 1024))
    (func (export "alloc") (param $bytes i32) (result i32) (local $at i32)
      (local.set $at (global.get $next)) (global.set $next (i32.add (global.get $next) (local.get $bytes))) (local.get $at))
    (func (export "${role}") (param $first i32) (param i32) (param $second i32) (param $length i32) (result i32)
      (if (i32.eqz (local.get $length)) (then (return (i32.const 1))))
      ${BODIES[body]}))`;
  return Uint8Array.from((await wabt()).parseWat("judge.wat", text).toBinary({}).buffer);
}

async function verifierApp(body: Body, policy: Policy, parameters: object): Promise<AppOptions> {
  return {
    manifest: { output: { format: "bytes" }, verify: { module: "verify.wasm", maxMemoryPages: 2 } },
    files: { "verify.wasm": await moduleOf("verify", body) },
    settings: { policy, parameters },
  };
}

async function comparatorApp(body: Body, parameters: object): Promise<AppOptions> {
  return {
    manifest: {
      exactness: "tolerant",
      comparator: { type: "custom", module: "compare.wasm" },
      output: { format: "bytes" },
      backends: { wasm: { module: "kernel.wasm", maxMemoryPages: 4 } },
    },
    files: { "compare.wasm": await moduleOf("compare", body) },
    settings: { parameters },
  };
}

/** Hosts compute what there is of the workunit, each with the next of these bytes. */
async function report(id: number, bytes: readonly number[], afterEach?: () => Promise<void>): Promise<void> {
  const { current } = lab;
  for (const byte of bytes) {
    const host = await current.host();
    const [lease] = await current.claim(host);
    if (lease?.workunitId !== String(id)) throw new Error(`a result of workunit ${id} was expected`);
    await current.report(host, outputReport(lease, Buffer.from([byte])));
    await afterEach?.();
  }
}

/** `report`, and every verdict is given. */
async function compute(id: number, ...bytes: number[]): Promise<void> {
  await computeJudged({}, id, ...bytes);
}

async function computeJudged(options: { judgeMs?: number }, id: number, ...bytes: number[]): Promise<void> {
  await report(id, bytes, async () => {
    while ((await runVerdicts(lab.current.deps, lab.current.now, options)) > 0);
  });
}

/** What never ends is waited for no longer than it takes to be sure. */
const patienceWith = (body: Body) => (body === "never ends" ? { judgeMs: 1_000 } : {});

async function begin(options: AppOptions): Promise<number> {
  const { appVersionId } = await lab.current.app(options);
  const [id = 0] = await lab.current.submit(appVersionId, 1);
  return id;
}

const endOf = (id: number) => lab.current.row("select state, errors, accepted_by from workunit where id = $1", [id]);
const validationsOf = async (id: number) =>
  (
    await lab.current.rows<{ validation: string; reason: string | null }>(
      "select validation, reason from result where workunit_id = $1 and outcome = 'ok' order by number",
      [id],
    )
  ).map(({ validation, reason }) => `${validation} ${reason ?? ""}`);

/** Everybody is told: the row of results, the batch, the status page; and all of them count the same. */
async function expectVisibleFailure(id: number): Promise<void> {
  const { current } = lab;
  await current.sweep();
  const told = await current.row("select succeeded, errors from assimilated_result where workunit_id = $1", [id]);
  expect(told).toEqual({ succeeded: false, errors: ["too_many_total"] });
  const counts = await current.row<{ failed: number; unresolved: number; batches: number }>(
    `select (select count(*)::int from workunit where state = 'failed') as failed,
            (select count(*)::int from assimilated_result where not succeeded) as unresolved,
            (select sum(n_failed)::int from batch) as batches`,
  );
  const { workunitsFailed } = (await measureNow(current.deps.pool, current.now)).site;
  expect([counts.unresolved, counts.batches, workunitsFailed]).toEqual([counts.failed, counts.failed, counts.failed]);
  expect(counts.failed).toBeGreaterThan(0);
}

const VERIFIED: Policy = { type: "verified" };

describe("a project's module that misbehaves never leaves a workunit stuck", () => {
  test.each([
    ["traps", /unreachable/],
    ["never ends", /"no_answer"/],
    ["uses too much memory", /memory|out of bounds/],
    ["gives an error code", /"error_code".*7/],
  ] as const)(
    "[R000.19][R000.27] a verifier that %s: a stored verdict with its reason, and the workunit fails by its limits, visibly",
    async (body, reason) => {
      const limits = { minQuorum: 1, maxTotalResults: 1, maxSuccessResults: 1 };
      const id = await begin(await verifierApp(body, VERIFIED, limits));
      await computeJudged(patienceWith(body), id, 1);
      const stored = await lab.current.row("select verdict, reason from verification where workunit_id = $1", [id]);
      expect(stored).toEqual({ verdict: "broken", reason: expect.stringMatching(reason) });
      expect(await validationsOf(id)).toEqual(["invalid verify_broken"]);
      expect(await endOf(id)).toEqual({ state: "failed", errors: ["too_many_total"], accepted_by: null });
      await expectVisibleFailure(id);
    },
    PATIENCE_MS,
  );

  test.each([
    ["traps", /unreachable/],
    ["never ends", /"no_answer"/],
    ["uses too much memory", /memory|out of bounds/],
    ["gives an error code", /"error_code".*7/],
  ] as const)(
    "[R000.5][R000.27] a comparator that %s: a stored no with its reason, and the workunit fails by its limits, visibly",
    async (body, reason) => {
      const id = await begin(await comparatorApp(body, { minQuorum: 2, maxTotalResults: 2 }));
      await computeJudged(patienceWith(body), id, 1, 1);
      const stored = await lab.current.row("select agree, reason from comparison where workunit_id = $1", [id]);
      expect(stored).toEqual({ agree: false, reason: expect.stringMatching(reason) });
      expect(await endOf(id)).toEqual({ state: "failed", errors: ["too_many_total"], accepted_by: null });
      await expectVisibleFailure(id);
    },
    PATIENCE_MS,
  );
});

/** Verdicts are asked for, and whatever process is to give them is killed as soon as it is there. */
async function runVerdictsUnderFire(): Promise<void> {
  const running = runVerdicts(lab.current.deps, lab.current.now).finally(() => clearInterval(fire));
  const fire = setInterval(() => {
    for (const pid of sandboxPids()) {
      try {
        process.kill(pid, "SIGKILL");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
    }
  }, 1);
  await running;
}

describe("a module whose process is lost", () => {
  const AN_HOUR = 3_600;

  test.each([
    ["verification", () => verifierApp("says what the byte says", VERIFIED, { minQuorum: 1 }), [1], "verdict"],
    ["comparison", () => comparatorApp("says what the byte says", { minQuorum: 2 }), [1, 1], "agree"],
  ] as const)(
    "has said nothing: the %s is asked for again, and given when the process lives",
    async (table, app, bytes, verdict) => {
      const { current } = lab;
      const id = await begin(await app());
      await report(id, bytes);
      await runVerdictsUnderFire();
      const unsaid = `select ${verdict} as verdict, attempts, losses from ${table} where workunit_id = $1`;
      expect(await current.row(unsaid, [id])).toEqual({ verdict: null, attempts: 1, losses: 1 });
      current.now += AN_HOUR;
      await runVerdicts(current.deps, current.now);
      expect(await endOf(id)).toMatchObject({ state: "completed" });
    },
    PATIENCE_MS,
  );

  test(
    "each time it is asked, is broken in the end: nothing waits for ever",
    async () => {
      const { current } = lab;
      const limits = { minQuorum: 1, maxTotalResults: 1, maxSuccessResults: 1 };
      const id = await begin(await verifierApp("never ends", VERIFIED, limits));
      await report(id, [1]);
      // What could not be read before has nothing to do with it.
      await current.rows("update verification set attempts = 40 where workunit_id = $1", [id]);
      let attempts = 0;
      while ((await endOf(id)).state === "open") {
        attempts += 1;
        await runVerdictsUnderFire();
        current.now += AN_HOUR;
      }
      expect(attempts).toBe(5);
      const stored = await current.row("select verdict, reason from verification where workunit_id = $1", [id]);
      expect(stored).toEqual({ verdict: "broken", reason: expect.stringContaining("not_run") });
    },
    PATIENCE_MS,
  );
});

const TOLERANT: AppOptions = {
  manifest: {
    exactness: "tolerant",
    comparator: { type: "tolerant", absolute: 0.5 },
    output: { format: "binary", record: [{ name: "value", type: "u8" }] },
  },
  settings: { parameters: { minQuorum: 2 } },
};

describe("a project's module that never ends keeps the verdicts of others waiting for no more than a round", () => {
  /** More than one process used to take up at once. */
  const MANY = 20;

  // Whoever comes next would wait for them.
  afterEach(async () => {
    await lab.current.rows("delete from comparison where agree is null");
    await lab.current.rows("delete from verification where verdict is null");
  });

  /** As many hosts as each workunit needs compute many of them: all of them wait for a verdict. */
  async function fill(options: AppOptions, hosts: number): Promise<number> {
    const { current } = lab;
    const { appVersionId } = await current.app(options);
    await current.submit(appVersionId, MANY);
    for (let computed = 0; computed < MANY * hosts; ) {
      const host = await current.host();
      const leases = await current.claim(host, MANY);
      await current.report(host, ...leases.map((lease) => outputReport(lease, Buffer.from([1]))));
      computed += leases.length;
    }
    return appVersionId;
  }

  /** How many of the app version's verdicts are given, and how often the others were asked for. */
  async function verdictsOf(table: "verification" | "comparison", appVersionId: number): Promise<object> {
    return await lab.current.row(
      `select count(decided_seconds)::int as given, count(*) filter (where decided_seconds is null)::int as waiting,
          coalesce(max(attempts) filter (where decided_seconds is null), 0) as attempts,
          max(retry_seconds) filter (where decided_seconds is null) as due
         from ${table} v join workunit w on w.id = v.workunit_id where w.app_version_id = $1`,
      [appVersionId],
    );
  }

  test.each([
    // What is compared by the server itself cannot be late, however busy the machine is; a module can.
    ["comparison", () => comparatorApp("never ends", { minQuorum: 2 }), 2, () => TOLERANT, [1, 1], 1_000],
    [
      "verification",
      () => verifierApp("never ends", VERIFIED, { minQuorum: 1 }),
      1,
      () => verifierApp("says what the byte says", VERIFIED, { minQuorum: 1 }),
      [1],
      5_000,
    ],
  ] as const)(
    "[R000.27] a %s asked for later is given in the first round, and the others wait behind what came meanwhile",
    async (table, hanging, hosts, other, bytes, judgeMs) => {
      const { current } = lab;
      const hangingId = await fill(await hanging(), hosts);
      current.now += 1;
      const id = await begin(await other());
      await report(id, bytes);
      current.now += 1;
      await runVerdicts(current.deps, current.now, { judgeMs });
      expect(await endOf(id)).toMatchObject({ state: "completed" });
      expect(await verdictsOf(table, hangingId)).toEqual({
        given: 1,
        waiting: MANY - 1,
        attempts: 0,
        due: current.now,
      });
    },
    PATIENCE_MS,
  );
});

test("[R000.5] S68 a comparator that gives no answer contradicts nobody when an answer is checked again", async () => {
  const { current } = lab;
  const body = "says yes to equal bytes and gives an error code for others";
  const id = await begin(await comparatorApp(body, { minQuorum: 1 }));
  await compute(id, 1);
  const { auditWorkunitId } = await auditWorkunit(current.deps, id, current.now);
  await compute(auditWorkunitId, 2, 2);
  await current.sweep();
  const audit = await current.row("select outcome, reason from audit where original_id = $1", [id]);
  expect(audit).toEqual({ outcome: "undecided", reason: expect.stringContaining("error_code") });
  const { recalled } = await current.row<{ recalled: number | null }>(
    "select recalled_seconds as recalled from workunit where id = $1",
    [id],
  );
  expect(recalled).toBeNull();
  expect(await current.rows("select 1 from credit_entry where kind = 'recall'")).toEqual([]);
});

describe("hybrid, through the use cases", () => {
  const hybrid = (sampleRate = 0): Policy => ({ type: "hybrid", level: 2, sampleRate });
  const one = { minQuorum: 1 };

  test("[R000.20] S50 what passes is accepted alone; what is rejected is invalid, and two others must agree", async () => {
    const passed = await begin(await verifierApp("says what the byte says", hybrid(), one));
    await compute(passed, 1);
    expect(await endOf(passed)).toMatchObject({ state: "completed", accepted_by: "verified" });
    const rejected = await begin(await verifierApp("says what the byte says", hybrid(), one));
    await compute(rejected, 0, 1);
    expect(await endOf(rejected)).toMatchObject({ state: "open" });
    await compute(rejected, 1);
    expect(await endOf(rejected)).toMatchObject({ state: "completed" });
    expect((await validationsOf(rejected)).map((text) => text.split(" ")[0])).toEqual(["invalid", "valid", "valid"]);
  });

  test("[R000.20] S50 where the verifier breaks replicas decide, the first result among them", async () => {
    const id = await begin(await verifierApp("traps", hybrid(), one));
    await compute(id, 5);
    expect(await endOf(id)).toMatchObject({ state: "open" });
    await compute(id, 5);
    expect(await endOf(id)).toMatchObject({ state: "completed", accepted_by: "quorum" });
  });

  test("[R000.20] S51 a sampled workunit is replicated although its verifier passes it", async () => {
    const id = await begin(await verifierApp("says what the byte says", hybrid(1), one));
    await compute(id, 1);
    expect(await endOf(id)).toMatchObject({ state: "open" });
    await compute(id, 1);
    expect(await endOf(id)).toMatchObject({ state: "completed" });
  });

  test("[R000.19] verified: a workunit without a verifier is refused when it is created", async () => {
    const { appVersionId } = await lab.current.app({ settings: { policy: VERIFIED, parameters: one } });
    await expect(lab.current.submit(appVersionId, 1)).rejects.toThrow(/verif/);
  });
});
