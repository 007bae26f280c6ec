import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { creditMicro } from "../../../server/core/credit/cobblestones.ts";
import { largestGroups } from "../../../server/core/replication/groups.ts";
import { countsToMaxTotal, wasSent } from "../../../server/core/replication/results.ts";
import type { State } from "../../../server/core/replication/types.ts";
import type { Policy } from "../../../server/core/wire/app-settings.ts";
import { World, type WorldOptions } from "./world.ts";

/**
 * Seeded properties. `World` checks after every event that deciding again gives nothing, that every invariant holds and that
 * ended things stay ended; what is here plays all kinds of lives through it and adds what needs two lives.
 */
const full = process.env["QUORATE_TEST_SIZE"] === "full";
const runs = (normal: number) => ({ seed: 20_261_120, numRuns: full ? normal * 50 : normal });

const policies: fc.Arbitrary<Policy> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Policy>({ type: "full" }) },
  fc.record({
    type: fc.constant("adaptive" as const),
    level: fc.integer({ min: 2, max: 4 }),
    deadlinePressureBelow: fc.constantFrom(0, 0.3),
  }),
  fc.integer({ min: 1, max: 3 }).map((k): Policy => ({ type: "consensus", rule: { kind: "k_of_n", k } })),
  fc.constant<Policy>({ type: "consensus", rule: { kind: "majority" } }),
  fc.integer({ min: 1, max: 3 }).map((d): Policy => ({ type: "consensus", rule: { kind: "margin", d } })),
  fc.constant<Policy>({ type: "verified" }),
  fc.record({ type: fc.constant("hybrid" as const), level: fc.constant(2), sampleRate: fc.constantFrom(0, 0.5) }),
  fc.constant<Policy>({ type: "partial", level: 2, select: { by: "rate", rate: 0.5 } }),
);

const HOSTS = "A@x B@y C@x D@y E@x F@y G:A@x H:B@y%n I@x%n J@y";
const NAMES = HOSTS.split(" ").map((text) => text[0] ?? "");

const worlds: fc.Arbitrary<WorldOptions> = fc
  .record({
    hosts: fc.constant(HOSTS),
    policy: policies,
    comparison: fc.constantFrom("digest" as const, "verdicts" as const),
    minQuorum: fc.integer({ min: 1, max: 4 }),
    extraTarget: fc.integer({ min: 0, max: 2 }),
    maxErrorResults: fc.integer({ min: 0, max: 3 }),
    maxTotalResults: fc.integer({ min: 4, max: 9 }),
    maxSuccessResults: fc.integer({ min: 0, max: 6 }),
    delayBoundSeconds: fc.integer({ min: 5, max: 60 }),
    graceSeconds: fc.integer({ min: 0, max: 5 }),
    leaseSeconds: fc.constantFrom(0, 7, 30),
    homogeneity: fc.constantFrom("off" as const, "same" as const, "diverse" as const),
    onePerUser: fc.boolean(),
    flops: fc.integer({ min: 0, max: 1e15 }),
    draw: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  })
  .map(({ extraTarget, ...options }) => ({
    ...options,
    targetNResults: Math.min(options.minQuorum + extraTarget, options.maxTotalResults),
  }));

type Event = { kind: string; host: number; number: number; output: string; seconds: number; draw: number };
const KINDS =
  "send send send send report report report report late fail abort order malformed return renew park cv wait wait verdicts verdicts cancel assimilate purge";
const events: fc.Arbitrary<Event> = fc.record({
  kind: fc.constantFrom(...KINDS.split(" ")),
  host: fc.nat({ max: NAMES.length - 1 }),
  number: fc.nat({ max: 8 }),
  output: fc.constantFrom("x", "x", "x", "y", "z"),
  seconds: fc.nat({ max: 40 }),
  draw: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
});

