import { KernelError, messageOf } from "./kernel-error.ts";
import type { Bytes } from "./runtimes/runtime.ts";
import { type ModuleSections, readSections } from "./wasm-sections.ts";

/** What a module is for; each has its own exports (the kernel ABI). */
export type ModuleRole = "kernel" | "verify" | "compare";

type Signature = readonly [parameters: readonly string[], results: readonly string[]];

const ALLOC: Signature = [["i32"], ["i32"]];
const JUDGE: Signature = [["i32", "i32", "i32", "i32"], ["i32"]];

const REQUIRED: Record<ModuleRole, Readonly<Record<string, Signature>>> = {
  kernel: {
    alloc: ALLOC,
    init: [["i32", "i32"], ["i32"]],
    step: [["i32"], ["f64"]],
    output: [[], ["i64"]],
    save: [[], ["i64"]],
    load: [["i32", "i32"], ["i32"]],
  },
  verify: { alloc: ALLOC, verify: JUDGE },
  compare: { alloc: ALLOC, compare: JUDGE },
};

export interface ModuleLimits {
  readonly role: ModuleRole;
  /** The manifest's maxMemoryPages (64 KiB each). */
  readonly maxMemoryPages: number;
}

/**
 * Checks an uploaded module against the ABI without running it: no imports, one 32-bit memory exported as `memory` with
 * a declared maximum, every export of its role with the right type. Throws KernelError module_invalid with a sentence
 * that names all that is wrong. Returns the declared memory in pages.
 */
export function validateModule(module: Bytes, limits: ModuleLimits): { initialPages: number; maximumPages: number } {
  if (!WebAssembly.validate(module)) {
    throw new KernelError("module_invalid", `this is not valid WebAssembly: ${compileMessage(module)}`);
  }
  const sections = readSections(module);
  const faults = [...importFaults(sections), ...memoryFaults(sections, limits), ...exportFaults(sections, limits.role)];
  const memory = sections.memories[0];
  if (faults.length > 0 || memory === undefined || memory.maximumPages === null) {
    throw new KernelError("module_invalid", `the module breaks the kernel ABI: ${faults.join("; ")}`);
  }
  return { initialPages: memory.initialPages, maximumPages: memory.maximumPages };
}

function importFaults({ imports }: ModuleSections): string[] {
  return imports.length === 0 ? [] : [`it imports ${imports[0]}; a kernel may import nothing`];
}

function memoryFaults({ memories, exports }: ModuleSections, limits: ModuleLimits): string[] {
  const [memory, second] = memories;
  if (memory === undefined) return ["it declares no memory"];
  const faults: string[] = [];
  if (second !== undefined) faults.push("it declares more than one memory");
  if (!exports.some((e) => e.kind === "memory" && e.name === "memory")) faults.push("it does not export its `memory`");
  if (memory.shared) faults.push("its memory is shared");
  if (memory.memory64) faults.push("its memory is 64-bit");
  if (memory.maximumPages === null) faults.push("its memory declares no maximum");
  else if (memory.maximumPages > limits.maxMemoryPages) {
    faults.push(`its memory may grow to ${memory.maximumPages} pages, kernel.json says ${limits.maxMemoryPages}`);
  }
  return faults;
}

function exportFaults({ imports, exports }: ModuleSections, role: ModuleRole): string[] {
  if (imports.length > 0) return []; // function indices are not resolved then
  return Object.entries(REQUIRED[role]).flatMap(([name, [parameters, results]]) => {
    const wanted = `${name}(${parameters.join(", ")}) -> ${results.join(", ")}`;
    const found = exports.find((e) => e.name === name);
    if (found === undefined) return [`it does not export ${wanted}`];
    if (found.kind !== "function") return [`its export ${name} is a ${found.kind}, not ${wanted}`];
    if (found.type === null) return [`the type of its export ${name} cannot be read; it must be ${wanted}`];
    const type = `${name}(${found.type.parameters.join(", ")}) -> ${found.type.results.join(", ")}`;
    return type === wanted ? [] : [`it exports ${type} instead of ${wanted}`];
  });
}

function compileMessage(module: Bytes): string {
  try {
    new WebAssembly.Module(module);
    return "the engine gives no reason";
  } catch (error) {
    return messageOf(error);
  }
}
