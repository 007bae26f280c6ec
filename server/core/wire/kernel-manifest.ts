import * as z from "zod";
import { FILE_MAX_BYTES, KERNEL_MAX_MEMORY_PAGES, OUTPUT_MAX_BYTES } from "../limits.ts";
import { unstorable } from "./storable-text.ts";

/** GET: this schema as JSON Schema, for editors and for programs in other languages. */
export const KERNEL_SCHEMA_PATH = "/api/schema/kernel.json";

/**
 * kernel.json: what an app version ships besides its code. Everything a volunteer's client and the server need to know
 * to run, compare and credit a kernel is declared here and checked when the version is published. A field added later
 * is optional and has no default: the address of what is published is a hash of what this schema gives back.
 */

const fileName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "use letters, digits, dot, dash and underscore, at most 64 characters");
const relativePath = z
  .string()
  .max(200)
  .regex(/^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/-]*$/, "use a path inside the kernel folder");
const identifier = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, "use a WGSL identifier");

const wasmBackendSchema = z.strictObject({
  module: relativePath,
  /** Declared maximum of the module's memory, in 64 KiB pages; checked against the module itself. */
  maxMemoryPages: z.int().min(1).max(KERNEL_MAX_MEMORY_PAGES),
});

const workgroupsSchema = z.union([
  z.int().min(1).max(65_535),
  /** Threads wanted per unit; the runtime dispatches ceil(count * perUnit / workgroupSize) workgroups. */
  z.strictObject({
    perUnit: z
      .int()
      .min(1)
      .max(1 << 20),
    workgroupSize: z.int().min(1).max(256),
  }),
  /** Threads wanted, read from a u32 of the state at this byte offset; for kernels whose width depends on the input. */
  z.strictObject({ threadsAtStateOffset: z.int().min(16).multipleOf(4), workgroupSize: z.int().min(1).max(256) }),
]);

const bufferSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("params"), binding: z.int().min(0).max(15) }),
  z.strictObject({ kind: z.literal("state"), binding: z.int().min(0).max(15) }),
  z.strictObject({ kind: z.literal("file"), binding: z.int().min(0).max(15), file: fileName }),
  z.strictObject({
    kind: z.literal("scratch"),
    binding: z.int().min(0).max(15),
    /** Zero-filled when a workunit starts and after every restore: nothing a checkpoint needs may live here. */
    bytes: z.union([
      z
        .int()
        .min(16)
        .max(1 << 28),
      z.strictObject({ bytesAtStateOffset: z.int().min(16).multipleOf(4) }),
    ]),
  }),
]);

const wgslBackendSchema = z.strictObject({
  shader: relativePath,
  buffers: z.array(bufferSchema).min(2).max(10),
  /** Run in this order for every dispatch; each sees what the one before wrote. */
  passes: z
    .array(z.strictObject({ entryPoint: identifier, workgroups: workgroupsSchema }))
    .min(1)
    .max(8),
  /** Upper bound of any single loop of the shader: a running dispatch cannot be killed. */
  maxLoopIterations: z
    .int()
    .min(1)
    .max(1 << 26),
  /** Most units one dispatch may do, where the shader's own layout limits it. */
  maxUnitsPerDispatch: z.int().min(1).optional(),
  /** Only for kernels without a WASM module: the state buffer and where the output lies in it. */
  state: z
    .strictObject({
      bytes: z
        .int()
        .min(16)
        .max(1 << 28),
      unitsTotal: z.int().min(1),
      init: z.union([z.literal("zero"), z.strictObject({ file: fileName })]).default("zero"),
    })
    .optional(),
  output: z.strictObject({ offset: z.int().min(0), bytes: z.int().min(1) }).optional(),
});

const scalarTypeSchema = z.enum(["i32", "u32", "f32", "f64", "u8"]);

