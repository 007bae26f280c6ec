import { describe, expect, test } from "vitest";
import {
  type AskingHost,
  eligibility,
  INELIGIBLE_REASONS,
  isPermanent,
  isPermanentlyIneligible,
  sentenceKey,
} from "../../../server/core/scheduling/eligibility.ts";
import { compareIds, projectOrder, type QueuedProject } from "../../../server/core/scheduling/fair-share.ts";
import { compareWaiting, handOut, lacksOneResult } from "../../../server/core/scheduling/ordering.ts";
import { World } from "./world.ts";

const WASM = { kind: "wasm", deviceClass: "x", knownAnswerOk: true };
const WGSL = { kind: "wgsl", deviceClass: "gpu", knownAnswerOk: true };
const HOST: AskingHost = {
  hostId: "A",
  userId: "A",
  network: null,
  backends: [WGSL, WASM],
  memoryBytes: 1000,
  isBanned: false,
  quotaLeft: 1,
  inProgress: 127,
  inProgressCap: 128,
};

function answer(
  host: Partial<AskingHost> = {},
  candidate: object = {},
  world = new World({ hosts: "A B", minQuorum: 2 }),
) {
  const { workunit, results } = world.state;
  const asked = { workunit, results, backends: ["wasm", "wgsl"], memoryBytes: 1000, projectChosen: true, ...candidate };
  return eligibility({ ...HOST, ...host }, asked);
}

describe("eligibility", () => {
  test("S73 ok, on the first backend of the host's preference that may run it", () => {
    expect(answer()).toEqual({ ok: true, backend: WGSL });
    expect(answer({}, { backends: ["wasm"] })).toEqual({ ok: true, backend: WASM });
    expect(answer({ backends: [{ ...WGSL, knownAnswerOk: false }, WASM] })).toEqual({ ok: true, backend: WASM });
  });

  test.each<[string, Partial<AskingHost>, object, string[]]>([
    ["banned", { isBanned: true }, {}, ["banned"]],
    ["no quota left", { quotaLeft: 0 }, {}, ["quota_reached"]],
    ["at the cap", { inProgress: 128 }, {}, ["too_many_in_progress"]],
    ["a project the volunteer left out", {}, { projectChosen: false }, ["project_not_chosen"]],
    ["[R000.31] too little memory", { memoryBytes: 999 }, {}, ["memory"]],
    ["no backend", { backends: [] }, {}, ["backend_missing"]],
    ["no fitting backend", { backends: [WASM] }, { backends: ["wgsl"] }, ["backend_missing"]],
    ["a wrong backend", { backends: [{ ...WASM, knownAnswerOk: false }] }, {}, ["backend_wrong"]],
    ["several at once", { isBanned: true, memoryBytes: 1 }, {}, ["banned", "memory"]],
  ])("S73 %s", (_title, host, candidate, reasons) => {
    expect(answer(host, candidate)).toEqual({ ok: false, reasons });
  });

  test("S73 memory that is not told is no reason", () => expect(answer({ memoryBytes: null }).ok).toBe(true));

  test("S73 nothing unsent, or ended", () => {
    const world = new World({ hosts: "A B", minQuorum: 1 });
    world.send("B");
    expect(answer({}, {}, world)).toEqual({ ok: false, reasons: ["no_unsent_result"] });
  });

  test("S73 of several backends the nearest one's reasons are told", () => {
    const world = new World({ hosts: "B@x", homogeneity: "same", minQuorum: 2 });
    world.send("B");
    expect(answer({}, {}, world)).toEqual({ ok: true, backend: WASM });
    expect(answer({ backends: [WGSL] }, {}, world)).toEqual({ ok: false, reasons: ["class_bound"] });
    for (const backends of [
      [WGSL, WASM],
      [WASM, WGSL],
    ]) {
      expect(answer({ userId: "B", backends }, {}, world)).toEqual({ ok: false, reasons: ["same_user"] });
    }
  });

  test("S73 S59 permanent are memory, backend and class, and nothing else", () => {
    const permanent = Object.keys(INELIGIBLE_REASONS).filter((reason) =>
      isPermanent(reason as keyof typeof INELIGIBLE_REASONS),
    );
    expect(permanent.sort()).toEqual(["backend_missing", "backend_wrong", "class_bound", "class_taken", "memory"]);
    expect(isPermanentlyIneligible(answer({ memoryBytes: 1 }))).toBe(true);
    expect(isPermanentlyIneligible(answer({ quotaLeft: 0 }))).toBe(false);
    expect(isPermanentlyIneligible(answer())).toBe(false);
    expect(sentenceKey("memory")).toBe("refusal.memory");
  });
});

