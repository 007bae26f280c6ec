import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import * as bindings from "@prisma/schema-engine-wasm/schema_engine_bg";
import { MigrationPg } from "./migration-adapter.ts";

export type SchemaEngine = Awaited<ReturnType<typeof bindings.SchemaEngine.new>>;

/** Something is wrong with a migration or the schema; the message is the engine's or PostgreSQL's own. */
export class MigrationError extends Error {
  override name = "MigrationError";
}

let loading: Promise<void> | undefined;

/** Prisma's schema engine is a native program that its command line downloads; this is the same engine as WASM. */
async function load(): Promise<void> {
  const path = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm/schema_engine_bg");
  const module = await WebAssembly.compile(new Uint8Array(await readFile(path.replace(/\.js$/, ".wasm"))));
  const imports = { "./schema_engine_bg.js": withoutLingering(bindings as unknown as Record<string, unknown>) };
  const instance = await WebAssembly.instantiate(module, imports);
  // A panic inside the engine hides its own message unless this is there to take it.
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: (text: string) => console.error(text) } });
  const glue = bindings as unknown as { __wbg_set_wasm(exports: WebAssembly.Exports): void };
  glue.__wbg_set_wasm(instance.exports);
  (instance.exports["__wbindgen_start"] as () => void)();
}

/** The engine leaves a ten-second timer behind; as Node's timers can, it must not keep a finished process alive. */
function withoutLingering(glue: Record<string, unknown>): Record<string, unknown> {
  const name = Object.keys(glue).find((key) => key.startsWith("__wbg_setTimeout_"));
  if (name === undefined) return glue;
  return { ...glue, [name]: (callback: () => void, delayMs: number) => setTimeout(callback, delayMs >>> 0).unref() };
}

/**
 * Runs `use` with a schema engine connected to the database at `url`.
 * @throws {MigrationError} with the message of what really failed.
 */
export async function withSchemaEngine<T>(url: string, use: (engine: SchemaEngine) => Promise<T>): Promise<T> {
  loading ??= load();
  await loading;
  const adapter = new MigrationPg(url);
  const factory = bindMigrationAwareSqlAdapterFactory(adapter);
  const engine = await bindings.SchemaEngine.new({ datamodels: undefined }, () => undefined, factory as never);
  try {
    return await use(engine);
  } catch (error) {
    // The engine only says "External error id#N"; the adapter's own registry has what PostgreSQL said.
    const hidden = factory.errorRegistry.consumeError(0)?.error ?? error;
    const migration = /migration_name="([^"]+)"/.exec(String(error))?.[1];
    throw new MigrationError(`${migration === undefined ? "" : `${migration}: `}${messageOf(hidden)}`, {
      cause: error,
    });
  } finally {
    engine.free();
    await adapter.close();
  }
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  // Engine errors are JSON-RPC texts: {"message": ..., "meta": {"full_error": ...}}.
  try {
    const parsed = JSON.parse(text) as { message?: string; meta?: { full_error?: string } };
    return parsed.meta?.full_error ?? parsed.message ?? text;
  } catch {
    return text;
  }
}
