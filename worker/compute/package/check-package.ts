import { KERNEL_MAX_MEMORY_PAGES } from "../../../server/core/limits.ts";
import { parseOutput } from "../../../server/core/replication/comparators/output-values.ts";
import { sayMalformation } from "../../../server/core/replication/comparators/say-reason.ts";
import type { KernelManifest } from "../../../server/core/wire/kernel-manifest.ts";
import type { PackageFault } from "../../../server/core/wire/package-fault.ts";
import type { Bytes } from "../runtimes/runtime.ts";
import { inspectModule, type ModuleLimits } from "../validate-module.ts";
import { inputFault } from "./check-input.ts";
import { shaderFaults } from "./check-shader.ts";
import type { Place } from "./read-json.ts";

type Files = ReadonlyMap<string, Bytes>;
export type PlaceOf = (path: readonly PropertyKey[]) => Place;

const MANIFEST = "kernel.json";

/**
 * Looks at everything of a package that would run somewhere, without running it: modules import nothing and declare their
 * memory, every loop of a shader can be given its bound, examples fit what kernel.json says. Whether they are right shows
 * when they are computed (`proveKernel`). The volunteers' runtimes check modules and shaders again.
 * @param placeOf where a value of kernel.json stands, when its text is at hand.
 */
export function checkPackage(manifest: KernelManifest, files: Files, placeOf?: PlaceOf): PackageFault[] {
  const { backends, comparator, verify } = manifest;
  const faults: PackageFault[] = [];
  const module = (path: string, limits: ModuleLimits): void => {
    faults.push(...moduleFaults(path, files.get(path) ?? new Uint8Array(), limits));
  };
  if (backends.wasm) module(backends.wasm.module, { role: "kernel", maxMemoryPages: backends.wasm.maxMemoryPages });
  if (verify) module(verify.module, { role: "verify", maxMemoryPages: verify.maxMemoryPages });
  if (comparator.type === "custom") {
    const maxMemoryPages = Math.min(backends.wasm?.maxMemoryPages ?? 1024, KERNEL_MAX_MEMORY_PAGES);
    module(comparator.module, { role: "compare", maxMemoryPages });
  }
  if (backends.wgsl) {
    faults.push(...shaderFaults(backends.wgsl, files.get(backends.wgsl.shader) ?? new Uint8Array(), placeOf));
  }
  return [...faults, ...comparatorFaults(manifest, placeOf), ...exampleFaults(manifest, files, placeOf)];
}

function moduleFaults(file: string, bytes: Bytes, limits: ModuleLimits): PackageFault[] {
  return inspectModule(bytes, limits).faults.map(({ problem, remedy }) => ({ file, problem, remedy }));
}

/** A field that the output does not have would make every comparison fail, weeks later. */
function comparatorFaults({ comparator, output, exactness }: KernelManifest, placeOf?: PlaceOf): PackageFault[] {
  const fault = (path: string[], problem: string, remedy: string): PackageFault => {
    return { file: MANIFEST, ...placeOf?.(path), problem, remedy };
  };
  const fields = fieldsOf(output);
  const named = {
    exact: [],
    custom: [],
    tolerant: comparator.type === "tolerant" ? (comparator.fields ?? []) : [],
    statistical:
      comparator.type === "statistical"
        ? [
            ...(comparator.pairs ?? []).flatMap(({ estimate, standardError }) => [estimate, standardError]),
            ...(comparator.sample === undefined ? [] : [comparator.sample]),
          ]
        : [],
  }[comparator.type];
  const remedy = `the output has ${fields.length === 0 ? "no fields" : fields.join(", ")}`;
  const faults = named
    .filter((name) => !fields.includes(name))
    .map((name) =>
      fault(["comparator"], `the comparator names the field ${name}, which the output does not have`, remedy),
    );
  if (comparator.type === "statistical") {
    const missing = comparator.test === "mean" ? comparator.pairs === undefined : comparator.sample === undefined;
    const wanted = comparator.test === "mean" ? "pairs" : "sample";
    if (missing) faults.push(fault(["comparator"], `the test ${comparator.test} needs ${wanted}`, `add ${wanted}`));
  }
  if (comparator.type === "tolerant" && output.format === "bytes") {
    faults.push(fault(["comparator"], "bytes have no values to compare", "declare the output as binary or csv"));
  }
  if (exactness !== "exact" && comparator.type === "exact") {
    faults.push(
      fault(["comparator"], `a kernel that is ${exactness} cannot be compared exactly`, "choose another comparator"),
    );
  }
  return faults;
}

function fieldsOf(output: KernelManifest["output"]): string[] {
  switch (output.format) {
    case "bytes":
      return [];
    case "binary":
      return [...output.header, ...output.record].map(({ name }) => name);
    case "csv":
      return output.columns.map(({ name }) => name);
  }
}

function exampleFaults(manifest: KernelManifest, files: Files, placeOf?: PlaceOf): PackageFault[] {
  const { limits, output: schema } = manifest;
  return manifest.examples.flatMap(({ name, input, output, seed }, index): PackageFault[] => {
    const given = files.get(input) ?? new Uint8Array();
    const answer = files.get(output) ?? new Uint8Array();
    const faults: PackageFault[] = [];
    const tooLarge = (file: string, bytes: number, limit: number, key: string): void => {
      if (bytes <= limit) return;
      const problem = `this file of the example ${name} has ${bytes} bytes, kernel.json's limits.${key} is ${limit}`;
      faults.push({ file, problem, remedy: `raise limits.${key}, or use a smaller example` });
    };
    tooLarge(input, given.byteLength, limits.inputBytes, "inputBytes");
    tooLarge(output, answer.byteLength, limits.outputBytes, "outputBytes");
    const parsed = parseOutput(schema, answer);
    if (!parsed.ok) {
      const remedy = "correct the file, or `output` in kernel.json";
      faults.push({
        file: output,
        problem: `the known answer of ${name} does not fit the output's schema: ${sayMalformation(parsed.how)}`,
        why: { code: "output_malformed", how: parsed.how },
        remedy,
      });
    }
    const wrong = manifest.input === undefined ? null : inputFault(manifest.input, given);
    if (wrong !== null) faults.push({ file: input, ...wrong });
    if (seed !== undefined && BigInt(seed) >= 1n << 64n) {
      const place = placeOf?.(["examples", index, "seed"]);
      faults.push({ file: MANIFEST, ...place, problem: "a seed has 64 bits", remedy: "use a number below 2^64" });
    }
    return faults;
  });
}
