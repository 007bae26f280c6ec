import { beforeAll, describe, expect, test } from "vitest";
import { checkLedger } from "../../../server/credit/check-ledger.ts";
import { creditOverTime } from "../../../server/credit/credit-over-time.ts";
import { recomputeCredit } from "../../../server/credit/recompute-credit.ts";
import { Refusal } from "../../../server/refusal.ts";
import { changeTeam, handOverTeam, renewInvite } from "../../../server/team/change-team.ts";
import { createTeam } from "../../../server/team/create-team.ts";
import { getTeam, listMembers } from "../../../server/team/get-team.ts";
import { joinTeam } from "../../../server/team/join-team.ts";
import { leaveForGood, leaveTeam, removeMember } from "../../../server/team/leave-team.ts";
import { listTeams } from "../../../server/team/list-teams.ts";
import { DESCRIPTION_MAX_CHARACTERS, TEAMS_PER_DAY } from "../../../server/team/team-rules.ts";
import { type LabHost, withLab } from "../engine/lab.ts";

const lab = withLab();
let projectId = 0;
let names = 0;
let resultId = 3_000_000_000;

beforeAll(async () => {
  ({ projectId } = await lab.current.app());
});

const found = async (host: LabHost, about: Partial<{ name: string; description: string; isOpen: boolean }> = {}) => {
  names += 1;
  const letters = String(names).replace(/\d/g, (digit) => "abcdefghij"[Number(digit)] ?? "");
  const team = { name: `Herd of ${letters}x`, description: "", isOpen: true, ...about, userId: host.userId };
  return (await createTeam(lab.current.deps, team, lab.current.now)).teamId;
};
const join = (teamId: number, host: LabHost, inviteToken?: string) =>
  joinTeam(lab.current.deps, { teamId, userId: host.userId, inviteToken }, lab.current.now);
const leave = (teamId: number, host: LabHost) =>
  leaveTeam(lab.current.deps, { teamId, userId: host.userId }, lab.current.now);
const look = (teamId: number, host?: LabHost) =>
  getTeam(lab.current.deps.pool, { teamId, viewerId: host?.userId ?? null }, lab.current.now);
const members = async (teamId: number) =>
  (await listMembers(lab.current.deps.pool, { teamId, after: null, limit: 50 })).map(({ userId }) => userId);
const grant = async (host: LabHost, micro: number, seconds = lab.current.now) => {
  resultId += 1;
  await lab.current.deps.pool.query(
    `insert into credit_entry (result_id, kind, user_id, host_id, project_id, app_version_id, amount_micro, granted_seconds)
     values ($1, 'grant', $2, $3, $4, 1, $5, $6)`,
    [resultId, host.userId, host.hostId, projectId, micro, seconds],
  );
};
const people = async (count: number) => {
  const hosts: LabHost[] = [];
  while (hosts.length < count) hosts.push(await lab.current.host());
  return hosts as [LabHost, LabHost, LabHost];
};
const refused = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => null,
    (cause: unknown) => cause,
  );
  return error instanceof Refusal ? error.code : `no refusal: ${error}`;
};

