import { Command, InvalidArgumentError } from "commander";
import { nowSeconds } from "../clock.ts";
import { addHandler, enableHandler } from "../handler/add-handler.ts";
import { listHandlers } from "../handler/list-handlers.ts";
import { withSite } from "./with-site.ts";

/** `npm run handler -- list | add-webhook PROJECT URL | add-export PROJECT | on ID | off ID`: how projects are told of results. */

function id(text: string): number {
  if (!/^[1-9]\d{0,15}$/.test(text)) throw new InvalidArgumentError("use a number that `list` shows");
  return Number(text);
}

const site = (use: Parameters<typeof withSite>[0]) => async () => process.exit(await withSite(use));

const program = new Command()
  .name("npm run handler --")
  .description("How projects are told of ended and recalled workunits, beside the table of results that all have.");

program
  .command("list")
  .description("what there is, and how it works")
  .action(
    site(async (deps) => {
      for (const handler of await listHandlers(deps.pool, nowSeconds())) {
        const state = !handler.enabled
          ? "off"
          : handler.failingSinceSeconds === null
            ? "works"
            : `fails: ${handler.lastError}`;
        console.log(
          `${handler.id} ${handler.project} ${handler.kind} ${handler.url ?? ""} ${handler.waiting} waiting, ${state}`,
        );
      }
      return 0;
    }),
  );

program
  .command("add-webhook")
  .argument("<project>", "its slug")
  .argument("<url>", "the address that is posted to")
  .description("post every result to an address of the project's")
  .action((projectSlug: string, url: string) =>
    site(async (deps) => {
      const { handlerId, secret } = await addHandler(deps, { kind: "webhook", projectSlug, url }, nowSeconds());
      console.log(
        `Handler ${handlerId}. Its messages are signed with this secret, which is shown only now:\n${secret}`,
      );
      return 0;
    })(),
  );

program
  .command("add-export")
  .argument("<project>", "its slug")
  .description("append every result to a file of JSON lines in the data folder")
  .action((projectSlug: string) =>
    site(async (deps) => {
      const { handlerId } = await addHandler(deps, { kind: "export", projectSlug }, nowSeconds());
      console.log(
        `Handler ${handlerId}. Lines are written below ${deps.dataFolder}/exports/${projectSlug}-${handlerId}.`,
      );
      return 0;
    })(),
  );

for (const [name, enabled] of [
  ["on", true],
  ["off", false],
] as const) {
  program
    .command(name)
    .argument("<id>", "the handler", id)
    .description(
      enabled
        ? "deliver to it again, what waits first and at once, also after failures"
        : "deliver nothing to it until it is on again",
    )
    .action((handlerId: number) =>
      site(async (deps) => {
        await enableHandler(deps, handlerId, enabled);
        console.log(`Handler ${handlerId} is ${name}.`);
        return 0;
      })(),
    );
}

await program.parseAsync();
