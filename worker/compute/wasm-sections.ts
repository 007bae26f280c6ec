/**
 * The few sections of a WASM binary that the ABI check needs, read without running or compiling anything.
 * Source of the layout: WebAssembly Core Specification 2.0, "Binary Format". The engine's own validation comes first,
 * so this reader may take a well-formed module for granted; out-of-range reads still throw RangeError.
 */

export interface FunctionType {
  readonly parameters: readonly string[];
  readonly results: readonly string[];
}

export interface MemoryType {
  readonly initialPages: number;
  /** null: none declared. */
  readonly maximumPages: number | null;
  readonly shared: boolean;
  readonly memory64: boolean;
}

export type ModuleExport =
  | { readonly kind: "function"; readonly name: string; readonly type: FunctionType | null }
  | { readonly kind: "table" | "memory" | "global" | "tag"; readonly name: string };

export interface ModuleSections {
  /** "module.name" of every import. */
  readonly imports: readonly string[];
  readonly memories: readonly MemoryType[];
  readonly exports: readonly ModuleExport[];
}

const SECTION = { type: 1, import: 2, function: 3, memory: 5, export: 7 } as const;
const VALUE_TYPES: Readonly<Record<number, string>> = { 127: "i32", 126: "i64", 125: "f32", 124: "f64", 123: "v128" };
const FUNCTION_FORM = 0x60;
const EXPORT_KINDS = ["function", "table", "memory", "global", "tag"] as const;

export function readSections(module: Uint8Array): ModuleSections {
  const reader = new Reader(module);
  reader.skip(8); // magic and version, checked by the engine
  const sections = new Map<number, Reader>();
  while (reader.left > 0) {
    const id = reader.byte();
    const body = reader.slice(reader.unsigned());
    if (id !== 0) sections.set(id, body);
  }
  const imports = sections.get(SECTION.import)?.importNames() ?? [];
  const types = readTypes(sections.get(SECTION.type));
  // Function indices count imports first; a module with imports is refused anyhow, so its function types do not matter.
  const functions = imports.length === 0 ? (sections.get(SECTION.function)?.list((r) => r.unsigned()) ?? []) : [];
  return {
    imports,
    memories: sections.get(SECTION.memory)?.list(memoryType) ?? [],
    exports: sections.get(SECTION.export)?.list((r) => moduleExport(r, functions, types)) ?? [],
  };
}

/** Stops at the first type that is no plain function type (garbage-collected types): what follows counts as unknown. */
function readTypes(section: Reader | undefined): FunctionType[] {
  const types: FunctionType[] = [];
  if (section === undefined) return types;
  const count = section.unsigned();
  for (let i = 0; i < count; i++) {
    if (section.byte() !== FUNCTION_FORM) break;
    const parameters = section.list(valueType);
    types.push({ parameters, results: section.list(valueType) });
  }
  return types;
}

function valueType(reader: Reader): string {
  const code = reader.byte();
  return VALUE_TYPES[code] ?? `type 0x${code.toString(16)}`;
}

function skipImportType(reader: Reader): void {
  const kind = EXPORT_KINDS[reader.byte()];
  if (kind === "function") reader.unsigned();
  else if (kind === "memory") memoryType(reader);
  else if (kind === "global") reader.skip(2);
  else {
    reader.byte();
    if (kind === "tag") reader.unsigned();
    else memoryType(reader);
  }
}

function memoryType(reader: Reader): MemoryType {
  const flags = reader.byte();
  const initialPages = reader.unsigned();
  const maximumPages = (flags & 1) === 1 ? reader.unsigned() : null;
  return { initialPages, maximumPages, shared: (flags & 2) !== 0, memory64: (flags & 4) !== 0 };
}

function moduleExport(reader: Reader, functions: readonly number[], types: readonly FunctionType[]): ModuleExport {
  const name = reader.name();
  const kind = EXPORT_KINDS[reader.byte()] ?? "tag";
  const index = reader.unsigned();
  if (kind !== "function") return { kind, name };
  const typeIndex = functions[index];
  return { kind, name, type: (typeIndex === undefined ? undefined : types[typeIndex]) ?? null };
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.byteLength - this.#at;
  }

  byte(): number {
    const value = this.#bytes[this.#at++];
    if (value === undefined) throw new RangeError("the module ends in the middle of a section");
    return value;
  }

  skip(count: number): void {
    if (count > this.left) throw new RangeError("the module ends in the middle of a section");
    this.#at += count;
  }

  slice(count: number): Reader {
    const start = this.#at;
    this.skip(count);
    return new Reader(this.#bytes.subarray(start, start + count));
  }

  /** LEB128; values above 2^53 lose their last bits, which no limit here can tell apart. */
  unsigned(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  name(): string {
    const length = this.unsigned();
    const start = this.#at;
    this.skip(length);
    return new TextDecoder().decode(this.#bytes.subarray(start, start + length));
  }

  /** All up to the first whose type is none of the specification's plain ones, that one included: a module with imports is refused anyhow. */
  importNames(): string[] {
    const names: string[] = [];
    const count = this.unsigned();
    try {
      while (names.length < count) {
        names.push(`${this.name()}.${this.name()}`);
        skipImportType(this);
      }
    } catch (error) {
      if (!(error instanceof RangeError) || names.length === 0) throw error;
    }
    return names;
  }

  list<T>(item: (reader: Reader) => T): T[] {
    const count = this.unsigned();
    return Array.from({ length: count }, () => item(this));
  }
}
