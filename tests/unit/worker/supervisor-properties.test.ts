import { describe, expect, test } from "vitest";
import { EXCHANGE_MAX_REPORTS, EXCHANGE_MAX_RESULTS } from "../../../server/core/limits.ts";
import { mulberry32, World } from "./world.ts";

/**
 * Seeded lives of a client in a bad world: the network comes and goes, answers are lost, the process dies, the battery
 * runs down, kernels trap, workers go deaf, the volunteer stops and starts. After everything that happens:
 */

const SEEDS = process.env["QUORATE_TEST_SIZE"] === "full" ? 500 : 8;
const MINUTE = 60_000;

interface Life {
  readonly world: World;
  /** True: the volunteer's last word was start. */
  consent: boolean;
}

function disturb(life: Life, draw: () => number): void {
  const { world } = life;
  const pick = Math.floor(draw() * 12);
  switch (pick) {
    case 0:
      world.server.reachable = !world.server.reachable;
      return;
    case 1:
      world.server.loseAnswer = draw() < 0.5 ? 0 : 0.5;
      return;
    case 2:
      world.crash();
      life.consent = false;
      return;
    case 3:
      world.conditions({ hidden: draw() < 0.5 });
      return;
    case 4:
      world.conditions({ battery: draw() < 0.5 ? null : { charging: draw() < 0.5, level: draw() } });
      return;
    case 5:
      life.consent = false;
      world.send({ type: "stop_asked" });
      return;
    case 6: {
      const codes = ["trapped", "device_lost", "hung", "out_of_memory", "worker_failed"];
      const code = codes[Math.floor(draw() * codes.length)] ?? "trapped";
      const [running] = [...world.state.tasks.keys()];
      if (running !== undefined) world.runFailures.set(running, [{ code, blame: "device" }]);
      return;
    }
    case 7: {
      const [running] = [...world.runs.values()];
      if (running !== undefined && draw() < 0.3) world.deaf.add(running.resultId);
      return;
    }
    case 8: {
      const [held] = [...world.state.tasks.keys()];
      if (held !== undefined) world.server.abort.add(held);
      return;
    }
    case 9:
      world.server.failure = draw() < 0.3 ? { kind: "server_error", message: "500" } : null;
      return;
    case 10:
      world.send({
        type: "settings_changed",
        settings: {
          ...world.state.settings,
          preset: "custom",
          cpuWorkers: Math.floor(draw() * 5),
          gpuShare: draw() < 0.5 ? 0 : 1,
        },
      });
      return;
    default:
      life.consent = true;
      world.start();
  }
}

function live(seed: number, check: (life: Life) => void): Life {
  const draw = mulberry32(seed * 7919);
  const world = new World({
    seed,
    gpu: seed % 2 === 0,
    workMs: 500 + 40_000 * draw(),
    settings: { whenHidden: seed % 3 === 0 ? "pause" : "continue" },
  });
  const life: Life = { world, consent: true };
  world.start();
  for (let n = 0; n < 40; n += 1) {
    world.run(draw() * 30_000, () => check(life));
    disturb(life, draw);
    check(life);
  }
  return life;
}

function settleDown(life: Life): void {
  const { world } = life;
  world.server.reachable = true;
  world.server.loseAnswer = 0;
  world.server.failure = null;
  world.server.supply = 0;
  world.deaf.clear();
  world.runFailures.clear();
  if (world.state.mode === "failed") world.crash();
  world.run(10_000);
  world.start();
  world.conditions({ hidden: false, battery: null, online: true });
  world.send({ type: "settings_changed", settings: { ...world.state.settings, preset: "all" } });
  world.run(20 * MINUTE);
}

describe("whatever happens", () => {
  test("nothing computes without consent", () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      let withdrawnAtMs: number | null = null;
      live(seed, ({ world, consent }) => {
        if (consent) withdrawnAtMs = null;
        else withdrawnAtMs ??= world.nowMs;
        if (withdrawnAtMs !== null && world.nowMs > withdrawnAtMs + 500)
          expect(world.runs.size, `seed ${seed}`).toBe(0);
      });
    }
    expect.hasAssertions();
  });

  test("every lease that came is held, reported, handed back, parked or known to be ours by the server", () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const life = live(seed, () => undefined);
      settleDown(life);
      const { world } = life;
      const open = [...world.server.granted.keys()].filter((id) => !world.server.acknowledged.has(id));
      expect(open, `seed ${seed}`).toEqual([]);
    }
  });

  test("no report leaves the disk before the server took it", () => {
    let seen = 0;
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const stored = new Set<string>();
      live(seed, ({ world }) => {
        for (const id of world.disk.reports.keys()) stored.add(id);
        for (const id of stored) {
          if (!world.disk.reports.has(id))
            expect(world.server.acknowledged.has(id), `seed ${seed}, result ${id}`).toBe(true);
        }
      });
      seen += stored.size;
    }
    expect(seen).toBeGreaterThan(30);
  });

  test("requests keep to the limits, and everything is sent again only until it is acknowledged", () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const { world } = live(seed, () => undefined);
      for (const { reports = [], want } of world.exchanges) {
        expect(reports.length).toBeLessThanOrEqual(EXCHANGE_MAX_REPORTS);
        expect(want?.results ?? 0).toBeLessThanOrEqual(EXCHANGE_MAX_RESULTS);
      }
    }
    expect.hasAssertions();
  });

  test("never more compute workers than the governor allows, once stopping ones are gone", () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      live(seed, ({ world }) => {
        const live = [...world.state.slots.values()].filter(({ closing }) => !closing).length;
        expect(live, `seed ${seed}`).toBeLessThanOrEqual(world.state.cores + 1);
      });
    }
    expect.hasAssertions();
  });
});
