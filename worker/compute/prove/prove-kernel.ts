import { sayReason } from "../../../server/core/replication/comparators/say-reason.ts";
import type { KernelManifest } from "../../../server/core/wire/kernel-manifest.ts";
import { MOST_FAULTS, type PackageFault } from "../../../server/core/wire/package-fault.ts";
import type { ComputeListener } from "../../protocol.ts";
import { KernelError, messageOf } from "../kernel-error.ts";
import type { Backend, Bytes, ComputeServices, LoadedKernel, WorkInput } from "../runtimes/runtime.ts";
import { watchRun } from "../watch-run.ts";
import { differenceOf, sayDifference } from "./differences.ts";
import { loadedKernel, seedBytes, speedOf } from "./proof-parts.ts";
import type { BackendProof, Difference, ProofProgress, ProofReport, ProofRunReport, ProofWay } from "./proof-report.ts";
import { propose } from "./propose.ts";
import type { ProveApi, ProveHandle } from "./prove-service.ts";
import type { ProofRunResult } from "./run-steps.ts";

/** A package whose files were read and checked (`readPackage...`, `checkPackage`). */
export interface ProvablePackage {
  readonly manifest: KernelManifest;
  readonly files: ReadonlyMap<string, Bytes>;
}

export interface ProveHost {
  /** Starts a thread of its own: a kernel that loops takes it with it. */
  spawn(): ProveHandle;
  readonly services: Pick<ComputeServices, "delay">;
}

export interface ProveOptions {
  /** Those to compute on; all that kernel.json names when absent. */
  readonly backends?: readonly Backend[];
  /** Milliseconds for everything together; no limit when absent. */
  readonly withinMs?: number;
  readonly onProgress?: (progress: ProofProgress) => void;
  readonly signal?: AbortSignal;
}

/**
 * Computes every example of a kernel on every backend there is here, with steps of different sizes and through
 * checkpoints within and between backends, and compares with the known answers and bit by bit. What it found is the
 * answer; it rejects only with the signal's reason.
 */
export async function proveKernel(
  kernel: ProvablePackage,
  host: ProveHost,
  options: ProveOptions = {},
): Promise<ProofReport> {
  const proof = new Proof(kernel, host, options);
  try {
    return await proof.report();
  } finally {
    proof.end();
  }
}

const BACKENDS: readonly Backend[] = ["wasm", "wgsl"];
/** Checkpoints are handed over after these shares of all units. */
const HANDOVERS = [1 / 3, 2 / 3] as const;
/** For each example and backend: the measured run, and the one through checkpoints. */
const RUNS_PER_EXAMPLE = 2;
const BROKEN_REMEDY = "correct the kernel, or the example";

type Example = KernelManifest["examples"][number];
type Failed = Extract<BackendProof, { state: "failed" }>;
/** What is wrong with an answer, as a fault says it. */
type Wrong = Pick<PackageFault, "problem" | "why">;

class Proof {
  readonly #kernel: ProvablePackage;
  readonly #loaded: LoadedKernel;
  readonly #host: ProveHost;
  readonly #options: ProveOptions;
  readonly #faults: PackageFault[] = [];
  readonly #runs: ProofRunReport[] = [];
  readonly #measured = new Map<string, ProofRunResult>();
  readonly #limit = new AbortController();
  readonly #stopLimit = new AbortController();
  #thread: ProveHandle | null = null;
  #done = 0;

