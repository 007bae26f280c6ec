import { expect, test } from "vitest";
import { cached } from "../../../server/database/cached.ts";

/** Each read takes so long, by a clock that stands still otherwise. */
function reads(tookMs: number, timesItTook?: number) {
  let [now, count] = [0, 0];
  const read = cached(
    1_000,
    async () => {
      now += tookMs;
      count += 1;
      if (tookMs < 0) throw new Error("unreadable");
      return count;
    },
    { nowMs: () => now, ...(timesItTook === undefined ? {} : { timesItTook }) },
  );
  return {
    read,
    wait: (ms: number) => {
      now += ms;
    },
  };
}

test("an answer is shared for a time, by those who come while it is read too", async () => {
  const { read, wait } = reads(10);
  expect(await Promise.all([read(), read()])).toEqual([1, 1]);
  wait(989);
  expect(await read()).toBe(1);
  wait(1);
  expect(await read()).toBe(2);
});

test("one that took long is shared for so many times that, from when it was there", async () => {
  const { read, wait } = reads(100, 20);
  expect(await read()).toBe(1);
  wait(1_999);
  expect(await read()).toBe(1);
  wait(1);
  expect(await read()).toBe(2);
});

test("one that was read fast is shared for the time that holds for all", async () => {
  const { read, wait } = reads(10, 20);
  expect(await read()).toBe(1);
  wait(989);
  expect(await read()).toBe(1);
  wait(1);
  expect(await read()).toBe(2);
});

test("a failure is told once and not kept", async () => {
  const { read } = reads(-1);
  await expect(read()).rejects.toThrow("unreadable");
  await expect(read()).rejects.toThrow("unreadable");
});
