import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { firstFailure } from "./replay.ts";

/** All timelines, on the core alone: milliseconds, before the same files run on PostgreSQL. */
const FOLDER = new URL("../../timelines/", import.meta.url);
const files = readdirSync(FOLDER).filter((name) => name.endsWith(".timeline"));

test("there are timelines", () => expect(files.length).toBeGreaterThan(40));

test.each(files)("%s on the core", (name) => {
  expect(firstFailure(readFileSync(new URL(name, FOLDER), "utf8"))).toBeNull();
});
