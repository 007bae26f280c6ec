import { Command } from "commander";
import { checkLedger, repairLedger } from "../credit/check-ledger.ts";
import { withSite } from "./with-site.ts";

/** `npm run ledger:check [-- --repair]`: do balances say what the ledger says, and totals what batches say? Exit code 1 if not. */

/** More than this many lines help nobody. */
const MOST_LINES = 50;

const program = new Command()
  .name("npm run ledger:check --")
  .description(
    "Recomputes every balance and recent average from the append-only ledger, and the totals of ended batches, and prints what differs. May run beside a serving site.",
  )
  .option("--repair", "put what is right in place of every balance and total, in one transaction", false);
const { repair } = program.parse().opts<{ repair: boolean }>();

process.exit(
  await withSite(async (deps) => {
    const { entries, balances, hours, differences } = await (repair ? repairLedger(deps) : checkLedger(deps));
    for (const line of differences.slice(0, MOST_LINES)) console.log(line);
    if (differences.length > MOST_LINES) console.log(`... and ${differences.length - MOST_LINES} more`);
    const looked = `${entries} ledger entries, ${balances} balances and ${hours} hours`;
    if (differences.length === 0) console.log(`All is right: ${looked}.`);
    else {
      const found = `${differences.length} ${differences.length === 1 ? "difference" : "differences"}`;
      console.log(`${found}${repair ? ", now repaired" : ""}: ${looked}.`);
      if (!repair) console.log("`npm run ledger:check -- --repair` puts what is right in place of what differs.");
    }
    return differences.length === 0 || repair ? 0 : 1;
  }),
);