describe("a team", () => {
  test("has its founder as first member, others join and leave, the founder hands over", async () => {
    const [ada, grace] = await people(2);
    const teamId = await found(ada, { description: "Line one\n<b>two</b>" });
    expect(await look(teamId, ada)).toMatchObject({
      role: "founder",
      members: 1,
      description: "Line one\n<b>two</b>",
      inviteToken: expect.stringMatching(/^[\w-]{22}$/),
    });
    await join(teamId, grace);
    expect(await members(teamId)).toEqual([ada.userId, grace.userId]);
    expect(await look(teamId, grace)).toMatchObject({ role: "member", inviteToken: null });
    expect(await look(teamId)).toMatchObject({ role: null, inviteToken: null });
    expect(await refused(leave(teamId, ada))).toBe("conflict");
    await handOverTeam(lab.current.deps, { teamId, userId: ada.userId, memberId: grace.userId });
    await leave(teamId, ada);
    expect(await look(teamId, grace)).toMatchObject({ role: "founder", members: 1 });
    await leave(teamId, grace);
    expect(await refused(look(teamId))).toBe("not_found");
    expect(await refused(join(teamId, ada))).toBe("not_found");
  });

  test("one person is in one team, also when they press twice at once", async () => {
    const [ada, grace, emmy] = await people(3);
    const [first, second] = [await found(ada), await found(grace)];
    const codes = await Promise.all([join(first, emmy), join(second, emmy), join(first, emmy)].map(refused));
    expect(codes.filter((code) => code === "conflict")).toHaveLength(2);
    expect(await refused(found(emmy))).toBe("conflict");
    const rows = await lab.current.rows("select from team_membership where user_id = $1", [emmy.userId]);
    expect(rows).toHaveLength(1);
  });

  test("that is not open is joined by its link only, and a new link ends the old one", async () => {
    const [ada, grace, emmy] = await people(3);
    const teamId = await found(ada, { isOpen: false });
    const old = (await look(teamId, ada)).inviteToken ?? "";
    expect(await refused(join(teamId, grace))).toBe("forbidden");
    expect(await refused(join(teamId, grace, `${old}x`))).toBe("forbidden");
    await join(teamId, grace, old);
    const fresh = await renewInvite(lab.current.deps, { teamId, userId: ada.userId });
    expect(await refused(join(teamId, emmy, old))).toBe("forbidden");
    await join(teamId, emmy, fresh);
    expect(await members(teamId)).toHaveLength(3);
  });

  test("is changed, left by others and handed over by its founder only, to its members only", async () => {
    const { deps, now } = lab.current;
    const [ada, grace, emmy] = await people(3);
    const teamId = await found(ada);
    await join(teamId, grace);
    const text = { name: "Another herd", description: "", isOpen: false };
    for (const { userId } of [grace, emmy]) {
      expect(await refused(changeTeam(deps, { teamId, userId, ...text }))).toBe("forbidden");
      expect(await refused(renewInvite(deps, { teamId, userId }))).toBe("forbidden");
      expect(await refused(handOverTeam(deps, { teamId, userId, memberId: userId }))).toBe("forbidden");
      expect(await refused(removeMember(deps, { teamId, userId, memberId: ada.userId }, now))).toBe("forbidden");
    }
    const byAda = { teamId, userId: ada.userId };
    expect(await refused(handOverTeam(deps, { ...byAda, memberId: emmy.userId }))).toBe("not_found");
    expect(await refused(removeMember(deps, { ...byAda, memberId: emmy.userId }, now))).toBe("not_found");
    expect(await refused(removeMember(deps, { ...byAda, memberId: ada.userId }, now))).toBe("bad_request");
    expect(await refused(leave(teamId, emmy))).toBe("not_found");
    await removeMember(deps, { ...byAda, memberId: grace.userId }, now);
    expect(await members(teamId)).toEqual([ada.userId]);
    await changeTeam(deps, { ...byAda, ...text });
    expect(await look(teamId)).toMatchObject({ name: "Another herd", isOpen: false });
  });

  test("of somebody who goes for good is led by its longest-standing member, or is closed", async () => {
    const [ada, grace, emmy] = await people(3);
    const teamId = await found(ada);
    await join(teamId, emmy);
    lab.current.now += 5;
    await join(teamId, grace);
    await leaveForGood(lab.current.deps, ada.userId, lab.current.now);
    expect((await look(teamId)).founder.userId).toBe(emmy.userId);
    for (const { userId } of [grace, emmy]) await leaveForGood(lab.current.deps, userId, lab.current.now);
    expect(await refused(look(teamId))).toBe("not_found");
    await leaveForGood(lab.current.deps, emmy.userId, lab.current.now);
  });

  test.each([
    ["a name of nothing", { name: "  " }],
    ["a name of one letter", { name: "x" }],
    ["a name of signs", { name: "!!! ???" }],
    ["a name that poses as the site", { name: "Quorаte Support" }],
    ["a name with a direction override", { name: "Team \u202Eevil" }],
    ["a name with a control character", { name: "Team\u0000One" }],
    ["a name that is too long", { name: "x".repeat(41) }],
    ["a text with a direction override", { description: "abc\u202Edef" }],
    ["a text with control characters", { description: "abc\u001b[2Jdef" }],
    ["a text that is too long", { description: "x".repeat(DESCRIPTION_MAX_CHARACTERS + 1) }],
  ])("is not founded with %s", async (_what, about) => {
    const [ada] = await people(1);
    expect(await refused(found(ada, about))).toBe("bad_request");
    expect(await lab.current.rows("select from team where creator_id = $1", [ada.userId])).toEqual([]);
  });

  test("does not look like another open one, founded or renamed; markup is a name like any other", async () => {
    const [ada, grace, emmy] = await people(3);
    const teamId = await found(ada, { name: "<b>Halley</b>" });
    expect(await look(teamId)).toMatchObject({ name: "<b>Halley</b>" });
    expect(await refused(found(grace, { name: "<B> Hаlley </B>" }))).toBe("conflict");
    const other = await found(grace, { name: "Encke" });
    const renaming = { teamId: other, userId: grace.userId, name: "b halley b", description: "", isOpen: true };
    expect(await refused(changeTeam(lab.current.deps, renaming))).toBe("conflict");
    await leave(teamId, ada);
    await found(emmy, { name: "B Halley B" });
  });

  test("more of them than a person needs in a day are refused until the day is over", async () => {
    const [ada] = await people(1);
    for (let index = 0; index < TEAMS_PER_DAY; index += 1) await leave(await found(ada), ada);
    expect(await refused(found(ada))).toBe("rate_limited");
    lab.current.now += 86_400;
    expect(await refused(found(ada).then((teamId) => leave(teamId, ada)))).toBe("no refusal: null");
  });

  test("is found by how its name begins, whatever signs somebody types, and otherwise by its age", async () => {
    const { pool } = lab.current.deps;
    const [ada, grace] = await people(2);
    const first = await found(ada, { name: "Zodiacal dust" });
    const second = await found(grace, { name: "zod & co" });
    const find = async (search: string) =>
      (await listTeams(pool, { search, afterId: null, limit: 50 })).map(({ id }) => id);
    expect(await find("ZOD")).toEqual([second, first]);
    expect(await find("zodiac")).toEqual([first]);
    for (const nothing of ["%", "_", "\\", "zod%t", "'; drop table team; --"]) expect(await find(nothing)).toEqual([]);
    const newest = await listTeams(pool, { search: "", afterId: null, limit: 1 });
    expect(newest.map(({ id }) => id)).toEqual([second]);
    const next = await listTeams(pool, { search: "", afterId: second, limit: 1 });
    expect(next.map(({ id }) => id)).toEqual([first]);
  });
});