/** How the bytes of an output are to be read. `binary`: records of typed fields; `csv`: a header and typed columns. */
export const outputSchemaSchema = z.discriminatedUnion("format", [
  z.strictObject({ format: z.literal("bytes") }),
  z.strictObject({
    format: z.literal("binary"),
    /** Fields come first, once; then `record` repeats to the end. Little-endian, packed. */
    header: z.array(z.strictObject({ name: fileName, type: scalarTypeSchema })).default([]),
    record: z.array(z.strictObject({ name: fileName, type: scalarTypeSchema })).default([]),
  }),
  z.strictObject({
    format: z.literal("csv"),
    columns: z.array(z.strictObject({ name: fileName, type: z.enum(["integer", "number", "text"]) })).min(1),
  }),
]);

/**
 * What the bytes of an input are, for those who submit work and for pages; the kernel checks its input itself. Examples
 * must fit. `key_values`: lines `key=value`, UTF-8.
 */
export const inputSchemaSchema = z.discriminatedUnion("format", [
  z.strictObject({ format: z.literal("bytes"), description: z.string().max(400).optional() }),
  z.strictObject({ format: z.literal("text"), description: z.string().max(400).optional() }),
  z.strictObject({
    format: z.literal("key_values"),
    description: z.string().max(400).optional(),
    keys: z
      .array(
        z.strictObject({
          name: fileName,
          type: z.enum(["integer", "number", "text"]),
          description: z.string().max(200).optional(),
          optional: z.boolean().optional(),
          least: z.number().optional(),
          most: z.number().optional(),
        }),
      )
      .min(1)
      .max(50),
  }),
]);
export type InputSchema = z.infer<typeof inputSchemaSchema>;

export const comparatorSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("exact") }),
  z.strictObject({
    type: z.literal("tolerant"),
    /** Two values agree when any stated bound holds: |a-b| <= absolute, |a-b| <= relative*max(|a|,|b|), ULP distance <= ulp. */
    absolute: z.number().min(0).optional(),
    relative: z.number().min(0).max(1).optional(),
    ulp: z.int().min(0).optional(),
    nanEqualsNan: z.boolean().default(false),
    /** Compare only these fields; the others may differ freely. All fields when absent. */
    fields: z.array(fileName).min(1).optional(),
  }),
  z.strictObject({
    type: z.literal("statistical"),
    test: z.enum(["mean", "kolmogorov_smirnov"]),
    /** Probability that two honest replicas are called different, for the whole output. */
    falseAlarmRate: z.number().gt(0).max(0.1),
    /**
     * `mean`: fields named in pairs, an estimate and its standard error. `kolmogorov_smirnov`: the record field that
     * holds the samples.
     */
    pairs: z
      .array(z.strictObject({ estimate: fileName, standardError: fileName }))
      .min(1)
      .optional(),
    sample: fileName.optional(),
  }),
  z.strictObject({ type: z.literal("custom"), module: relativePath }),
]);

type Unstorable = { path: (string | number)[]; fault: string };

/** Texts anywhere in what JSON says that no database can hold. */
function* unstorableIn(value: unknown, path: (string | number)[] = []): Generator<Unstorable> {
  const fault = typeof value === "string" ? unstorable(value) : null;
  if (fault !== null) yield { path, fault };
  if (typeof value !== "object" || value === null) return;
  for (const [key, each] of Object.entries(value)) {
    yield* unstorableIn(each, [...path, Array.isArray(value) ? Number(key) : key]);
  }
}

