import { mkdir, open, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { INLINE_OUTPUT_MAX_BYTES } from "../core/limits.ts";
import type { PoolClient } from "../database/pool.ts";
import type { Deps } from "../deps.ts";
import { inTransaction } from "../sql/transaction.ts";
import { loadEvents } from "./events.ts";
import { type Handler, noteFailure, noteSuccess, retryAfterSeconds } from "./handlers.ts";

/** Lines written under one commit. */
const BATCH = 500;
/** A file larger than this is followed by the next one. */
const FILE_MAX_BYTES = 1024 ** 3;

type Export = Extract<Handler, { kind: "export" }>;
type Delivery = { id: number; workunit_id: number; event: string; attempts: number };
type Place = { export_file: number; export_bytes: number };

/** Where the lines of an export lie: data folder/exports/PROJECT-HANDLER/results-000001.jsonl, -000002... */
export function exportPath(deps: Pick<Deps, "dataFolder">, handler: Export, file: number): string {
  const folder = join(deps.dataFolder, "exports", `${handler.projectSlug}-${handler.id}`);
  return join(folder, `results-${String(file).padStart(6, "0")}.jsonl`);
}

/**
 * Appends one line of JSON per message. How many bytes of the file stand is written in the transaction that marks the
 * messages delivered; what lies beyond was written by a process that died before its commit, and is cut off before the next
 * line is written. So every message has exactly one line, whenever anything stops.
 * @returns lines written.
 */
export async function exportDeliveries(deps: Deps, handler: Export, nowSeconds: number): Promise<number> {
  let written = 0;
  for (;;) {
    let taken: Delivery[] = [];
    const began = performance.now();
    try {
      await inTransaction(deps, "outbox:export", async (client) => {
        // One process at a time writes a file: the others pass it over.
        const place = await lockHandler(client, handler);
        taken = place === null ? [] : await take(client, handler, nowSeconds);
        if (place === null || taken.length === 0) return;
        const lines = await linesOf(deps, taken);
        const next = await append(deps, { handler, place, lines });
        await client.query("update project_handler set export_file = $2, export_bytes = $3 where id = $1", [
          handler.id,
          next.export_file,
          next.export_bytes,
        ]);
        await client.query(
          "update outbox set done_seconds = $2, attempts = attempts + 1, last_error = null where id = any($1::bigint[])",
          [taken.map((delivery) => delivery.id), nowSeconds],
        );
      });
    } catch (error) {
      if (taken.length === 0) throw error;
      await putOff(deps, taken, error as Error, nowSeconds);
      await noteFailure(deps, handler, (error as Error).message, nowSeconds);
      return written;
    }
    if (taken.length > 0) await noteSuccess(deps, handler.id, Math.round(performance.now() - began));
    written += taken.length;
    if (taken.length < BATCH) return written;
  }
}

async function lockHandler(client: PoolClient, handler: Export): Promise<Place | null> {
  const { rows } = await client.query<Place>(
    "select export_file, export_bytes from project_handler where id = $1 and enabled for update skip locked",
    [handler.id],
  );
  return rows[0] ?? null;
}

async function take(client: PoolClient, handler: Export, nowSeconds: number): Promise<Delivery[]> {
  const { rows } = await client.query<Delivery>(
    `select id, workunit_id, payload->>'event' as event, attempts from outbox
      where handler_id = $1 and done_seconds is null and next_seconds <= $2
      order by next_seconds, id limit ${BATCH} for update skip locked`,
    [handler.id, nowSeconds],
  );
  return rows;
}

/** Larger outputs are named by their SHA-256: they lie in the data folder already. */
async function linesOf(deps: Deps, deliveries: readonly Delivery[]): Promise<Buffer> {
  const keys = deliveries.map(({ event, workunit_id }) => ({ event, workunitId: workunit_id }));
  const events = await loadEvents(deps, keys, INLINE_OUTPUT_MAX_BYTES);
  return Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(""));
}

async function append(
  deps: Deps,
  { handler, place, lines }: { handler: Export; place: Place; lines: Buffer },
): Promise<Place> {
  const isFull = place.export_bytes >= FILE_MAX_BYTES;
  const start = isFull ? { export_file: place.export_file + 1, export_bytes: 0 } : place;
  const path = exportPath(deps, handler, start.export_file);
  await mkdir(join(path, ".."), { recursive: true });
  await cutTo(path, start.export_bytes);
  // Appending, not writing at a place: a process that has lost its transaction without knowing can only add to the end, and
  // that is cut off again.
  const file = await open(path, "a");
  try {
    await file.appendFile(lines);
    await file.sync();
  } finally {
    await file.close();
  }
  if (start.export_bytes === 0) await syncFolder(join(path, ".."));
  return { export_file: start.export_file, export_bytes: start.export_bytes + lines.byteLength };
}

async function cutTo(path: string, bytes: number): Promise<void> {
  const size = await stat(path).then(
    (file) => file.size,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return 0;
      throw error;
    },
  );
  if (size < bytes) throw new Error(`the export ${path} has ${size} bytes of ${bytes} that were written: put it back`);
  if (size > bytes) await truncate(path, bytes);
}

/** A new file's name must survive a power cut like its bytes. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function putOff(deps: Deps, taken: readonly Delivery[], error: Error, nowSeconds: number): Promise<void> {
  await deps.pool.query(
    `update outbox o set attempts = o.attempts + 1, last_error = $3, next_seconds = c.next_seconds
       from unnest($1::bigint[], $2::bigint[]) as c (id, next_seconds) where o.id = c.id and o.done_seconds is null`,
    [
      taken.map((delivery) => delivery.id),
      // All wait for the same disk, which the handler's rest is for.
      taken.map((delivery) => nowSeconds + Math.min(60, retryAfterSeconds(delivery.attempts + 1, deps.random()))),
      error.message.slice(0, 500),
    ],
  );
}
