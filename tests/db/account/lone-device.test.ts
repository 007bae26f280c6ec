import { beforeAll, expect, test } from "vitest";
import { nowSeconds } from "../../../server/clock.ts";
import { withAccountsSite } from "../../support/accounts-site.ts";
import { devicesAt } from "../../support/devices-at.ts";

/** A device of an account that is shown without its person: it may be lost. */

const site = withAccountsSite();
const { device, email, workunit, total, signIn } = devicesAt(site);

beforeAll(() => {
  site.now.now = nowSeconds();
});

test("is told of itself alone: no name, no other device, nothing that these did", async () => {
  const [lost, other, helper] = [await device(), await device(), await device()];
  const address = email();
  for (const mine of [lost, other]) await signIn(mine, address);
  await workunit([lost.host, helper.host], [lost.host, helper.host]);
  await workunit([other.host, helper.host], [other.host, helper.host]);
  await workunit([other.host, helper.host], [other.host]);
  await other.call("credit.rename", { name: "Wilhelmine" });
  await other.call("account.setCountry", { country: "CH" });
  for (const [named, name] of [
    [lost, "the lost one"],
    [other, "at home"],
  ] as const) {
    await other.call("account.nameDevice", { hostId: named.host.hostId, name });
  }
  // What is not folded yet counts as well as what is.
  for (const isFolded of [false, true]) {
    if (isFolded) await site.now.fold();
    const all = await total(other);
    const alone = site.browser();
    alone.device = lost.device;
    const answers = await Promise.all(
      (
        [
          ["account.me"],
          ["account.overview"],
          ["account.devices"],
          ["credit.mine"],
          ["credit.results", { after: null }],
          ["credit.chart", { step: "day", split: "device" }],
          ["leaderboard.mine", { kind: "users", order: "total" }],
          ["leaderboard.mine", { kind: "devices", order: "total" }],
        ] as [string, unknown?][]
      ).map(async ([procedure, input]) => JSON.stringify(await alone.ask(procedure, input))),
    );
    expect(answers.filter((answer) => /Wilhelmine|CH"|at home/.test(answer))).toEqual([]);
    expect(await alone.ask("account.me")).toEqual({ kind: "anonymous", name: null, isOperator: false });
    expect(await alone.ask("account.devices")).toMatchObject([{ id: lost.host.hostId, isThis: true }]);
    const own = { deviceId: lost.host.hostId, device: "the lost one", fate: "confirmed" };
    expect(await alone.ask("credit.results", { after: null })).toMatchObject([own]);
    expect(await alone.ask("credit.mine")).toMatchObject({
      name: null,
      rank: null,
      totalMicro: all / 2,
      confirmedResults: 1,
      beingChecked: 0,
      projects: [{ micro: all / 2, results: 1 }],
      devices: [{ hostId: lost.host.hostId, name: "the lost one", micro: all / 2 }],
      results: [own],
    });
    const chart = await alone.ask("credit.chart", { step: "day", split: "device" });
    expect(chart).toMatchObject({ parts: [{ id: lost.host.hostId, micro: all / 2 }] });
    // With its person it shows everything.
    expect(await lost.ask("account.devices")).toHaveLength(2);
    expect(await lost.ask("credit.mine")).toMatchObject({ name: "Wilhelmine", totalMicro: all, beingChecked: 1 });
  }
});