export const kernelManifestSchema = z
  .strictObject({
    /** Where editors find this schema; no meaning of its own. */
    $schema: z.string().max(200).optional(),
    format: z.literal(1),
    name: z.string().regex(/^[a-z][a-z0-9-]{1,39}$/, "use lower-case letters, digits and dashes, 2 to 40 characters"),
    version: z.string().regex(/^\d{1,5}\.\d{1,5}\.\d{1,5}$/, "use three numbers, e.g. 1.0.0"),
    title: z.string().min(1).max(80),
    summary: z.string().min(1).max(400),
    licence: z.string().min(1).max(80),
    /** Where volunteers find the source code. */
    sourceUrl: z.url({ protocol: /^https?$/ }).optional(),
    backends: z
      .strictObject({ wasm: wasmBackendSchema.optional(), wgsl: wgslBackendSchema.optional() })
      .refine((b) => b.wasm !== undefined || b.wgsl !== undefined, "name at least one backend: wasm or wgsl"),
    /** Names of the files besides the input, in the order the kernel gets them. */
    files: z.array(fileName).max(16).default([]),
    /** True: every result gets a file `seed` of its own (8 bytes, little-endian), after the named files. */
    seed: z.boolean().default(false),
    /** Backends that name the same format exchange checkpoints. */
    checkpointFormat: z.string().min(1).max(40),
    exactness: z.enum(["exact", "tolerant", "statistical"]),
    comparator: comparatorSchema,
    input: inputSchemaSchema.optional(),
    output: outputSchemaSchema,
    /** Estimated floating point operations of one unit of work: a workunit is worth its units times this. */
    cost: z.strictObject({ flopsPerUnit: z.number().gt(0).max(1e18) }).optional(),
    limits: z.strictObject({
      inputBytes: z.int().min(0).max(FILE_MAX_BYTES),
      outputBytes: z.int().min(1).max(OUTPUT_MAX_BYTES),
      /** A step of the smallest budget must end within this, or the kernel counts as hung. */
      stepSeconds: z.number().gt(0).max(60).default(20),
    }),
    verify: z
      .strictObject({ module: relativePath, maxMemoryPages: z.int().min(1).max(KERNEL_MAX_MEMORY_PAGES) })
      .optional(),
    /** Inputs with known outputs: run on every backend before publishing and as the probe of a volunteer's device. */
    examples: z
      .array(
        z.strictObject({
          name: fileName,
          input: relativePath,
          files: z.record(fileName, relativePath).default({}),
          seed: z
            .string()
            .regex(/^\d{1,20}$/)
            .optional(),
          output: relativePath,
        }),
      )
      .min(1)
      .max(50),
  })
  .superRefine((manifest, context) => {
    for (const { path, fault } of unstorableIn(manifest)) context.addIssue({ code: "custom", path, message: fault });
    const wgsl = manifest.backends.wgsl;
    if (wgsl && manifest.backends.wasm === undefined && (wgsl.state === undefined || wgsl.output === undefined)) {
      context.addIssue({
        code: "custom",
        path: ["backends", "wgsl"],
        message: "a kernel without a WASM module must declare state and output",
      });
    }
    if (manifest.exactness === "exact" && manifest.comparator.type !== "exact") {
      context.addIssue({ code: "custom", path: ["comparator"], message: "an exact kernel is compared by type exact" });
    }
    for (const [index, { seed, files }] of manifest.examples.entries()) {
      const path = ["examples", index];
      if (manifest.seed !== (seed !== undefined)) {
        const message = manifest.seed
          ? "seed: true, so every example needs its seed"
          : "without seed: true no example has a seed";
        context.addIssue({ code: "custom", path, message });
      }
      const [missing] = manifest.files.filter((name) => files[name] === undefined);
      const [more] = Object.keys(files).filter((name) => !manifest.files.includes(name));
      if (missing !== undefined) context.addIssue({ code: "custom", path, message: `the file ${missing} is missing` });
      if (more !== undefined)
        context.addIssue({ code: "custom", path, message: `${more} is not among the kernel's files` });
    }
    if (manifest.exactness === "statistical" && !manifest.seed) {
      context.addIssue({ code: "custom", path: ["seed"], message: "a statistical kernel needs seed: true" });
    }
  });

export type KernelManifest = z.infer<typeof kernelManifestSchema>;
export type Comparator = z.infer<typeof comparatorSchema>;
export type OutputSchema = z.infer<typeof outputSchemaSchema>;
