import { Command, InvalidArgumentError } from "commander";
import { auditWorkunit } from "../audit/audit-workunit.ts";
import { nowSeconds } from "../clock.ts";
import { withSite } from "./with-site.ts";

/** `npm run audit -- --workunit ID`: has a workunit computed again by other people, and compared with what was accepted. */

function id(text: string): number {
  if (!/^[1-9]\d{0,15}$/.test(text)) throw new InvalidArgumentError("use the number in the address of its page");
  return Number(text);
}

const program = new Command()
  .name("npm run audit --")
  .description(
    "Has a confirmed workunit checked again by other people. If they contradict it, it is marked as recalled for ever, its project is told, and the credit for the wrong results is taken back.",
  )
  .requiredOption("--workunit <id>", "the workunit", id);
const { workunit } = program.parse().opts<{ workunit: number }>();

process.exit(
  await withSite(async (deps) => {
    const { auditWorkunitId, isNew } = await auditWorkunit(deps, workunit, nowSeconds());
    console.log(
      isNew
        ? `Workunit ${auditWorkunitId} is the audit of workunit ${workunit}. Its page says when it is over: /workunits/${auditWorkunitId}`
        : `Workunit ${workunit} is being audited already, by workunit ${auditWorkunitId}.`,
    );
    return 0;
  }),
);