  constructor(kernel: ProvablePackage, host: ProveHost, options: ProveOptions) {
    this.#kernel = kernel;
    this.#host = host;
    this.#options = options;
    this.#loaded = loadedKernel(kernel);
    const { withinMs, signal } = options;
    signal?.addEventListener("abort", () => this.#limit.abort(signal.reason), { once: true });
    if (signal?.aborted === true) this.#limit.abort(signal.reason);
    if (withinMs === undefined) return;
    const seconds = Math.round(withinMs / 1000);
    const tooLong = new KernelError("hung", `the examples took longer than ${seconds} s in all`);
    void host.services.delay(withinMs, this.#stopLimit.signal).then(() => this.#limit.abort(tooLong));
  }

  async report(): Promise<ProofReport> {
    const { manifest } = this.#kernel;
    const wanted = BACKENDS.filter((backend) => manifest.backends[backend] !== undefined);
    const here = await this.#available(wanted);
    await this.#checkVerifier();
    const backends: BackendProof[] = [];
    for (const { backend, device, reason } of here) {
      backends.push(
        device === null
          ? { backend, state: "unavailable", reason }
          : await this.#prove(backend, device, wasmProven(backends)),
      );
    }
    const isProven = backends.some(({ state }) => state === "proven");
    const passed = this.#faults.length === 0 && isProven && backends.every(({ state }) => state !== "failed");
    return {
      kernel: { name: manifest.name, version: manifest.version },
      passed,
      complete: passed && backends.every(({ state }) => state === "proven"),
      backends,
      runs: this.#runs,
      faults: this.#faults.slice(0, MOST_FAULTS),
      proposals: propose(manifest, { backends, runs: this.#runs, measured: this.#measured }),
    };
  }

  end(): void {
    this.#stopLimit.abort();
    this.#thread?.terminate();
    this.#thread = null;
  }

  async #available(wanted: readonly Backend[]): Promise<{ backend: Backend; device: string | null; reason: string }[]> {
    const { backends = wanted } = this.#options;
    const found: { backend: Backend; device: string | null; reason: string }[] = [];
    for (const backend of wanted) {
      if (!backends.includes(backend)) found.push({ backend, device: null, reason: "not computed here" });
      else if (backend === "wasm") found.push({ backend, device: "this processor", reason: "" });
      else found.push({ backend, ...(await this.#ask((api) => api.gpu())) });
    }
    return found;
  }

  /** One backend; what goes wrong ends it, as the rest would go wrong in the same way. */
  async #prove(backend: Backend, device: string, isWasmProven: boolean): Promise<BackendProof> {
    const { examples } = this.#kernel.manifest;
    const through = isWasmProven ? "wasm" : backend;
    const results: ProofRunResult[] = [];
    try {
      if (backend === "wgsl" && (await this.#compileFaults())) {
        return { backend, state: "failed", device, code: "shader_invalid", reason: "the shader does not compile" };
      }
    } catch (error) {
      return this.#failed(backend, device, error, null);
    }
    let differs: Wrong | null = null;
    for (const example of examples) {
      try {
        const measured = await this.#measure(backend, example);
        results.push(measured.result);
        differs ??= measured.wrong;
        if (measured.wrong === null) differs ??= await this.#relay(backend, through, example, measured.result);
      } catch (error) {
        return this.#failed(backend, device, error, example);
      }
      if (differs !== null) {
        const { problem: reason, ...why } = differs;
        return { backend, state: "failed", device, code: "differs", reason, ...why };
      }
    }
    return { backend, state: "proven", device, speed: speedOf(results) };
  }

  async #compileFaults(): Promise<boolean> {
    const file = this.#kernel.manifest.backends.wgsl?.shader ?? "";
    const messages = await this.#watched((api, listener) => api.compile(listener));
    for (const { line, column, message } of messages) {
      const place = { line, ...(column === null ? {} : { column }) };
      this.#faults.push({
        file,
        ...place,
        problem: message,
        remedy: "correct the shader: the browser's compiler says this",
      });
    }
    return messages.length > 0;
  }

  async #measure(backend: Backend, example: Example): Promise<{ result: ProofRunResult; wrong: Wrong | null }> {
    this.#tell(backend, example);
    const run = { backend, work: this.#workOf(example), sizes: "measured" as const };
    const result = await this.#watched((api, listener) => api.run(run, listener));
    this.#measured.set(key(backend, example.name), result);
    return { result, wrong: await this.#judge(backend, example, { type: "measured" }, [result]) };
  }

  /** Small steps to a third, a checkpoint, on `through` to two thirds, a checkpoint, and here to the end. */
  async #relay(backend: Backend, through: Backend, example: Example, whole: ProofRunResult): Promise<Wrong | null> {
    this.#tell(backend, example);
    const results: ProofRunResult[] = [];
    let work = this.#workOf(example);
    for (const [index, until] of [...HANDOVERS, undefined].entries()) {
      const here = index === 1 ? through : backend;
      const sizes = index === 0 ? ("small" as const) : ("uneven" as const);
      const run = { backend: here, work, sizes, ...(until === undefined ? {} : { until }) };
      const result = await this.#watched((api, listener) => api.run(run, listener));
      results.push(result);
      if (result.kind === "output") break;
      work = { ...this.#workOf(example), checkpoint: result.bytes };
    }
    const wrong = await this.#judge(backend, example, { type: "checkpoints", through }, results);
    if (wrong !== null) return wrong;
    return this.#refuseOtherBits(backend, through, example, [whole, results.at(-1) ?? whole]);
  }

  /** A processor computes the same bits every time, so the same work in other steps is the same answer, bit for bit. */
  #refuseOtherBits(
    backend: Backend,
    through: Backend,
    example: Example,
    [whole, relayed]: readonly [ProofRunResult, ProofRunResult],
  ): Wrong | null {
    if (backend !== "wasm" || through !== "wasm") return null;
    const difference = differenceOf(this.#kernel.manifest.output, whole.bytes, relayed.bytes);
    if (difference === null) return null;
    const problem = `${example.name}: other steps and a checkpoint give other bytes: ${sayDifference(difference)}`;
    const remedy = "what step() needs must all be in the state that save() gives, and must not depend on the budget";
    this.#faults.push({ file: this.#fileOf(backend), problem, remedy });
    return { problem };
  }

  /** @returns what is wrong with the last result's output, null when nothing is. */
  async #judge(
    backend: Backend,
    example: Example,
    way: ProofWay,
    results: readonly ProofRunResult[],
  ): Promise<Wrong | null> {
    const found = results.at(-1)?.bytes ?? new Uint8Array();
    const expected = this.#bytes(example.output);
    const { output: schema } = this.#kernel.manifest;
    const { agrees, reason: why } = await this.#watched((api, listener) => api.compare(expected, found, listener));
    const reason = sayReason(why);
    const measured = this.#measured.get(key(backend, example.name));
    const fromKnown = differenceOf(schema, expected, found);
    const fromMeasured: Difference | null = measured === undefined ? null : differenceOf(schema, measured.bytes, found);
    const sum = (of: (result: ProofRunResult) => number): number => results.reduce((total, one) => total + of(one), 0);
    const steps = sum((one) => one.steps);
    const computeMs = sum((one) => one.computeMs);
    this.#runs.push({ example: example.name, backend, way, steps, computeMs, agrees, reason, fromKnown, fromMeasured });
    this.#done += 1;
    if (agrees) return null;
    const how = way.type === "measured" ? "" : ", with other steps and through a checkpoint";
    const what = fromKnown === null ? reason : sayDifference(fromKnown);
    const problem = `${example.name} on ${backend}${how} does not give its known answer: ${what}`;
    const remedy = `correct the kernel, or ${example.output} if the known answer is wrong`;
    const wrong: Wrong = { problem, ...(fromKnown === null ? { why } : {}) };
    this.#faults.push({ file: this.#fileOf(backend), ...wrong, remedy });
    return wrong;
  }

  async #checkVerifier(): Promise<void> {
    const { manifest } = this.#kernel;
    if (manifest.verify === undefined) return;
    for (const example of manifest.examples) {
      try {
        const [input, output] = [this.#bytes(example.input), this.#bytes(example.output)];
        const verdict = await this.#watched((api, listener) => api.verify(input, output, listener));
        if (verdict === null || verdict.agrees) continue;
        const problem = `it rejects the known answer of ${example.name}: ${sayReason(verdict.reason)}`;
        this.#faults.push({
          file: manifest.verify.module,
          problem,
          why: verdict.reason,
          remedy: "correct the verifier, or the known answer",
        });
      } catch (error) {
        this.#options.signal?.throwIfAborted();
        const problem = `the known answer of ${example.name} cannot be verified: ${messageOf(error)}`;
        this.#faults.push({ file: manifest.verify.module, problem, remedy: "correct the verifier" });
      }
      return;
    }
  }

  #failed(backend: Backend, device: string, error: unknown, example: Example | null): BackendProof {
    this.#options.signal?.throwIfAborted();
    if (!(error instanceof KernelError)) throw error;
    const { code, message: reason } = error;
    if (
      error.blame === "device" &&
      (code === "backend_unavailable" || code === "device_lost" || code === "out_of_memory")
    ) {
      return { backend, state: "unavailable", reason };
    }
    const problem = `${example === null ? "" : `${example.name}: `}${reason}`;
    this.#faults.push({ file: this.#fileOf(backend), problem, remedy: REMEDIES[code] ?? BROKEN_REMEDY });
    return { backend, state: "failed", device, code, reason } satisfies Failed;
  }

