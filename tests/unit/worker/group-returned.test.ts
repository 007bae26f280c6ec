import { expect, test } from "vitest";
import { groupReturned } from "../../../worker/page/group-returned.ts";

/** c: confirmed, r: handed back. */
function shortened(fates: string): string {
  const items = [...fates].map((letter, id) => ({ id, fate: letter === "r" ? "returned" : "confirmed" }));
  return groupReturned(items)
    .map((line) => (line.kind === "returned" ? `${line.items.length}@${line.items[0].id}` : `${line.item.id}`))
    .join(" ");
}

test.each([
  ["", ""],
  ["ccc", "0 1 2"],
  ["crc", "0 1 2"],
  ["rr", "2@0"],
  ["crrrc", "0 3@1 4"],
  ["rrcrr", "2@0 2 2@3"],
])("of %s become %s", (fates, lines) => {
  expect(shortened(fates)).toBe(lines);
});