describe("credit of a team", () => {
  test("is what members were granted while they were members, whatever is folded when", async () => {
    const { current } = lab;
    const [ada, grace] = await people(2);
    await grant(grace, 1_000_000);
    const teamId = await found(ada);
    await join(teamId, grace);
    // In the same second as what came before: it counts from the next one on.
    await grant(ada, 20_000_000, current.now + 2);
    await grant(grace, 300_000_000, current.now + 2);
    await current.fold();
    current.now += 2;
    await leave(teamId, grace);
    await grant(grace, 4_000_000_000, current.now + 5);
    await grant(ada, 50_000_000_000, current.now + 5);
    await current.fold();
    expect(await look(teamId)).toMatchObject({ totalMicro: 50_320_000_000, results: 3, rank: 1 });
    const chart = await creditOverTime(
      current.deps.pool,
      { of: { what: "team", id: teamId }, step: "day", split: "project", isForAll: true },
      current.now + 5,
    );
    expect(chart.parts).toEqual([{ id: projectId, name: "Test", micro: 50_320_000_000 }]);
    expect(chart.bars.at(-1)?.micro).toEqual([50_320_000_000]);
    expect((await checkLedger(current.deps)).differences).toEqual([]);
    await recomputeCredit(current.deps);
    await current.fold();
    expect(await look(teamId)).toMatchObject({ totalMicro: 50_320_000_000, results: 3 });
  });

  test("a clock that runs behind changes no entry that is folded", async () => {
    const { current } = lab;
    const [ada, grace] = await people(2);
    const teamId = await found(ada);
    // Granted by a process whose clock is ahead, then joined and left by one whose clock is behind.
    await grant(grace, 7_000_000, current.now + 500);
    await current.fold();
    await join(teamId, grace);
    current.now -= 300;
    await leave(teamId, grace);
    await join(teamId, grace);
    expect((await checkLedger(current.deps)).differences).toEqual([]);
    expect(await look(teamId)).toMatchObject({ totalMicro: 0 });
  });
});
