import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, it } from "vitest";
import { inProject } from "../../server/paths.ts";

/**
 * Who finds a result by its id or its workunit must not say its state by name as well (server/sql/result-states.ts says why).
 * These go through the queue of an app version or what one host holds, count everything, or look at each row anyway.
 */
const BY_NAME = [
  "server/account/join-identities.ts",
  "server/batch/get-batch.ts",
  "server/batch/plan-batch.ts",
  "server/cli/timeline/replay.ts",
  "server/file/clean-files.ts",
  "server/file/may-read-file.ts",
  "server/project/list-projects.ts",
  "server/result/queue-fronts.ts",
  "server/result/renew-leases.ts",
  "server/result/skipped-positions.ts",
  "server/result/system-conditions.ts",
  "server/results/result-rows.ts",
  "server/sql/find-candidates.ts",
  "server/status/measure.ts",
  "server/sweeper/end-unsendable.ts",
  "server/volunteer/no-work.ts",
];

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return entry.name.endsWith(".ts") ? [path] : [];
  });
}

it("only statements that go through a queue, or count, ask for results by the name of their state", () => {
  const found = sources(inProject("server"))
    .filter((path) => !path.startsWith(inProject("server/core")))
    // Not where it is set.
    .filter((path) => /(?<!\bset )\bstate = '(unsent|in_progress)'/.test(readFileSync(path, "utf8")))
    .map((path) => relative(inProject("."), path))
    .toSorted();
  expect(found).toEqual(BY_NAME);
});