/** What an event does; `name` is any host, or the holder of `number` where the event is about a result somebody has. */
const HAPPENINGS: Record<string, (world: World, event: Event, name: string, number: number) => unknown> = {
  send: (world, event, name) => world.send(name, event.draw),
  renew: (world, _event, name) => world.renew(name),
  park: (world, _event, name) => world.park(name),
  cv: (world, event, name) => world.setCv(name, event.seconds),
  wait: (world, event) => world.at(world.now + event.seconds),
  verdicts: answerVerdicts,
  cancel: (world, event) => event.seconds > 35 && world.cancel(),
  assimilate: (world) => world.assimilate(),
  purge: (world) => world.purge(),
  report: (world, event, name, number) => world.report(name, number, event.output, event.draw > 0.95),
  late: (world, event, name, number) => world.report(name, number, event.output, event.draw > 0.95),
  fail: (world, _event, name, number) => world.fail(name, number),
  abort: (world, _event, name, number) => world.fail(name, number, "user"),
  order: (world, _event, name, number) => world.fail(name, number, "server"),
  malformed: (world, _event, name, number) => world.malformed(name, number),
  return: (world, _event, name, number) => world.handBack(name, number),
};
const ABOUT_A_RESULT = ["report", "late", "fail", "abort", "order", "malformed", "return"];

/** Does one event; an event about a result where nobody has one does nothing. */
function happen(world: World, event: Event): void {
  const name = NAMES[event.host] ?? "A";
  const happening = HAPPENINGS[event.kind];
  if (!ABOUT_A_RESULT.includes(event.kind)) {
    happening?.(world, event, name, 0);
    return;
  }
  const held = world.state.results
    .filter(wasSent)
    .filter((one) => one.state === "in_progress" || event.kind === "late");
  const result = held[event.number % Math.max(1, held.length)];
  if (result) happening?.(world, event, result.holder.hostId, result.number);
}

/** Answers what was asked for: outputs agree when they are equal or x and y, or y and z: not transitive on purpose. */
function answerVerdicts(world: World, event: Event): void {
  const numberOf = (id: string) => world.state.results.findIndex((result) => result.id === id);
  const outputOf = (id: string) => {
    const result = world.result(numberOf(id));
    return result.state === "over" && result.outcome === "ok" ? result.digest : "";
  };
  for (const [key, known] of world.state.verdicts.agree) {
    if (known !== null) continue;
    const [a = "", b = ""] = key.split(":");
    world.compared(
      numberOf(a),
      numberOf(b),
      `${outputOf(a)}${outputOf(b)}` !== "xz" && `${outputOf(a)}${outputOf(b)}` !== "zx",
    );
  }
  for (const [id, known] of world.state.verdicts.verified) {
    if (known !== null) continue;
    const honest = outputOf(id) === "x" ? "passed" : "rejected";
    world.verified(numberOf(id), event.draw > 0.9 ? "broken" : event.draw > 0.8 ? "missing" : honest);
  }
}

const lives = fc.array(events, { minLength: 10, maxLength: 60, size: "max" });

