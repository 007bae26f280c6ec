import { describe, expect, test } from "vitest";
import wabt from "wabt";
import { explainWorkunits } from "../../../server/evidence/explain-workunits.ts";
import { UnreadableError } from "../../../server/storage/storage.ts";
import { runVerdicts } from "../../../server/sweeper/run-verdicts.ts";
import { type AppOptions, type Lab, outputReport, withLab } from "./lab.ts";

const lab = withLab();

/** A verifier that says what the first byte of the output says: 1 yes, 0 no, 2 trap. The example's output is empty, and right. */
const VERIFY = `(module (memory (export "memory") 2 2)
  (global $next (mut i32) (i32.const 1024))
  (func (export "alloc") (param $bytes i32) (result i32) (local $at i32)
    (local.set $at (global.get $next)) (global.set $next (i32.add (global.get $next) (local.get $bytes))) (local.get $at))
  (func (export "verify") (param i32 i32) (param $output i32) (param $length i32) (result i32) (local $said i32)
    (if (i32.eqz (local.get $length)) (then (return (i32.const 1))))
    (local.set $said (i32.load8_u (local.get $output)))
    (if (i32.eq (local.get $said) (i32.const 2)) (then unreachable))
    (local.get $said)))`;

async function verifierApp(policy: NonNullable<AppOptions["settings"]>["policy"]): Promise<AppOptions> {
  const binary = (await wabt()).parseWat("verify.wat", VERIFY).toBinary({}).buffer;
  return {
    manifest: { output: { format: "bytes" }, verify: { module: "verify.wasm", maxMemoryPages: 2 } },
    files: { "verify.wasm": Uint8Array.from(binary) },
    settings: { ...(policy && { policy }), parameters: { minQuorum: 1 } },
  };
}

const TOLERANT: AppOptions = {
  manifest: {
    exactness: "tolerant",
    comparator: { type: "tolerant", absolute: 0.5 },
    output: { format: "binary", record: [{ name: "value", type: "f64" }] },
  },
};

