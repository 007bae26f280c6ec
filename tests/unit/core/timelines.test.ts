import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { firstFailure } from "./replay.ts";

/** All timelines, on the core alone: milliseconds, before the same files run on PostgreSQL. */
const FOLDER = new URL("../../timelines/", import.meta.url);
const files = readdirSync(FOLDER).filter((name) => name.endsWith(".timeline"));

test("there are timelines", () => expect(files.length).toBeGreaterThan(40));

const BOINC_PAGE = [
  ["[R003.22] [R003.23] [R003.24] [R003.25] [R003.26] S12 S17 S22 all come back", "boinc-page-1.timeline"],
  ["[R003.27] [R003.28] [R003.29] S26 S28 S60 the second result is lost", "boinc-page-2.timeline"],
  ["[R003.30] [R003.31] [R003.32] S5 S17 S25 the second result fails", "boinc-page-3.timeline"],
] as const;

test.each(BOINC_PAGE)("%s", (_title, name) => {
  expect(firstFailure(readFileSync(new URL(name, FOLDER), "utf8"))).toBeNull();
});

test.each(files)("%s on the core", (name) => {
  expect(firstFailure(readFileSync(new URL(name, FOLDER), "utf8"))).toBeNull();
});
