import { createReadStream } from "node:fs";
import { extname } from "node:path";
import { type Command, Option } from "commander";
import { HARMS } from "../../../server/core/submission/choose-policy.ts";
import { readSource, sourceSchema } from "../../../server/core/submission/read-source.ts";
import type { BatchProgress, Harm, SubmitOptions } from "../types.ts";
import { batchId, number, priority, share } from "./arguments.ts";
import type { Cli } from "./cli.ts";
import { follow, type Order, orderOption } from "./results-command.ts";
import { Failed, Misused } from "./terminal.ts";

const SOURCES = ["jsonl", "csv", "fasta", "fastq"] as const;

type SubmitFlags = {
  format?: (typeof SOURCES)[number];
  name?: string;
  key?: string;
  harm?: Harm;
  flops?: number;
  priority?: number;
  column?: string;
  template?: string;
  tags?: string;
  perWorkunit?: number;
  head?: string;
  skipBad?: boolean;
  stopAbove?: number;
  mail?: boolean;
  follow?: boolean;
  order?: Order;
  quiet?: boolean;
};

/** Work: sending it and watching it. */
export function addBatchCommands(program: Command, cli: Cli): void {
  program
    .command("submit")
    .argument("<app>", "PROJECT/APP or PROJECT/APP@VERSION")
    .argument("[file]", "what to compute; standard input when it is absent or -", "-")
    .addOption(new Option("-f, --format <format>", "as the file's name ends when absent, else jsonl").choices(SOURCES))
    .option("-n, --name <name>", "of the batch")
    .option("--key <key>", "yours: the same key is the same batch, however often it is sent")
    .addOption(new Option("--harm <harm>", "how bad is a wrong answer? Chooses the redundancy").choices(HARMS))
    .option("--flops <number>", "estimated floating point operations of one workunit; 1e9 when absent", number)
    .option("--priority <number>", "higher goes first", priority)
    .option("--column <name>", "the column of csv or jsonl that is the input")
    .option("--template <text>", "the input, with {column} where a value goes")
    .option("--tags <names>", "columns that become tags, separated by commas")
    .option("--per-workunit <number>", "sequences of one workunit (fasta, fastq)", number)
    .option("--head <text>", "what stands before the sequences; \\n is a new line")
    .option("--skip-bad", "leave bad lines out; nothing is created otherwise")
    .option("--stop-above <share>", "stop by itself when more than this share fails, 0 to 1", share)
    .option("--mail", "a mail when it is done")
    .option("--follow", "write results as they come: JSON lines in, JSON lines out")
    .addOption(orderOption())
    .option("-q, --quiet", "write only the batch's number")
    .description("sends work, line by line as it arrives; a token needs the scope submit")
    .action(async (app: string, file: string, flags: SubmitFlags) => await submit(cli, { app, file, flags }));

  program
    .command("watch")
    .argument("<batch>", "its number", batchId)
    .description("shows progress until every workunit has ended; fails when some did")
    .action(async (id: number) => {
      const [client, terminal] = [await cli.client(), cli.terminal()];
      let last: BatchProgress | undefined;
      for await (const now of client.watch(id)) {
        last = now;
        if (terminal.json) await terminal.answer(now, "");
        else terminal.bar(now);
      }
      terminal.endBar();
      if (last !== undefined) endOf(last);
    });
}

async function submit(
  cli: Cli,
  { app, file, flags }: { app: string; file: string; flags: SubmitFlags },
): Promise<void> {
  const [client, terminal] = [await cli.client(), cli.terminal()];
  const source = sourceOf(file, flags);
  const version = await client.findVersion(app);
  const input = file === "-" ? process.stdin : createReadStream(file);
  const drafts = readSource(source, version.input ?? undefined, textOf(input));
  const { name = file === "-" ? undefined : file, key, harm, flops, priority, stopAbove, skipBad, mail } = flags;
  const submission: SubmitOptions = {
    ...(flops !== undefined && { flops }),
    onBad: skipBad === true ? "skip" : "refuse",
    ...(name !== undefined && { name }),
    ...(key !== undefined && { key }),
    ...(harm !== undefined && { harm }),
    ...(priority !== undefined && { priority }),
    ...(stopAbove !== undefined && { stopAbove }),
    ...(mail === true && { notifyMail: true }),
    onUpload: (sent) => terminal.note(`${sent} workunits sent`),
  };
  const submitted = await client.submitDrafts(version, drafts, submission);
  const { batchId, workunits, isNew, faults } = submitted;
  const skipped = faults.map(({ line, message }) => `line ${line} was left out: ${message}`).join("\n");
  if (skipped !== "") terminal.note(skipped);
  const text = isNew
    ? `Batch ${batchId} has ${workunits} workunits.`
    : `This is batch ${batchId}, which was there already.`;
  if (flags.follow !== true) return await terminal.answer(submitted, flags.quiet === true ? String(batchId) : text);
  terminal.note(text);
  await follow(cli, batchId, flags.order === undefined ? {} : { order: flags.order });
}

function sourceOf(file: string, flags: SubmitFlags) {
  const { format: wanted, column, template, tags, perWorkunit, head } = flags;
  const ending = { ".csv": "csv", ".fasta": "fasta", ".fa": "fasta", ".fastq": "fastq", ".fq": "fastq" } as const;
  const format = wanted ?? ending[extname(file) as keyof typeof ending] ?? "jsonl";
  if (format === "fasta" || format === "fastq") {
    const parsed = sourceSchema.safeParse({ format, perWorkunit, head: head?.replaceAll("\\n", "\n") });
    if (!parsed.success) throw new Misused("--per-workunit takes a whole number from 1 to 100000");
    return parsed.data;
  }
  const input =
    column !== undefined
      ? { kind: "column", column }
      : template !== undefined
        ? { kind: "template", template: template.replaceAll("\\n", "\n") }
        : undefined;
  return sourceSchema.parse({ format, mapping: { input, tagColumns: tags?.split(",") } });
}

/** Text, whatever pieces it comes in. @throws {Failed} when it is no UTF-8. */
async function* textOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    for await (const chunk of bytes) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "EISDIR") throw new Misused("there is no such file");
    throw code === "ERR_ENCODING_INVALID_ENCODED_DATA" ? new Failed("what was sent is not UTF-8 text") : error;
  }
}

function endOf({ failed, state }: BatchProgress): void {
  if (state === "cancelled") throw new Failed("the batch was cancelled");
  if (failed > 0) throw new Failed(`${failed} workunits failed`);
}
