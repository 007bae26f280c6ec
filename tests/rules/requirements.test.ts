import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { inProject } from "../../server/paths.ts";

/** tests/requirements.md lists what must hold, one id a row; a test that shows an id cites it in its title. */
const requirements = readFileSync(inProject("tests/requirements.md"), "utf8");
const known = new Set([...requirements.matchAll(/^\| (R00[0-3]\.\d+) \|/gm)].map((match) => match[1] ?? ""));

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return /\.(test\.ts|spec\.ts|timeline)$/.test(entry.name) ? [path] : [];
  });
}

const cited = new Map<string, string>();
for (const file of filesBelow(inProject("tests"))) {
  for (const match of readFileSync(file, "utf8").matchAll(/\bR00\d\.\d+\b/g)) cited.set(match[0], file);
}

it("the table has its 146 ids", () => {
  expect(known.size).toBe(146);
});

it("every id that a test cites exists", () => {
  expect([...cited].filter(([id]) => !known.has(id))).toEqual([]);
});

it("ids of batch work without a test are known", () => {
  const open = [...known].filter((id) => !cited.has(id));
  console.log(`requirements without a test (open): ${open.join(" ")}`);
  // R001 (serving) and R002 (task trees) are later capabilities.
  expect(open.filter((id) => id.startsWith("R003"))).toEqual([]);
});
