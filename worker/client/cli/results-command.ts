import { createWriteStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { type Command, Option } from "commander";
import { type Format, QuorateError } from "../client.ts";
import type { Ended } from "../types.ts";
import { batchId, number } from "./arguments.ts";
import type { Cli } from "./cli.ts";
import { Failed, Misused } from "./terminal.ts";

const FORMATS = ["jsonl", "csv", "bin", "parquet", "zip"] as const;

const ORDERS = ["inputs", "completed"] as const;
export type Order = (typeof ORDERS)[number];
export const orderOption = () =>
  new Option("--order <order>", "inputs when absent; completed: as they are confirmed").choices(ORDERS);

/** Getting what came out. */
export function addResultsCommand(program: Command, cli: Cli): void {
  program
    .command("results")
    .argument("<batch>", "its number", batchId)
    .addOption(new Option("-f, --format <format>", "of the file").choices(FORMATS).default("jsonl"))
    .option("-o, --output <file>", "standard output when absent")
    .option("--continue", "of a batch that has ended: add to the file of --output what it lacks")
    .addOption(orderOption())
    .option("--after <workunit>", "go on after this workunit, where an earlier download ended", number)
    .option("--cursor <cursor>", "with --order completed: go on where a line said")
    .option("--follow", "wait for what is still to come; decoded JSON lines")
    .description("confirmed results, in the order of the inputs or as they are confirmed")
    .action(async (id: number, flags: ResultFlags) => await results(cli, id, flags));
}

type ResultFlags = {
  format: Format;
  output?: string;
  continue?: boolean;
  order?: Order;
  after?: number;
  cursor?: string;
  follow?: boolean;
};
type From = { order?: Order; after?: number; cursor?: string };

async function results(
  cli: Cli,
  id: number,
  { format, output, continue: isContinued, order, after, cursor, follow: isFollowed }: ResultFlags,
): Promise<void> {
  if (cursor !== undefined && order !== "completed") throw new Misused("--cursor needs --order completed");
  const from: From = {
    ...(order !== undefined && { order }),
    ...(after !== undefined && { after }),
    ...(cursor !== undefined && { cursor }),
  };
  if (isContinued === true && output === undefined) throw new Misused("--continue needs --output FILE");
  if (isFollowed === true) {
    if (format !== "jsonl" || output !== undefined) throw new Misused("--follow writes JSON lines to standard output");
    return await follow(cli, id, from);
  }
  const client = await cli.client();
  if (output !== undefined && isContinued === true) return await complete(cli, { id, format, output, from });
  const body = bodyOf(await client.download(id, format, from));
  if (output !== undefined) return await pipeline(body, createWriteStream(output));
  const terminal = cli.terminal();
  for await (const chunk of body) await terminal.write(chunk);
}

const bodyOf = ({ body }: Response) => (body ?? []) as AsyncIterable<Uint8Array>;

type Completion = { id: number; format: Format; output: string; from: From };

/** What is asked for again of what is here already: no other download has the same bytes at the same place. */
const OVERLAP_BYTES = 64 * 1024;

/** Adds to a file what it lacks. Its end is asked for too: a file that is no beginning of this download stays as it is. */
async function complete(cli: Cli, { id, format, output, from }: Completion): Promise<void> {
  const client = await cli.client();
  const bytes = (await stat(output).catch(() => null))?.size ?? 0;
  if (bytes === 0) return await pipeline(bodyOf(await client.download(id, format, from)), createWriteStream(output));
  const overlap = Math.min(bytes, OVERLAP_BYTES);
  const tooLong = `${output} is longer than these results: it is another file`;
  const response = await client.download(id, format, { ...from, fromByte: bytes - overlap }).catch((cause: unknown) => {
    if (!(cause instanceof QuorateError) || cause.status !== 416) throw cause;
    throw new Failed(tooLong, { cause });
  });
  if (response.status !== 206) {
    await response.body?.cancel();
    throw new Failed("these results may still change or cannot be gone on with; download them whole, or use --after");
  }
  const end = await endOf(output, { bytes, count: overlap });
  const rest = async function* (chunks: AsyncIterable<Uint8Array>) {
    let same = 0;
    for await (const chunk of chunks) {
      const known = chunk.subarray(0, end.length - same);
      if (!end.subarray(same, same + known.length).equals(known)) {
        throw new Failed(`${output} is no beginning of these results`);
      }
      same += known.length;
      if (known.length < chunk.length) yield chunk.subarray(known.length);
    }
    if (same < end.length) throw new Failed(tooLong);
  };
  await pipeline(rest(bodyOf(response)), createWriteStream(output, { flags: "a" }));
  cli.terminal().note(`${output} is complete`);
}

/** The last `count` bytes of a file of `bytes`. */
async function endOf(path: string, { bytes, count }: { bytes: number; count: number }): Promise<Buffer> {
  const file = await open(path);
  try {
    const end = Buffer.alloc(count);
    const { bytesRead } = await file.read(end, 0, count, bytes - count);
    if (bytesRead < count) throw new Failed(`${path} becomes shorter while it is read`);
    return end;
  } finally {
    await file.close();
  }
}

/** Every ended workunit as a line of JSON. @throws {Failed} at the end when some failed. */
export async function follow(cli: Cli, id: number, from: From): Promise<void> {
  const [client, terminal] = [await cli.client(), cli.terminal()];
  let failed = 0;
  for await (const ended of client.collect(id, from)) {
    if (ended.state === "failed") failed += 1;
    await terminal.write(`${JSON.stringify(plain(ended))}\n`);
  }
  if (failed > 0) throw new Failed(`${failed} workunits failed`);
}

/** Bytes have no JSON of their own. */
function plain(ended: Ended): object {
  if (ended.state === "failed" || !(ended.output instanceof Uint8Array)) return ended;
  const { output, ...rest } = ended;
  return { ...rest, outputBase64: Buffer.from(output).toString("base64") };
}
