import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import type { KernelManifest } from "../../server/core/wire/kernel-manifest.ts";
import { delay } from "../../worker/compute/delay.ts";
import type { Bytes } from "../../worker/compute/runtimes/runtime.ts";
import { spawnCompute } from "../../worker/hosts/node/spawn-compute.ts";
import { nodeProveHost } from "../../worker/hosts/node/spawn-prove.ts";
import type { BackendWish, HereHost, HereStage } from "../../worker/page/compute-here.ts";
import { type DryOutcome, type DryRun, dryRun } from "../../worker/page/dry-run.ts";
import { type RerunPlan, rerunWorkunit } from "../../worker/page/rerun-workunit.ts";
import type { ComputeHandle } from "../../worker/protocol.ts";
import { type Files, honestFiles, text } from "../unit/kernel-package/packages.ts";
import { fixtureManifest, unitsInput, unitsOutput, type WatParts, watModule } from "./wat-kernels.ts";
import { shaderKernel } from "./wgsl-fixtures.ts";

/** One workunit computed by whoever looks at a page, and compared; in threads of Node, with what a server would send. */

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Everything that is stored, by content; what was asked for is noted. */
class Stored {
  readonly asked: string[] = [];
  readonly #files = new Map<string, Uint8Array>();

  add(bytes: Uint8Array, path = `/api/files/${sha256(bytes)}`): string {
    this.#files.set(path, bytes);
    return sha256(bytes);
  }

  readonly fetch = async (path: string, { signal }: RequestInit): Promise<Response> => {
    signal?.throwIfAborted();
    this.asked.push(path);
    const bytes = this.#files.get(path);
    return bytes === undefined ? new Response(null, { status: 404 }) : new Response(bytes.slice());
  };
}

/** A version of the fixture kernel as a server stores it. @returns its hash. */
async function publish(
  stored: Stored,
  { parts = {}, manifest = {}, files: more = {} }: { parts?: WatParts; manifest?: object; files?: Files } = {},
): Promise<string> {
  const files = await honestFiles({ "kernel.wasm": await watModule(parts), ...more });
  const wasm = { module: "kernel.wasm", maxMemoryPages: 4 };
  const full: KernelManifest = fixtureManifest("honest", { wasm }, manifest);
  const hashes = Object.fromEntries(Object.entries(files).map(([path, bytes]) => [path, stored.add(bytes)]));
  return stored.add(text({ manifest: full, files: hashes }));
}

/** Threads of Node; `spawned` are all that were started. */
function nodeHost(): HereHost & { spawned: ComputeHandle[] } {
  const spawned: ComputeHandle[] = [];
  return {
    spawned,
    spawnCompute: () => {
      const handle = spawnCompute();
      spawned.push(handle);
      return handle;
    },
    spawnProve: nodeProveHost.spawn,
    services: { delay },
  };
}

/** What a compute worker says of its progress comes by another way than its answer, here after it. */
function lateHost(): HereHost {
  const host = nodeHost();
  return {
    ...host,
    spawnCompute() {
      const handle = host.spawnCompute();
      const { run: runs } = handle.api;
      async function runLate(...[task, listener]: Parameters<typeof runs>) {
        const outcome = await runs(task, listener);
        setTimeout(() => listener.onProgress({ progress: 1, steps: 1, budget: 1, stepMs: 1, computeMs: 1 }), 0);
        return outcome;
      }
      return { ...handle, api: { ...handle.api, run: runLate } };
    },
  };
}

const UNITS = 100;

async function planFor(stored: Stored, confirmed: Bytes, more: Partial<RerunPlan> = {}): Promise<RerunPlan> {
  stored.add(confirmed, "/api/workunits/1/output");
  const input = unitsInput(UNITS);
  return {
    kernel: { sha256: await publish(stored) },
    input: { sha256: sha256(input), base64: Buffer.from(input).toString("base64") },
    files: {},
    seed: null,
    output: { sha256: sha256(confirmed), path: "/api/workunits/1/output" },
    comparator: { type: "exact" },
    backend: "wasm",
    sameClassOnly: false,
    ...more,
  };
}

type Asked = { wish?: BackendWish; signal?: AbortSignal; stages?: HereStage[]; host?: HereHost };

function run(stored: Stored, plan: RerunPlan, { wish = "auto", signal, stages = [], host = nodeHost() }: Asked = {}) {
  return rerunWorkunit(plan, {
    wish,
    signal: signal ?? new AbortController().signal,
    onStage: (stage) => stages.push(stage),
    host,
    fetch: stored.fetch,
  });
}