  #fileOf(backend: Backend): string {
    const { wasm, wgsl } = this.#kernel.manifest.backends;
    return (backend === "wasm" ? wasm?.module : wgsl?.shader) ?? "kernel.json";
  }

  #tell(backend: Backend, example: Example): void {
    const { backends, examples } = this.#kernel.manifest;
    const wanted = this.#options.backends ?? BACKENDS;
    const count = BACKENDS.filter((one) => backends[one] !== undefined && wanted.includes(one)).length;
    const of = examples.length * count * RUNS_PER_EXAMPLE;
    this.#options.onProgress?.({ done: this.#done, of, example: example.name, backend });
  }

  #workOf({ input, files, seed }: Example): WorkInput {
    const named = Object.entries(files).map(([name, path]) => [name, this.#bytes(path)] as const);
    return {
      input: this.#bytes(input),
      files: Object.fromEntries(named),
      ...(seed === undefined ? {} : { seed: seedBytes(BigInt(seed)) }),
    };
  }

  #bytes(path: string): Bytes {
    return this.#kernel.files.get(path) ?? new Uint8Array();
  }

  async #ask<T>(question: (api: ProveApi) => Promise<T>): Promise<T> {
    return this.#watched((api) => question(api));
  }

  /** The work raced against silence, the thread's death, the time for everything, and the signal. */
  async #watched<T>(work: (api: ProveApi, listener: ComputeListener) => Promise<T>): Promise<T> {
    const { signal } = this.#limit;
    signal.throwIfAborted();
    const fresh = this.#thread === null;
    const thread = this.#thread ?? this.#host.spawn();
    this.#thread = thread;
    const verify = this.#kernel.manifest.verify?.module;
    try {
      return await watchRun(
        thread,
        this.#host.services,
        async (listener) => {
          if (fresh) await thread.api.load(this.#loaded, verify === undefined ? undefined : this.#bytes(verify));
          return await work(thread.api, listener);
        },
        { signal },
      );
    } catch (error) {
      // It may be dead, or in the middle of something.
      thread.terminate();
      this.#thread = null;
      throw error;
    }
  }
}

const REMEDIES: Partial<Record<string, string>> = {
  hung: "make a unit of work smaller, and let step() do at most `budget` units",
  out_of_memory: "use less memory, or raise maxMemoryPages",
  loop_limit: "raise maxLoopIterations in kernel.json, or give the loop an end",
  checkpoint_rejected: "load() must take what save() gave, on every backend of this checkpointFormat",
  output_too_large: "raise limits.outputBytes",
  init_failed: "correct the example's input, or init()",
};

function wasmProven(backends: readonly BackendProof[]): boolean {
  return backends.some(({ backend, state }) => backend === "wasm" && state === "proven");
}

function key(backend: Backend, example: string): string {
  return `${backend} ${example}`;
}
