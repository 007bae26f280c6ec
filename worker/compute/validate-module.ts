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

/** [C, AssemblyScript] of every export; in Rust it is the C line's types as `pub extern "C" fn` with `#[no_mangle]`. */
const DECLARATIONS: Readonly<Record<string, readonly [string, string]>> = {
  alloc: ["void *alloc(uint32_t bytes)", "export function alloc(bytes: u32): usize"],
  init: ["int32_t init(uint32_t files, const uint32_t *table)", "export function init(files: i32, table: usize): i32"],
  step: ["double step(uint32_t budget)", "export function step(budget: u32): f64"],
  output: ["uint64_t output(void)", "export function output(): u64"],
  save: ["uint64_t save(void)", "export function save(): u64"],
  load: ["int32_t load(const void *state, uint32_t bytes)", "export function load(state: usize, bytes: u32): i32"],
  verify: [
    "int32_t verify(const void *input, uint32_t inputBytes, const void *output, uint32_t outputBytes)",
    "export function verify(input: usize, inputBytes: u32, output: usize, outputBytes: u32): i32",
  ],
  compare: [
    "int32_t compare(const void *a, uint32_t aBytes, const void *b, uint32_t bBytes)",
    "export function compare(a: usize, aBytes: u32, b: usize, bBytes: u32): i32",
  ],
};

function declarationOf(name: string): string {
  const [c, assemblyScript] = DECLARATIONS[name] ?? ["", ""];
  return `C: __attribute__((export_name("${name}"))) ${c}; AssemblyScript: ${assemblyScript}`;
}

const NOT_WASM_REMEDY = "upload the .wasm that the compiler wrote, whole";
/** Imports that compilers add by themselves, and what stops them. */
const IMPORT_REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/^env\.abort$/, "AssemblyScript: asc --use abort="],
  [/^env\.(seed|trace)$/, "AssemblyScript: do not use Math.random, trace or console"],
  [/^env\.memory$/, "link without --import-memory; AssemblyScript: without --importMemory"],
  [/^wasi_/, "compile for wasm32-unknown-unknown without the C library's input and output"],
  [
    /^env\.(memcpy|memset|memmove)$/,
    "C: write the function yourself and compile with -fno-builtin, see the recipe's quorate.h",
  ],
  [/^(wbg|__wbindgen)/, "Rust: use no wasm-bindgen"],
];
const IMPORT_REMEDY = "write the function yourself, or leave out what needs it: a kernel reaches nothing but its input";

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
  const { faults, memory } = inspectModule(module, limits);
  const [first] = faults;
  if (first !== undefined || memory === null) {
    const problems = faults.map((fault) => fault.problem).join("; ");
    const broken = first?.kind === "no_wasm" ? problems : `the module breaks the kernel ABI: ${problems}`;
    throw new KernelError("module_invalid", broken);
  }
  return memory;
}

/** One sentence without a full stop each. */
export interface ModuleFault {
  readonly kind: "no_wasm" | "import" | "memory" | "export";
  readonly problem: string;
  /** What gives the right thing in the languages that kernels are written in. */
  readonly remedy: string;
}

export interface Inspection {
  readonly faults: readonly ModuleFault[];
  /** null where it declares no maximum, or no memory. */
  readonly memory: { readonly initialPages: number; readonly maximumPages: number } | null;
}

/** As `validateModule`, for the module's author: everything that is wrong, each with what to do. */
export function inspectModule(module: Bytes, limits: ModuleLimits): Inspection {
  if (!WebAssembly.validate(module)) {
    const problem = `this is not valid WebAssembly: ${compileMessage(module)}`;
    return { faults: [{ kind: "no_wasm", problem, remedy: NOT_WASM_REMEDY }], memory: null };
  }
  const sections = readSections(module);
  const faults = [...importFaults(sections), ...memoryFaults(sections, limits), ...exportFaults(sections, limits.role)];
  const { initialPages, maximumPages } = sections.memories[0] ?? { initialPages: 0, maximumPages: null };
  return { faults, memory: maximumPages === null ? null : { initialPages, maximumPages } };
}

function importFaults({ imports }: ModuleSections): ModuleFault[] {
  return imports.map((name) => ({
    kind: "import",
    problem: `it imports ${name}; a kernel may import nothing`,
    remedy: IMPORT_REMEDIES.find(([pattern]) => pattern.test(name))?.[1] ?? IMPORT_REMEDY,
  }));
}

function memoryFaults({ memories, exports }: ModuleSections, limits: ModuleLimits): ModuleFault[] {
  const fault = (problem: string, remedy: string): ModuleFault => ({ kind: "memory", problem, remedy });
  const [memory, second] = memories;
  if (memory === undefined) return [fault("it declares no memory", "link without --import-memory")];
  const faults: ModuleFault[] = [];
  if (second !== undefined) faults.push(fault("it declares more than one memory", "keep one"));
  if (!exports.some((e) => e.kind === "memory" && e.name === "memory")) {
    faults.push(
      fault(
        "it does not export its `memory`",
        "link without --import-memory: linkers and compilers export it by themselves",
      ),
    );
  }
  if (memory.shared) faults.push(fault("its memory is shared", "compile and link without threads"));
  if (memory.memory64) faults.push(fault("its memory is 64-bit", "compile for wasm32"));
  const bytes = limits.maxMemoryPages * 65_536;
  const maximum = `C, Rust: link with --max-memory=${bytes}; AssemblyScript: asc --maximumMemory ${limits.maxMemoryPages}`;
  if (memory.maximumPages === null) faults.push(fault("its memory declares no maximum", maximum));
  else if (memory.maximumPages > limits.maxMemoryPages) {
    const problem = `its memory may grow to ${memory.maximumPages} pages, kernel.json says ${limits.maxMemoryPages}`;
    faults.push(fault(problem, `raise maxMemoryPages, or ${maximum}`));
  }
  return faults;
}

function exportFaults({ imports, exports }: ModuleSections, role: ModuleRole): ModuleFault[] {
  if (imports.length > 0) return []; // function indices are not resolved then
  return Object.entries(REQUIRED[role]).flatMap(([name, [parameters, results]]): ModuleFault[] => {
    const wanted = `${name}(${parameters.join(", ")}) -> ${results.join(", ")}`;
    const fault = (problem: string): ModuleFault[] => [{ kind: "export", problem, remedy: declarationOf(name) }];
    const found = exports.find((e) => e.name === name);
    if (found === undefined) return fault(`it does not export ${wanted}`);
    if (found.kind !== "function") return fault(`its export ${name} is a ${found.kind}, not ${wanted}`);
    if (found.type === null) return fault(`the type of its export ${name} cannot be read; it must be ${wanted}`);
    const type = `${name}(${found.type.parameters.join(", ")}) -> ${found.type.results.join(", ")}`;
    return type === wanted ? [] : fault(`it exports ${type} instead of ${wanted}`);
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
