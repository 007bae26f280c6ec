/** `node tests/oracles/run-model.ts [--trace] FILE...`: the timeline command, on the replication model instead of the site. */
import { readFileSync } from "node:fs";
import { replay } from "./run-timeline.ts";

const trace = process.argv.includes("--trace");
let exitStatus = 0;
for (const file of process.argv.slice(2).filter((argument) => argument !== "--trace")) {
  const done = replay(file, readFileSync(file, "utf8"));
  process.stdout.write(`${(trace ? done.trace : [done.verdict]).join("\n")}\n`);
  exitStatus = Math.max(exitStatus, done.exitStatus);
}
process.exitCode = exitStatus;
