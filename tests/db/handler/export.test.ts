import { appendFile, mkdir, readFile, rmdir, truncate } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { addHandler } from "../../../server/handler/add-handler.ts";
import { deliverToHandlers } from "../../../server/handler/deliver-to-handlers.ts";
import { listHandlers } from "../../../server/handler/list-handlers.ts";
import { deliverOutbox } from "../../../server/outbox/deliver-outbox.ts";
import { outputOf, outputReport, withLab } from "../engine/lab.ts";

const lab = withLab();

type Line = { key: string; type: string; workunit: { id: number }; output: { base64: string } | null };

async function exporting() {
  const { current } = lab;
  const { appVersionId, slug } = await current.app({ settings: { parameters: { minQuorum: 1 } } });
  const { handlerId } = await addHandler(current.deps, { kind: "export", projectSlug: slug }, current.now);
  const path = join(current.deps.dataFolder, "exports", `${slug}-${handlerId}`, "results-000001.jsonl");
  const end = async (count: number) => {
    const ids = await current.submit(appVersionId, count);
    const host = await current.host();
    const leases = await current.claim(host, count);
    await current.report(host, ...leases.map((lease) => outputReport(lease, outputOf(3))));
    await deliverOutbox(current.deps, { kind: "assimilate" }, current.now);
    return ids;
  };
  const lines = async () =>
    (await readFile(path, "utf8"))
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  const deliver = () => deliverToHandlers(current.deps, current.now);
  return { path, end, lines, deliver, handlerId };
}

const keysOf = (ids: readonly number[]) => ids.map((id) => `assimilate:${id}`);

describe("an export", () => {
  test("[R003.18] has one line of JSON per workunit, appended", async () => {
    const { end, lines, deliver } = await exporting();
    const first = await end(3);
    expect(await deliver()).toBe(3);
    const before = await lines();
    expect(before.map((line) => line.key).sort()).toEqual(keysOf(first).sort());
    expect(before[0]).toMatchObject({ type: "workunit.completed", output: { base64: outputOf(3).toString("base64") } });
    const second = await end(2);
    expect(await deliver()).toBe(2);
    expect(await deliver()).toBe(0);
    const after = await lines();
    expect(after.slice(0, 3)).toEqual(before);
    expect(
      after
        .slice(3)
        .map((line) => line.key)
        .sort(),
    ).toEqual(keysOf(second).sort());
  });

  test("[R003.19] what a process wrote before it died, whole or in part, is there once", async () => {
    const { end, lines, deliver, path } = await exporting();
    const first = await end(2);
    await deliver();
    const whole = await readFile(path, "utf8");
    const second = await end(2);
    // Written, but never committed: one line, and half of another.
    await appendFile(path, `${whole.split("\n")[0]}\n{"format":1,"key":"assim`);
    await deliver();
    expect((await readFile(path, "utf8")).startsWith(whole)).toBe(true);
    expect((await lines()).map((line) => line.key).sort()).toEqual(keysOf([...first, ...second]).sort());
  });

  test("several processes write one file in turn: every line is whole and there once", async () => {
    const { end, lines, deliver } = await exporting();
    const ids = await end(30);
    await Promise.all([deliver(), deliver(), deliver(), deliver()]);
    expect((await lines()).map((line) => line.key).sort()).toEqual(keysOf(ids).sort());
  });

  test("a file that lost lines is not written on: the handler says so, and goes on when it is back", async () => {
    const { current } = lab;
    const { end, lines, deliver, path, handlerId } = await exporting();
    const first = await end(2);
    await deliver();
    const kept = await readFile(path);
    await truncate(path, 10);
    const second = await end(1);
    expect(await deliver()).toBe(0);
    const state = (await listHandlers(current.deps.pool, current.now)).find((handler) => handler.id === handlerId);
    expect(state).toMatchObject({
      waiting: 1,
      lastError: expect.stringMatching(/has 10 bytes of \d+ that were written/),
    });
    await truncate(path, 0);
    await appendFile(path, kept);
    current.now += 100;
    expect(await deliver()).toBe(1);
    expect((await lines()).map((line) => line.key).sort()).toEqual(keysOf([...first, ...second]).sort());
  });

  test("a place that cannot be written is tried again", async () => {
    const { current } = lab;
    const { end, lines, deliver, path } = await exporting();
    const ids = await end(1);
    await mkdir(path, { recursive: true });
    expect(await deliver()).toBe(0);
    await rmdir(path);
    current.now += 100;
    expect(await deliver()).toBe(1);
    expect((await lines()).map((line) => line.key)).toEqual(keysOf(ids));
  });
});