describe("an ended workunit computed once more", () => {
  it("gives the same bytes, and the confirmed ones are not even fetched", async () => {
    const stored = new Stored();
    const stages: HereStage[] = [];
    const report = await run(stored, await planFor(stored, unitsOutput(UNITS)), { stages });
    expect(report).toMatchObject({
      verdict: { kind: "same_bytes" },
      comparator: "exact",
      computed: { backend: "wasm", passedOver: null, sha256: sha256(unitsOutput(UNITS)), bytes: 4 },
      confirmed: { sha256: sha256(unitsOutput(UNITS)), bytes: 4 },
    });
    expect(stored.asked.filter((path) => path.includes("workunits"))).toEqual([]);
    expect([...new Set(stages.map(({ stage }) => stage))]).toEqual(["fetching", "trying", "computing", "comparing"]);
    expect(stages).toContainEqual({ stage: "computing", backend: "wasm", progress: 1 });
  });

  it("progress that comes after the end is no progress", async () => {
    const stored = new Stored();
    const stages: HereStage[] = [];
    await run(stored, await planFor(stored, unitsOutput(UNITS)), { stages, host: lateHost() });
    await new Promise((resolve) => setTimeout(resolve));
    expect(stages.at(-1)).toEqual({ stage: "comparing" });
  });

  it("an input that is a stored file is fetched by its hash", async () => {
    const stored = new Stored();
    const input = { sha256: stored.add(unitsInput(UNITS)) };
    const report = await run(stored, await planFor(stored, unitsOutput(UNITS), { input }));
    expect(report.verdict.kind).toBe("same_bytes");
    expect(stored.asked).toContain(`/api/files/${input.sha256}`);
  });

  it("differs from a wrong answer, and says where", async () => {
    const stored = new Stored();
    const wrong = unitsOutput(UNITS);
    wrong[2] = 9;
    const { verdict, computed } = await run(stored, await planFor(stored, wrong));
    expect(computed.sha256).toBe(sha256(unitsOutput(UNITS)));
    expect(verdict).toMatchObject({
      kind: "differs",
      reason: null,
      difference: { firstByte: 2, excerpt: { from: 0, expected: [...wrong], found: [...unitsOutput(UNITS)] } },
    });
  });

  it("of an answer whose bytes are gone the SHA-256 still tells", async () => {
    const stored = new Stored();
    const gone = { sha256: sha256(unitsOutput(UNITS + 1)), path: null };
    const exact = await run(stored, await planFor(stored, unitsOutput(1), { output: gone }));
    expect(exact.verdict).toEqual({ kind: "differs", reason: null, difference: null });
    const tolerant = await planFor(stored, unitsOutput(1), {
      output: { ...gone, path: "/api/workunits/2/output" },
      comparator: { type: "tolerant" },
    });
    expect((await run(stored, tolerant)).verdict).toEqual({ kind: "gone" });
  });

  describe("where the program compares numbers", () => {
    const manifest = {
      exactness: "tolerant",
      comparator: { type: "tolerant", absolute: 5 },
      output: { format: "binary", record: [{ name: "sum", type: "u32" }] },
    };
    const sum = (UNITS * (UNITS + 1)) / 2;
    it.each([
      ["near enough", sum + 5, "agrees"],
      ["too far", sum + 6, "differs"],
    ])("%s: its own comparison decides, and the bytes are shown", async (_, value, kind) => {
      const stored = new Stored();
      const confirmed = new Uint8Array(Uint32Array.of(value).buffer);
      const plan = await planFor(stored, confirmed, { comparator: { type: "tolerant" } });
      const { verdict, comparator } = await run(stored, {
        ...plan,
        kernel: { sha256: await publish(stored, { manifest }) },
      });
      expect(comparator).toBe("tolerant");
      expect(verdict).toMatchObject({ kind, difference: { fields: [{ name: "sum", first: [value, sum] }] } });
      expect(verdict).toMatchObject({ reason: { code: kind === "agrees" ? "within_tolerance" : "value_apart" } });
    });
  });

  it("is not computed with other bytes than named, nor without a file", async () => {
    const stored = new Stored();
    const plan = await planFor(stored, unitsOutput(UNITS));
    const lied = sha256(unitsInput(UNITS));
    stored.add(unitsInput(UNITS + 1), `/api/files/${lied}`);
    await expect(run(stored, { ...plan, input: { sha256: lied } })).rejects.toMatchObject({ kind: "wrong_bytes" });
    const nowhere = sha256(unitsInput(UNITS + 2));
    await expect(run(stored, { ...plan, input: { sha256: nowhere } })).rejects.toMatchObject({ kind: "gone" });
  });

  it("on a graphics card that the program does not know, or that is not here, says so", async () => {
    const stored = new Stored();
    const plan = await planFor(stored, unitsOutput(UNITS));
    await expect(run(stored, plan, { wish: "wgsl" })).rejects.toMatchObject({ code: "backend_unavailable" });
  });

  it("without a graphics card it is the processor that computes, and why is told", async () => {
    const stored = new Stored();
    const shader = shaderKernel("shaded");
    const backends = { wasm: { module: "kernel.wasm", maxMemoryPages: 4 }, wgsl: shader.manifest.backends.wgsl };
    const files = { "kernel.wgsl": text(shader.shader ?? "") };
    const plan = await planFor(stored, unitsOutput(UNITS));
    const both = { ...plan, kernel: { sha256: await publish(stored, { manifest: { backends }, files }) } };
    const { computed, verdict } = await run(stored, both);
    expect(verdict.kind).toBe("same_bytes");
    expect(computed).toMatchObject({
      backend: "wasm",
      passedOver: { why: "absent", reason: expect.stringMatching(/webgpu/i) },
    });
  });

  it("a device that gets the program's own example wrong computes nothing", async () => {
    const stored = new Stored();
    const plan = await planFor(stored, unitsOutput(UNITS));
    const output = `(func (export "output") (result i64) (i64.or (i64.shl (i64.const 72) (i64.const 32)) (i64.const 4)))`;
    const broken = { ...plan, kernel: { sha256: await publish(stored, { parts: { output } }) } };
    await expect(run(stored, broken)).rejects.toThrow(/own example wrong/);
  });
});