describe("properties", () => {
  test("[R003.14] S1 S22 S63 invariants hold after every event, deciding again gives nothing, ends are final", () => {
    let ended = 0;
    fc.assert(
      fc.property(worlds, lives, (options, life) => {
        const world = new World(options);
        for (const event of life) happen(world, event);
        if (world.workunit.state !== "open") ended += 1;
        const dues = world.log.filter((action) => action.type === "assimilation_due").length;
        expect(dues).toBe(world.workunit.state === "open" ? 0 : 1);
        expect(world.log.filter((action) => action.type === "complete").length).toBeLessThanOrEqual(1);
      }),
      runs(1500),
    );
    expect(ended).toBeGreaterThan(300);
  });

  test("S63 what is granted is the same for every result, and granted once", () => {
    fc.assert(
      fc.property(worlds, lives, (options, life) => {
        const world = new World(options);
        for (const event of life) happen(world, event);
        const grants = world.log.flatMap((action) => (action.type === "grant_credit" ? [action] : []));
        expect(new Set(grants.map((grant) => grant.resultId)).size).toBe(grants.length);
        for (const grant of grants) expect(grant.creditMicro).toBe(creditMicro(options.flops ?? 0));
      }),
      runs(500),
    );
  });

  test("S5 never above the cap, unless what was given up comes back after all", () => {
    fc.assert(
      fc.property(worlds, lives, (options, life) => {
        const world = new World(options);
        for (const event of life) if (event.kind !== "late") happen(world, event);
        const counted = world.state.results.filter(countsToMaxTotal).length;
        expect(counted).toBeLessThanOrEqual(options.maxTotalResults ?? 0);
      }),
      runs(500),
    );
  });

  test("S5 an open workunit never waits for nothing: something is unsent, in progress, or asked for", () => {
    fc.assert(
      fc.property(worlds, lives, (options, life) => {
        const world = new World(options);
        for (const event of life) {
          happen(world, event);
          if (world.workunit.state === "open") expect(isAlive(world.state)).toBe(true);
        }
      }),
      runs(500),
    );
  });

  const shuffled = fc
    .record({ outputs: fc.array(fc.constantFrom("x", "y", "z"), { minLength: 1, maxLength: 6 }), seed: fc.nat() })
    .map(({ outputs, seed }) => ({ outputs, order: orderOf(outputs.length, seed) }));

  test("[R003.13] S14 S16 the order in which a quorum's reports arrive does not change the outcome", () => {
    fc.assert(
      fc.property(shuffled, fc.boolean(), ({ outputs, order }, byVerdicts) => {
        const outcome = (numbers: readonly number[]) => {
          const world = new World({
            hosts: "A B C D E F",
            minQuorum: outputs.length,
            maxTotalResults: 20,
            comparison: byVerdicts ? "verdicts" : "digest",
          });
          for (let number = 0; number < outputs.length; number += 1) world.send("ABCDEF"[number] ?? "");
          for (const number of numbers) world.report("ABCDEF"[number] ?? "", number, outputs[number] ?? "");
          answerVerdicts(world, { kind: "verdicts", host: 0, number: 0, output: "", seconds: 0, draw: 0 });
          return {
            canon: world.canon(),
            shown: outputs.map((_, number) => world.shown(number)),
            target: world.workunit.targetNResults,
          };
        };
        expect(outcome(order)).toEqual(outcome(outputs.map((_, number) => number)));
      }),
      runs(600),
    );
  });

  test("[R003.13] S14 S15 the largest groups of random graphs are those that trying all subsets finds", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.boolean(), { minLength: 64, maxLength: 64 }),
        (count, bits) => {
          const agree = (a: number, b: number) => bits[Math.min(a, b) * 8 + Math.max(a, b)] === true;
          const { leader, runnerUp } = largestGroups(count, agree);
          const cliques = allSubsets(count).filter((set) =>
            set.every((a, index) => set.slice(index + 1).every((b) => agree(a, b))),
          );
          const largest = Math.max(...cliques.map((set) => set.length));
          const others = cliques.filter((set) => set.some((index) => !leader.includes(index)));
          expect(cliques.some((set) => set.join() === leader.join())).toBe(true);
          expect([leader.length, runnerUp]).toEqual([largest, Math.max(0, ...others.map((set) => set.length))]);
        },
      ),
      runs(400),
    );
  });
});

function isAlive({ results, verdicts }: State): boolean {
  const asked = [...verdicts.agree.values(), ...verdicts.verified.values()].includes(null);
  return asked || results.some((result) => result.state !== "over");
}

function orderOf(count: number, seed: number): number[] {
  const numbers = Array.from({ length: count }, (_, index) => index);
  return numbers.sort((a, b) => (((a + 1) * (seed + 7919)) % 101) - (((b + 1) * (seed + 7919)) % 101));
}

function allSubsets(count: number): number[][] {
  return Array.from({ length: 2 ** count - 1 }, (_, mask) =>
    Array.from({ length: count }, (_unused, index) => index).filter((index) => ((mask + 1) >> index) & 1),
  );
}
