import type { Command } from "commander";
import type { BatchNotices } from "../types.ts";
import { batchId, priority, share } from "./arguments.ts";
import type { Cli } from "./cli.ts";
import { Misused } from "./terminal.ts";

/** What can be done with work that was sent. */
export function addSteeringCommands(program: Command, cli: Cli): void {
  const said = {
    pause: "paused",
    resume: "open again",
    cancel: "cancelled in 30 seconds; until then quorate undo-cancel takes it back",
  };
  for (const verb of ["pause", "resume", "cancel"] as const) {
    program
      .command(verb)
      .argument("<batch>", "its number", batchId)
      .description(verb === "cancel" ? "ends a batch, 30 seconds later" : `${verb}s a batch`)
      .action(async (id: number) => {
        await (await cli.client())[verb](id);
        await cli.terminal().answer({ batchId: id, did: verb }, `Batch ${id} is ${said[verb]}.`);
      });
  }

  program
    .command("undo-cancel")
    .argument("<batch>", "its number", batchId)
    .description("takes a cancellation back within its 30 seconds")
    .action(async (id: number) => {
      await (await cli.client()).undoCancel(id);
      await cli.terminal().answer({ batchId: id, did: "undo-cancel" }, `Batch ${id} goes on.`);
    });

  program
    .command("retry")
    .argument("<batch>", "its number", batchId)
    .description("new workunits for those that failed, in a batch of their own")
    .action(async (id: number) => {
      const retried = await (await cli.client()).retryFailed(id);
      await cli
        .terminal()
        .answer(retried, `${retried.workunits} workunits are tried again in batch ${retried.batchId}.`);
    });

  program
    .command("priority")
    .argument("<batch>", "its number", batchId)
    .argument("<number>", "0 when none was given; may be below 0", priority)
    .description("changes the priority of what is still open: higher goes first")
    .action(async (id: number, wanted: number) => {
      await (await cli.client()).setPriority(id, wanted);
      await cli
        .terminal()
        .answer({ batchId: id, did: "priority", priority: wanted }, `Batch ${id} has priority ${wanted}.`);
    });

  program
    .command("notices")
    .argument("<batch>", "its number", batchId)
    .option("--stop-above <share>", "it stops by itself when more than this share fails, 0 to 1", share)
    .option("--no-stop-above", "it never stops by itself")
    .option("--mail", "a mail when it is done; only to whoever submitted it")
    .option("--no-mail", "no mail")
    .description("changes when a batch stops by itself, and whether you get a mail; what is not named stays")
    .action(async (id: number, flags: NoticeFlags) => await changeNotices(cli, id, flags));
}

/** False: `--no-stop-above`, `--no-mail`. */
type NoticeFlags = { stopAbove?: number | false; mail?: boolean };

async function changeNotices(cli: Cli, id: number, { stopAbove, mail }: NoticeFlags): Promise<void> {
  if (stopAbove === undefined && mail === undefined) {
    throw new Misused("say what to change: --stop-above SHARE, --no-stop-above, --mail or --no-mail");
  }
  const changed = await (await cli.client()).setNotices(id, {
    ...(stopAbove !== undefined && { stopAbove: stopAbove === false ? null : stopAbove }),
    ...(mail !== undefined && { mailsMe: mail }),
  });
  const notices: BatchNotices = { stopAbove: changed.stopAbove, mailsMe: changed.mailsMe };
  await cli.terminal().answer({ batchId: id, did: "notices", ...notices }, `Batch ${id} ${say(notices)}.`);
}

function say({ stopAbove, mailsMe }: BatchNotices): string {
  const stops =
    stopAbove === null
      ? "does not stop by itself"
      : `stops by itself when more than ${Number((stopAbove * 100).toPrecision(6))} % fail`;
  if (mailsMe === null) return stops;
  return `${stops}; ${mailsMe ? "you get a mail when it is done" : "you get no mail"}`;
}