const LOOP = `(func (export "step") (param $budget i32) (result f64)
  (if (i32.eq (i32.load (i32.const 64)) (i32.const 666)) (then (loop $again (br $again))))
  (i32.store (i32.const 68) (i32.load (i32.const 64)))
  (i32.store (i32.const 80) (i32.const 10))
  (f64.const 1))`;

describe("stopping", () => {
  it("ends a program that would go on for ever, and its thread", async () => {
    const stored = new Stored();
    const stop = new AbortController();
    const plan = await planFor(stored, unitsOutput(4));
    const input = unitsInput(666);
    const looping: RerunPlan = {
      ...plan,
      kernel: { sha256: await publish(stored, { parts: { step: LOOP } }) },
      input: { sha256: sha256(input), base64: Buffer.from(input).toString("base64") },
    };
    const stages: HereStage[] = [];
    const host = nodeHost();
    const running = rerunWorkunit(looping, {
      wish: "auto",
      signal: stop.signal,
      onStage: (stage) => {
        stages.push(stage);
        if (stage.stage === "computing") stop.abort(new Error("enough"));
      },
      host,
      fetch: stored.fetch,
    });
    await expect(running).rejects.toThrow("enough");
    expect(stages.at(-1)?.stage).toBe("computing");
    await expect(host.spawned[0]?.failure).resolves.toMatchObject({ message: expect.stringMatching(/ended/) });
  });
});

describe("a dry run", () => {
  let stored: Stored;
  let appVersionHash: string;
  const output = { format: "binary", record: [{ name: "sum", type: "u32" }] };
  beforeAll(async () => {
    stored = new Stored();
    appVersionHash = await publish(stored, { parts: { step: LOOP }, manifest: { output } });
  });

  async function tried(drafts: DryRun["drafts"], from: Stored = stored): Promise<DryOutcome[]> {
    const outcomes: DryOutcome[] = [];
    await dryRun(
      { appVersionHash, drafts, files: {} },
      {
        wish: "auto",
        signal: new AbortController().signal,
        onStage: () => undefined,
        onOutcome: (index, outcome) => {
          outcomes[index] = outcome;
        },
        host: nodeHost(),
        fetch: from.fetch,
      },
    );
    return outcomes;
  }

  const draft = (bytes: Bytes) => ({ inputBase64: Buffer.from(bytes).toString("base64") });

  it("tells of each what came of it; one that hangs or is refused does not stop the others", async () => {
    const outcomes = await tried([draft(unitsInput(4)), draft(unitsInput(666)), { input: "no" }, draft(unitsInput(5))]);
    expect(outcomes).toMatchObject([
      { kind: "ok", bytes: 4, looked: { malformed: null, peek: { kind: "fields", columns: ["sum"], rows: [["10"]] } } },
      { kind: "failed", what: "kernel", code: "hung", reason: expect.stringMatching(/silent for \d+ s in its step/) },
      { kind: "failed", what: "kernel", code: "init_failed", reason: expect.stringMatching(/error code 7/) },
      { kind: "ok", computed: { backend: "wasm", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } },
    ]);
  });

  it("an input may be a file that was stored before; one that is not there is said", async () => {
    const sha = stored.add(unitsInput(4));
    const nowhere = sha256(unitsInput(99));
    expect(await tried([{ inputSha256: sha }, { inputSha256: nowhere }])).toMatchObject([
      { kind: "ok" },
      { kind: "failed", what: "gone" },
    ]);
  });

  it("without the program there is nothing to try", async () => {
    await expect(tried([draft(unitsInput(4))], new Stored())).rejects.toMatchObject({ kind: "gone" });
  });
});
