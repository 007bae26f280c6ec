import { describe, expect, test } from "vitest";
import type { Lease } from "../../../server/core/wire/exchange.ts";
import { type Lab, outputOf, outputReport, withLab } from "./lab.ts";

const lab = withLab();
const wanted = (results: number) => ({ want: { results, backends: ["wasm" as const] } });

async function ask(engine: Lab, device: object) {
  return await engine.exchange(await engine.host(), { device: device as never, ...wanted(1) });
}

describe("what a host may have", () => {
  test("[R001.31] every refusal has a code and a sentence", async () => {
    const { current } = lab;
    await current.app();
    const plain = { cores: 1, backends: [{ kind: "wasm", class: "x", knownAnswerOk: true }] };
    expect((await ask(current, plain)).reason?.code).toMatch(/^(no_work|nothing_for_this_device)$/);
    const { appVersionId } = await current.app();
    await current.submit(appVersionId, 1);
    const wrong = { cores: 1, backends: [{ kind: "wasm", class: "x", knownAnswerOk: false }] };
    expect((await ask(current, wrong)).reason).toMatchObject({
      code: "backend_wrong",
      message: expect.stringMatching(/known answer/),
    });
    expect((await ask(current, { cores: 1, backends: [] })).reason?.code).toBe("nothing_for_this_device");
    expect((await ask(current, plain)).leases).toHaveLength(1);
  });

  test("a banned host gets nothing and is told why", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app();
    await current.submit(appVersionId, 1);
    const host = await current.host();
    await current.deps.pool.query("update host set banned_reason = 'Floods the server.' where id = $1", [host.hostId]);
    const answer = await current.exchange(host, wanted(1));
    expect(answer.leases).toEqual([]);
    expect(answer.reason).toMatchObject({ code: "banned", message: expect.stringContaining("Floods the server.") });
  });

  test("never more in progress than max(4 x cores, 128)", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app({ settings: { parameters: { minQuorum: 1 } } });
    await current.submit(appVersionId, 140);
    const host = await current.host();
    const held: Lease[] = [];
    for (let round = 0; round < 2; round += 1) held.push(...(await current.claim(host, 64, held)));
    expect(held).toHaveLength(128);
    const holds = held.map(({ resultId }) => ({ resultId, started: true }));
    const answer = await current.exchange(host, { holds, ...wanted(1) });
    expect(answer.leases).toEqual([]);
    expect(answer.reason?.code).toBe("too_many_in_progress");
  });

  test("[R000.23] S69: failures halve the daily quota until next to nothing is left; a new day and a valid result bring it back", async () => {
    const { current } = lab;
    const settings = { parameters: { minQuorum: 1, maxErrorResults: 100, maxTotalResults: 100 } };
    const { appVersionId } = await current.app({ settings });
    await current.submit(appVersionId, 40);
    const host = await current.host();
    let failures = 0;
    for (;;) {
      const [lease] = await current.claim(host);
      if (!lease) break;
      failures += 1;
      await current.report(host, {
        kind: "error",
        resultId: lease.resultId,
        leaseToken: lease.leaseToken,
        code: "trapped",
        message: "",
      });
    }
    expect(failures).toBeGreaterThan(5);
    expect(failures).toBeLessThan(20);
    expect((await current.exchange(host, wanted(1))).reason?.code).toBe("quota_reached");
    const used = await current.row("select quota_per_day, quota_used from host_app_version where host_id = $1", [
      host.hostId,
    ]);
    expect(used["quota_used"]).toBe(failures);
    current.now += 86_400;
    const [lease] = await current.claim(host);
    if (!lease) throw new Error("a new day should bring a result");
    await current.report(host, outputReport(lease, outputOf(1)));
    expect(await current.claim(host, 5)).not.toEqual([]);
  });

  test("S76: a workunit that lacks one result goes first, for up to half, whether the other is out or was reported", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app();
    const ids = await current.submit(appVersionId, 20);
    const first = await current.host();
    const begun = await current.claim(first, 6);
    expect(begun.map((lease) => Number(lease.workunitId))).toEqual(ids.slice(0, 6));
    for (const lease of begun.slice(0, 2)) await current.report(first, outputReport(lease, outputOf(1)));
    const leases = await current.claim(await current.host(), 8);
    const got = leases.map((lease) => Number(lease.workunitId));
    expect(got.slice(0, 4)).toEqual(ids.slice(0, 4));
    expect(got.slice(4)).toEqual(ids.slice(6, 10));
  });

  test("S76: a newcomer gets the partner of a result that is out, however much waits and wherever in the queue it stands", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app({ settings: { parameters: { minQuorum: 3 } } });
    const [id] = await current.submit(appVersionId, 1);
    await current.submit(appVersionId, 300);
    const failing = await current.host();
    const [one] = await current.claim(failing);
    const [two] = await current.claim(await current.host());
    if (!one || !two) throw new Error("two results were expected");
    expect([one.workunitId, two.workunitId]).toEqual([String(id), expect.any(String)]);
    const third = await current.claim(await current.host(), 2);
    expect(third.map((lease) => Number(lease.workunitId))).toContain(id);
    // Its replacement is made last of all, and goes first.
    const { resultId, leaseToken } = one;
    await current.report(failing, { kind: "error", resultId, leaseToken, code: "trapped", message: "" });
    const fourth = await current.claim(await current.host(), 2);
    expect(fourth.map((lease) => Number(lease.workunitId))).toContain(id);
  });

  test("S76: what one queue cannot fill the other may", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app();
    const ids = await current.submit(appVersionId, 5);
    await current.claim(await current.host(), 5);
    const leases = await current.claim(await current.host(), 4);
    expect(leases.map((lease) => Number(lease.workunitId))).toEqual(ids.slice(0, 4));
  });

  test("S75: within a project by priority, then the oldest batch", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app({ settings: { parameters: { minQuorum: 1 } } });
    const plain = await current.submit(appVersionId, 2);
    const urgent = await current.submit(appVersionId, 2, { priority: 5 });
    const leases = await current.claim(await current.host(), 4);
    expect(leases.map((lease) => Number(lease.workunitId))).toEqual([...urgent, ...plain]);
  });

  test("S74: two projects get work by their weights; a volunteer's own share of 0 leaves one out", async () => {
    const { current } = lab;
    const apps = [
      await current.app({ settings: { parameters: { minQuorum: 1 } } }),
      await current.app({ settings: { parameters: { minQuorum: 1 } } }),
    ];
    for (const { appVersionId } of apps) await current.submit(appVersionId, 20);
    const [one, two] = apps;
    if (!one || !two) throw new Error("two projects were expected");
    const host = await current.host();
    const slugs = async (shares: Record<string, number>) => {
      const { leases } = await current.exchange(host, { want: { results: 4, backends: ["wasm"], shares } });
      for (const lease of leases) await current.report(host, outputReport(lease, outputOf(1)));
      return leases.map((lease) => lease.project.slug);
    };
    expect(new Set(await slugs({ [one.slug]: 1, [two.slug]: 0 }))).toEqual(new Set([one.slug]));
    expect(new Set(await slugs({ [one.slug]: 1, [two.slug]: 1 }))).toEqual(new Set([two.slug]));
  });

  test("[R003.38] homogeneity: the first host's class binds, and the lease names the backend", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app({ settings: { parameters: { homogeneity: "same" } } });
    await current.submit(appVersionId, 1);
    const device = (name: string) => ({ cores: 1, backends: [{ kind: "wasm", class: name, knownAnswerOk: true }] });
    const first = await ask(current, device("a"));
    expect(first.leases[0]).toMatchObject({ backend: "wasm" });
    expect((await ask(current, device("b"))).leases).toEqual([]);
    expect((await ask(current, device("a"))).leases).toHaveLength(1);
  });
});
