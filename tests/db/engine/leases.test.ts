import { describe, expect, test } from "vitest";
import { parkLeases } from "../../../server/result/park-leases.ts";
import { advanceDue } from "../../../server/sweeper/advance-due.ts";
import { outputOf, outputReport, withLab } from "./lab.ts";

const lab = withLab();

async function leased(leaseSeconds = 900) {
  const { current } = lab;
  const { appVersionId } = await current.app({ settings: { parameters: { minQuorum: 1, leaseSeconds } } });
  await current.submit(appVersionId, 1);
  const host = await current.host();
  const [lease] = await current.claim(host);
  if (!lease) throw new Error("no result");
  const state = () =>
    current.row("select state, outcome, parked, lease_end_seconds from result where id = $1", [lease.resultId]);
  const at = async (seconds: number) => {
    current.now = seconds;
    await advanceDue(current.deps, current.now);
  };
  return { host, lease, state, at, began: current.now };
}

const proof = ({ resultId, leaseToken }: { resultId: string; leaseToken: string }) => ({
  resultId: Number(resultId),
  leaseToken,
});

describe("leases", () => {
  test("S30: a lease that ends at t is there at t and gone a second later", async () => {
    const { state, at, began } = await leased();
    await at(began + 900);
    expect(await state()).toMatchObject({ state: "in_progress" });
    await at(began + 901);
    expect(await state()).toMatchObject({ state: "over", outcome: "returned" });
  });

  test("every exchange of the host renews, also when the sweeper was to look at it earlier", async () => {
    const { host, lease, state, at, began } = await leased();
    await at(began + 600);
    await lab.current.exchange(host, { holds: [{ resultId: lease.resultId, started: true }] });
    await at(began + 1_400);
    expect(await state()).toMatchObject({ state: "in_progress", lease_end_seconds: began + 1_500 });
    await at(began + 1_501);
    expect(await state()).toMatchObject({ state: "over", outcome: "returned" });
  });

  test("a lease that has run out is not revived by a late exchange, even before the sweeper came", async () => {
    const { host, state, began } = await leased();
    lab.current.now = began + 901;
    await lab.current.exchange(host, {});
    expect(await state()).toMatchObject({ state: "over", outcome: "returned" });
  });

  test("S31: parked leases last ten minutes and become ordinary ones with the next exchange", async () => {
    const { host, lease, state, at, began } = await leased(100);
    const parked = await parkLeases(lab.current.deps, { park: [proof(lease)], giveBack: [] }, began + 10);
    expect(parked).toEqual({ parked: 1, givenBack: 0 });
    await at(began + 500);
    expect(await state()).toMatchObject({ state: "in_progress", parked: true, lease_end_seconds: began + 610 });
    const again = await lab.current.claim(host);
    expect(again.map(({ resultId }) => resultId)).toEqual([lease.resultId]);
    expect(await state()).toMatchObject({ parked: false, lease_end_seconds: began + 600 });
    await at(began + 601);
    expect(await state()).toMatchObject({ outcome: "returned" });
  });

  test("what a closing page parks while its last exchange is under way stays parked until the next", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app({ settings: { parameters: { minQuorum: 1, leaseSeconds: 900 } } });
    await current.submit(appVersionId, 3);
    const host = await current.host();
    const [reported, kept, alreadyParked] = await current.claim(host, 3);
    if (!reported || !kept || !alreadyParked) throw new Error("no results");
    await parkLeases(current.deps, { park: [proof(alreadyParked)], giveBack: [] }, current.now);
    const closing = current.with({
      boundary: async (transaction, moment) => {
        if (transaction !== "reports" || moment !== "before_commit") return;
        // Of the one that is being reported too: it is passed over.
        await parkLeases(current.deps, { park: [proof(kept), proof(reported)], giveBack: [] }, current.now);
      },
    });
    await closing.report(host, outputReport(reported, outputOf(1)));
    const state = ({ resultId }: typeof kept) =>
      current.row("select state, outcome, parked from result where id = $1", [resultId]);
    expect(await state(kept)).toMatchObject({ state: "in_progress", parked: true });
    expect(await state(alreadyParked)).toMatchObject({ state: "in_progress", parked: false });
    expect(await state(reported)).toMatchObject({ state: "over", outcome: "ok", parked: false });
    await current.exchange(host, {});
    expect(await state(kept)).toMatchObject({ state: "in_progress", parked: false });
  });

  test("a host that computes nothing any more renews what is not parked, and leaves parked what is", async () => {
    const { host, lease, state, began } = await leased();
    lab.current.now = began + 10;
    const last = { want: { results: 0, backends: [] } };
    await lab.current.exchange(host, last);
    expect(await state()).toMatchObject({ parked: false, lease_end_seconds: began + 910 });
    await parkLeases(lab.current.deps, { park: [proof(lease)], giveBack: [] }, began + 20);
    lab.current.now = began + 30;
    await lab.current.exchange(host, last);
    expect(await state()).toMatchObject({ parked: true, lease_end_seconds: began + 620 });
    await lab.current.exchange(host, {});
    expect(await state()).toMatchObject({ parked: false, lease_end_seconds: began + 930 });
  });

  test("parking and handing back what was reported, or was said before, changes nothing", async () => {
    const { host, lease, state } = await leased();
    const { current } = lab;
    for (const _ of [1, 2]) await parkLeases(current.deps, { park: [proof(lease)], giveBack: [] }, current.now);
    const parked = { state: "in_progress", parked: true, lease_end_seconds: current.now + 600 };
    expect(await state()).toMatchObject(parked);
    await current.report(host, outputReport(lease, outputOf(1)));
    const reported = await state();
    expect(reported).toMatchObject({ state: "over", outcome: "ok" });
    await parkLeases(current.deps, { park: [proof(lease)], giveBack: [] }, current.now);
    await parkLeases(current.deps, { park: [], giveBack: [proof(lease)] }, current.now);
    expect(await state()).toEqual(reported);
  });

  test("a parked lease that nobody comes back for is over after ten minutes", async () => {
    const { lease, state, at, began } = await leased(3_600);
    await parkLeases(lab.current.deps, { park: [proof(lease)], giveBack: [] }, began);
    await at(began + 600);
    expect(await state()).toMatchObject({ state: "in_progress" });
    await at(began + 601);
    expect(await state()).toMatchObject({ state: "over", outcome: "returned" });
  });

  test("what is handed back by beacon is over at once, and a wrong token does nothing", async () => {
    const { lease, state } = await leased();
    const forged = { resultId: Number(lease.resultId), leaseToken: "0".repeat(32) };
    expect(await parkLeases(lab.current.deps, { park: [forged], giveBack: [forged] }, lab.current.now)).toEqual({
      parked: 0,
      givenBack: 0,
    });
    expect(await state()).toMatchObject({ state: "in_progress", parked: false });
    await parkLeases(lab.current.deps, { park: [], giveBack: [proof(lease)] }, lab.current.now);
    expect(await state()).toMatchObject({ state: "over", outcome: "returned" });
  });

  test("the same user may get the workunit again, and an output after a return still counts", async () => {
    const { host, lease, at, began, state } = await leased();
    await at(began + 901);
    const [answer] = await lab.current.report(host, outputReport(lease, outputOf(1)));
    expect(answer?.status).toBe("recorded");
    expect(await state()).toMatchObject({ state: "over", outcome: "ok" });
    expect(await lab.current.row("select state from workunit where id = $1", [lease.workunitId])).toEqual({
      state: "completed",
    });
  });
});
