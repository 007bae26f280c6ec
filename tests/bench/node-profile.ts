import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { percent, type Table } from "./table.ts";

/** A CPU profile of a Node process, as Node itself writes it at the end (--cpu-prof), summed up by what code it was. */
export interface NodeProfile {
  /** Environment of the process to be profiled. */
  readonly environment: Record<string, string>;
  /** After the process has ended. */
  summarise(title: string): Promise<Table>;
  remove(): Promise<void>;
}

/** First match counts. */
const AREAS: readonly (readonly [string, RegExp])[] = [
  ["waiting", /^\(idle\)/],
  ["garbage collection", /^\(garbage collector\)/],
  ["writing to sockets (system calls)", /^(writev|writeBuffer|writeUtf8String|writeLatin1String) /],
  ["PostgreSQL client (pg)", /node_modules\/(pg|pg-[a-z]+|postgres-[a-z]+)\//],
  ["checking of requests (zod)", /node_modules\/zod\//],
  ["tRPC", /node_modules\/@trpc\//],
  ["replication core", /\/server\/core\//],
  ["server", /\/server\//],
  [
    "HTTP and sockets of Node",
    /node:(_http|http|net|internal\/(http|stream|streams|webstreams|deps\/undici|url|fetch))/,
  ],
  ["cryptography", /node:(crypto|internal\/crypto)/],
  ["other of Node", /./],
];

export async function openNodeProfile(): Promise<NodeProfile> {
  const folder = await mkdtemp(join(tmpdir(), "quorate-bench-"));
  return {
    environment: { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}` },
    async summarise(title) {
      const sums = new Map<string, number>();
      for (const file of await readdir(folder)) {
        for (const [area, microseconds] of areasOf(JSON.parse(await readFile(join(folder, file), "utf8")) as Profile)) {
          sums.set(area, (sums.get(area) ?? 0) + microseconds);
        }
      }
      const all = [...sums.values()].reduce((sum, value) => sum + value, 0);
      const rows = [...sums].sort((a, b) => b[1] - a[1]).map(([area, value]) => [area, percent(value / all)]);
      return { title, head: ["", "of the time"], rows };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** What of the .cpuprofile format is used here. */
type Profile = {
  nodes: { id: number; callFrame: { functionName: string; url: string } }[];
  samples: number[];
  timeDeltas: number[];
};

function areasOf({ nodes, samples, timeDeltas }: Profile): Map<string, number> {
  const areaOfNode = new Map(
    nodes.map(({ id, callFrame: { functionName, url } }) => {
      const what = `${functionName} ${url}`;
      return [id, AREAS.find(([, pattern]) => pattern.test(what))?.[0] ?? "other of Node"];
    }),
  );
  const sums = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const area = areaOfNode.get(id) ?? "other of Node";
    sums.set(area, (sums.get(area) ?? 0) + (timeDeltas[index] ?? 0));
  }
  return sums;
}