describe("fair share", () => {
  const project = (projectId: string, more: Partial<QueuedProject> = {}): QueuedProject => ({
    projectId,
    share: 1,
    flopsLastDay: 0,
    ownShare: null,
    ownFlopsLastDay: 0,
    ...more,
  });

  test("S74 the least work per weight comes first, ties by id", () => {
    const projects = [
      project("10", { flopsLastDay: 30, share: 3 }),
      project("9", { flopsLastDay: 20, share: 2 }),
      project("1", { flopsLastDay: 11 }),
      project("2", { flopsLastDay: 9 }),
    ];
    expect(projectOrder(projects)).toEqual(["2", "9", "10", "1"]);
  });

  test("S74 a volunteer's own shares come first, over their own work; the site's settle ties", () => {
    const projects = [
      project("1", { ownShare: 1, ownFlopsLastDay: 10, flopsLastDay: 0 }),
      project("2", { ownShare: 4, ownFlopsLastDay: 20, flopsLastDay: 1e9 }),
      project("3", { ownShare: 1, ownFlopsLastDay: 10, flopsLastDay: 5 }),
    ];
    expect(projectOrder(projects)).toEqual(["2", "1", "3"]);
  });

  test("S74 a share of 0, or none among shares, leaves a project out", () => {
    expect(projectOrder([project("1", { ownShare: 0 }), project("2"), project("3", { ownShare: 2 })])).toEqual(["3"]);
  });

  test("S74 over a day the work follows the weights", () => {
    const projects = [project("1", { share: 3 }), project("2", { share: 1 })];
    for (let turn = 0; turn < 400; turn += 1) {
      const next = projects.find((one) => one.projectId === projectOrder(projects)[0]);
      if (next) next.flopsLastDay += 1;
    }
    expect(projects.map((one) => one.flopsLastDay)).toEqual([300, 100]);
  });

  test("S75 priority, then the oldest batch, then creation; ids are numbers", () => {
    const waiting = (priority: number, batchId: string, workunitId: string, number: number) => ({
      priority,
      batchId,
      workunitId,
      number,
    });
    const ordered = [
      waiting(5, "20", "9", 0),
      waiting(0, "3", "7", 1),
      waiting(0, "3", "10", 0),
      waiting(0, "3", "10", 1),
      waiting(0, "12", "1", 0),
    ];
    expect(ordered.toReversed().sort(compareWaiting)).toEqual(ordered);
    expect([compareIds("9", "10"), compareIds("10", "10"), compareIds("11", "10")].map(Math.sign)).toEqual([-1, 0, 1]);
  });

  test("S76 a workunit lacks one result when others are at it and one may complete its quorum", () => {
    const world = new World({ hosts: "A B C D", minQuorum: 3 });
    const lacks = () => lacksOneResult(world.workunit, world.state.results);
    expect(lacks()).toBe(false);
    world.send("A");
    expect(lacks()).toBe(false);
    world.send("B");
    expect(lacks()).toBe(true);
    world.send("C");
    for (const [number, name] of ["A", "B", "C"].entries()) world.report(name, number, name);
    expect(lacks()).toBe(true);
    world.cancel();
    expect(lacks()).toBe(false);
    expect(lacksOneResult(new World({ hosts: "A" }).workunit, [])).toBe(false);
  });

  const lacking = ["l1", "l2", "l3", "l4"];
  const fresh = ["f1", "f2", "f3", "f4"];
  test.each([
    [4, 0.5, "l1 l2 f1 f2"],
    [1, 0.4, "l1"],
    [1, 0.5, "f1"],
    [3, 0, "l1 l2 f1"],
    [3, 0.9, "l1 f1 f2"],
    [0, 0, ""],
    [12, 0, "l1 l2 l3 l4 f1 f2 f3 f4"],
  ])("[R000.31] S76 %i wanted, draw %d: %s", (wanted, draw, expected) => {
    expect(handOut(lacking, fresh, wanted, draw).join(" ")).toBe(expected);
  });

  test("[R000.31] S76 what one queue cannot fill the other may", () => {
    expect(handOut(lacking, ["f1"], 4, 0.5)).toEqual(["l1", "l2", "f1", "l3"]);
    expect(handOut(["l1"], fresh, 4, 0.5)).toEqual(["l1", "f1", "f2", "f3"]);
  });
});
