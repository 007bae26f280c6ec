import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { Command, InvalidArgumentError } from "commander";
import { generateClient } from "../database/generate-client.ts";
import { inProject } from "../paths.ts";

/** `npm run bench`: measures this machine with this build. The parts are in tests/bench, with what tests need too. */

type Flags = { only: string[]; seconds: number; rows: number };

const MODULE = "tests/bench/run-bench.ts";

function numberFrom(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (!(value >= least && value <= most)) {
      throw new InvalidArgumentError(`use a number from ${least} to ${most}`);
    }
    return value;
  };
}

const wholeRows = (text: string): number => Math.floor(numberFrom(20_000, 100_000_000)(text));

async function main(): Promise<number> {
  const program = new Command()
    .name("npm run bench --")
    .description(
      "Measures kernels, the exchange, validated results per second and the volunteer client. Prints tables; nothing is kept.",
    )
    .option(
      "--only <name...>",
      "only these parts: kernels, raw, exchange, validated, submission, volunteer, governor",
      [],
    )
    .option("--seconds <n>", "length of one measured round, roughly", numberFrom(0.1, 600), 5)
    .option("--rows <n>", "results already in the larger database of `validated`", wholeRows, 300_000);
  const flags = program.parse().opts<Flags>();
  if (!existsSync(inProject(MODULE))) {
    console.error(`could not run: ${MODULE} is not here; the bench runs in a clone of the project`);
    return 1;
  }
  await generateClient();
  // Tests are no part of what the server is compiled from, and not there in every installation.
  const { runBench } = (await import(pathToFileURL(inProject(MODULE)).href)) as {
    runBench(flags: Flags, print: (text: string) => void): Promise<number>;
  };
  return runBench(flags, (text) => console.log(text));
}

// Prisma's schema engine keeps a timer: the process ends itself.
process.exit(await main());
