import { describe, expect, test } from "vitest";
import { MARKS_MAX, Marks, partOf } from "../../../server/results/measure-file.ts";
import { RecentlyUsed } from "../../../server/results/recently-used.ts";

describe("marks of a file", () => {
  test.each([
    [30, 100],
    [1_000, 100],
    [100_000, 100],
    [400, 60_000],
    [100_000, 5_000],
  ])("of %i rows of %i bytes are few and near to every row", (rows, bytes) => {
    const marks = new Marks();
    for (let row = 1; row < rows; row += 1) {
      marks.add({ bytes: row * bytes, after: { transaction: 0, workunitId: row } });
    }
    expect(marks.all.length).toBeLessThanOrEqual(MARKS_MAX);
    for (const mark of marks.all) expect(mark.bytes).toBe(mark.after.workunitId * bytes);
    const places = [0, ...marks.all.map((mark) => mark.bytes), rows * bytes];
    const gaps = places.slice(1).map((place, index) => place - (places[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(Math.max(4_096 + bytes, (4 * rows * bytes) / MARKS_MAX));
  });
});

describe("a part of a file", () => {
  async function* file() {
    yield "0123";
    yield Buffer.from("4567");
    yield "89";
  }
  async function read(wanted: Parameters<typeof partOf>[1]): Promise<{ text: string; error: unknown }> {
    let text = "";
    try {
      for await (const bytes of partOf(file(), wanted)) text += Buffer.from(bytes).toString();
    } catch (error) {
      return { text, error };
    }
    return { text, error: null };
  }
  const isSame = () => Promise.resolve(true);

  test.each([
    [0, 10, "0123456789"],
    [3, 2, "34"],
    [4, 4, "4567"],
    [9, 1, "9"],
  ])("%i bytes left out, %i given", async (skip, count, text) => {
    expect(await read({ skip, count, isSame })).toEqual({ text, error: null });
  });

  test("is never whole when the file became another, or shorter, while it was read", async () => {
    const changed = await read({ skip: 2, count: 5, isSame: () => Promise.resolve(false) });
    expect(changed).toEqual({ text: "23", error: expect.objectContaining({ status: 409 }) });
    const shorter = await read({ skip: 8, count: 5, isSame });
    expect(shorter).toEqual({ text: "89", error: expect.objectContaining({ status: 409 }) });
  });
});

describe("what was used of late", () => {
  test("stays; the oldest goes", () => {
    const recent = new RecentlyUsed<number>(2);
    recent.set("a", 1);
    recent.set("b", 2);
    expect(recent.get("a")).toBe(1);
    recent.set("c", 3);
    expect([recent.get("a"), recent.get("b"), recent.get("c")]).toEqual([1, undefined, 3]);
    recent.set("c", 4);
    expect([recent.get("a"), recent.get("c")]).toEqual([1, 4]);
  });
});