function real(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

async function reportAll(
  engine: Lab,
  appVersionId: number,
  outputs: Buffer[],
): Promise<{ id: number; resultIds: number[] }> {
  const [id = 0] = await engine.submit(appVersionId, 1);
  const resultIds: number[] = [];
  for (const output of outputs) {
    const host = await engine.host();
    const [lease] = await engine.claim(host);
    if (!lease) throw new Error("no result");
    resultIds.push(Number(lease.resultId));
    await engine.report(host, outputReport(lease, output));
  }
  return { id, resultIds };
}

const stateOf = (id: number) => lab.current.row("select state, accepted_by from workunit where id = $1", [id]);
const validations = async (id: number) =>
  (await lab.current.rows("select validation from result where workunit_id = $1 order by number", [id])).map(
    (row) => row["validation"],
  );

describe("verdicts are facts, computed outside any lock", () => {
  test("[R000.19] an output that its app's verifier accepts is valid alone, one that it rejects is not", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app(await verifierApp({ type: "verified" }));
    const { id } = await reportAll(current, appVersionId, [Buffer.from([0])]);
    expect(await stateOf(id)).toEqual({ state: "open", accepted_by: null });
    await runVerdicts(current.deps, current.now);
    expect(await validations(id)).toEqual(["invalid", "init"]);
    const host = await current.host();
    const [lease] = await current.claim(host);
    if (!lease) throw new Error("no replacement");
    await current.report(host, outputReport(lease, Buffer.from([1])));
    await runVerdicts(current.deps, current.now);
    expect(await stateOf(id)).toEqual({ state: "completed", accepted_by: "verified" });
    expect(await validations(id)).toEqual(["invalid", "valid"]);
  });

  test("a verifier that traps is a stored verdict with its reason, and the workunit goes on", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app(await verifierApp({ type: "verified" }));
    const { id, resultIds } = await reportAll(current, appVersionId, [Buffer.from([2])]);
    await runVerdicts(current.deps, current.now);
    const stored = await current.row("select verdict, reason from verification where result_id = $1", [resultIds[0]]);
    expect(stored).toMatchObject({ verdict: "broken", reason: expect.stringMatching(/unreachable|trap/) });
    expect(await validations(id)).toEqual(["invalid", "init"]);
  });

  test("[R000.6] outputs within the tolerance agree, those outside do not", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app(TOLERANT);
    const near = await reportAll(current, appVersionId, [real(1), real(1.4)]);
    const far = await reportAll(current, appVersionId, [real(1), real(2)]);
    expect(await stateOf(near.id)).toEqual({ state: "open", accepted_by: null });
    while ((await runVerdicts(current.deps, current.now)) > 0);
    expect(await stateOf(near.id)).toEqual({ state: "completed", accepted_by: "quorum" });
    expect(await stateOf(far.id)).toEqual({ state: "open", accepted_by: null });
    expect(await validations(far.id)).toEqual(["inconclusive", "inconclusive", "init"]);
    const stored = await current.row("select agree, reason from comparison where workunit_id = $1", [far.id]);
    expect(stored).toMatchObject({ agree: false, reason: expect.any(String) });
  });

  test("[R000.26] why is told as an English sentence with its code beside it; what is older than codes as it was kept", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app(TOLERANT);
    const { id } = await reportAll(current, appVersionId, [real(1), real(2.5)]);
    await runVerdicts(current.deps, current.now);
    const told = async () => (await explainWorkunits(current.deps.pool, [id]))[0]?.comparisons;
    const sentence = "value: 1 and 2.5 are further apart than the stated tolerance";
    expect(await told()).toMatchObject([
      { agree: false, reason: sentence, why: { code: "value_apart", field: "value", values: [1, 2.5] } },
    ]);
    await current.rows("update comparison set reason = $2 where workunit_id = $1", [id, "they differ <b>so</b>"]);
    expect(await told()).toMatchObject([{ reason: "they differ <b>so</b>", why: null }]);
  });

  test("[R000.26] a verifier's answer and its failure are told in the same way, and are not told apart by words", async () => {
    const { current } = lab;
    const told = async (byte: number) => {
      const { appVersionId } = await current.app(await verifierApp({ type: "verified" }));
      const { id } = await reportAll(current, appVersionId, [Buffer.from([byte])]);
      await runVerdicts(current.deps, current.now);
      return (await explainWorkunits(current.deps.pool, [id]))[0]?.verifications;
    };
    expect(await told(0)).toMatchObject([
      { verdict: "rejected", reason: "verify said no", why: { code: "said_no", role: "verify" } },
    ]);
    // Its memory is as large as it may be from the beginning.
    const said = "the module ran out of memory in verify, at 2 pages: unreachable";
    expect(await told(2)).toMatchObject([
      { verdict: "broken", reason: said, why: { code: "module_failed", error: "out_of_memory", said } },
    ]);
  });

  test("storage that cannot be read changes nothing and is tried again, later and later", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app({
      ...TOLERANT,
      manifest: { ...TOLERANT.manifest, limits: { inputBytes: 10, outputBytes: 200_000 } },
    });
    const { id } = await reportAll(current, appVersionId, [real(1), real(1)]);
    // The bytes lie in storage, as those of large outputs do.
    const rows = await current.rows<{ id: number; sha: string }>(
      "select id, output_sha256 as sha from result where workunit_id = $1",
      [id],
    );
    await current.deps.storage.write(`outputs/${id}/${rows[0]?.sha}`, chunks(real(1)), {
      sha256: rows[0]?.sha ?? "",
      maxBytes: 8,
    });
    await current.deps.pool.query("delete from result_output where result_id = any($1)", [rows.map((row) => row.id)]);
    const unreadable = () => Promise.reject(new UnreadableError("the disk is away"));
    const broken = current.with({ storage: { ...current.deps.storage, read: unreadable } });
    const before = await current.dump();
    expect(await runVerdicts(broken.deps, current.now)).toBe(0);
    expect(await runVerdicts(broken.deps, current.now + 4)).toBe(0);
    expect(await current.row("select attempts from comparison where workunit_id = $1", [id])).toEqual({ attempts: 1 });
    expect(await runVerdicts(broken.deps, current.now + 5)).toBe(0);
    expect(await current.row("select attempts, retry_seconds from comparison where workunit_id = $1", [id])).toEqual({
      attempts: 2,
      retry_seconds: current.now + 15,
    });
    expect(await current.dump()).toBe(before);
    expect(await runVerdicts(current.deps, current.now + 15)).toBe(1);
    expect(await stateOf(id)).toEqual({ state: "completed", accepted_by: "quorum" });
  });
});

async function* chunks(bytes: Buffer): AsyncIterable<Uint8Array> {
  yield bytes;
}
