import { describe, expect, test } from "vitest";
import { step } from "../../../worker/supervisor/core/step.ts";
import { type RunFailure, World } from "./world.ts";

/** What goes wrong outside of this client: files, aborts, kernels, compute workers. */

const MINUTE = 60_000;

function computing(options: ConstructorParameters<typeof World>[0] = {}): World {
  const world = new World(options);
  world.start();
  world.run(5_000);
  return world;
}

describe("files", () => {
  test("an outage of any length costs no workunit; the files are fetched when the server is back", () => {
    const world = new World({ supply: 4 });
    world.filesFail = "network";
    world.start();
    world.run(30 * MINUTE);
    expect([world.state.tasks.size, world.server.acknowledged.size]).toEqual([4, 0]);
    world.filesFail = null;
    world.run(5 * MINUTE);
    expect([...world.server.acknowledged.values()].map(({ kind }) => kind)).toEqual([
      "output",
      "output",
      "output",
      "output",
    ]);
  });

  test("files that are not what they should be are asked for a few times, then the workunit goes back", () => {
    const world = new World({ supply: 4 });
    world.filesFail = "wrong";
    world.start();
    world.run(10 * MINUTE);
    expect([...world.server.acknowledged.values()].map(({ kind }) => kind)).toEqual(Array(4).fill("returned"));
    expect(world.commands("prepare").length).toBeLessThanOrEqual(4 * 5);
  });

  test("a package that makes no sense is the project's error", () => {
    const world = new World({ supply: 1 });
    world.filesFail = "unusable";
    world.start();
    world.run(MINUTE);
    expect(world.server.acknowledged.get("1")).toMatchObject({ kind: "error", code: "files_unusable" });
  });
});

describe("what the server takes back", () => {
  test("a running and a waiting result are both dropped and said to be", () => {
    const world = new World();
    world.server.callAgainSeconds = 5;
    world.start();
    world.run(5_000);
    const [running] = [...world.runs.values()];
    const waiting = [...world.state.tasks.values()].find(({ state }) => state.at === "ready")?.lease.resultId ?? "";
    world.server.abort.add(running?.resultId ?? "").add(waiting);
    world.run(3 * MINUTE);
    expect(world.server.acknowledged.get(running?.resultId ?? "")).toMatchObject({ kind: "aborted", by: "server" });
    expect(world.server.acknowledged.get(waiting)).toMatchObject({ kind: "aborted", by: "server" });
    expect(world.runs.size).toBe(4);
  });
});

describe("failed runs", () => {
  const failing = (failures: RunFailure[], gpu = false): World => {
    const world = new World({ gpu, supply: 1, workMs: 4_000, cores: 1 });
    world.runFailures.set("1", failures);
    world.start();
    world.run(MINUTE);
    return world;
  };
  const runs = (world: World): string[] => world.commands("run").map(({ backend }) => backend);
  const outcome = (world: World) => world.server.acknowledged.get("1");

  test("a hung kernel is reported at once and its compute worker replaced", () => {
    const world = failing([{ code: "hung", blame: "kernel" }]);
    expect(outcome(world)).toMatchObject({ kind: "error", code: "hung" });
    expect(runs(world)).toEqual(["wasm"]);
    expect(world.commands("close_slot")).toHaveLength(1);
    expect(world.commands("open_slot")).toHaveLength(2);
  });

  const hungOnGpu = (): World => {
    const settings = { preset: "custom", cpuWorkers: 0, gpuShare: 1 } as const;
    const world = new World({ gpu: true, workMs: 20_000, settings });
    world.runFailures.set("1", [{ code: "hung", blame: "kernel" }]);
    world.start();
    return world;
  };

  test("a graphics card on which a kernel hung, and that does not answer since, gets nothing more", () => {
    const world = hungOnGpu();
    world.run(1_000);
    world.gpuAnswers = false;
    world.run(2 * MINUTE);
    expect(outcome(world)).toMatchObject({ kind: "error", code: "hung" });
    expect(world.commands("check_device")).toHaveLength(2);
    expect(world.commands("run").map(({ resultId }) => resultId)).toEqual(["1"]);
    expect([...world.server.acknowledged.values()].filter(({ kind }) => kind === "error")).toHaveLength(1);
  });

  test("one that answers again goes on", () => {
    const world = hungOnGpu();
    world.run(2 * MINUTE);
    expect(outcome(world)).toMatchObject({ kind: "error", code: "hung" });
    expect([...world.server.acknowledged.values()].filter(({ kind }) => kind === "output").length).toBeGreaterThan(5);
    expect(new Set(runs(world))).toEqual(new Set(["wgsl"]));
  });

  test("a trap is tried once more, then reported", () => {
    const twice = { code: "trapped", blame: "kernel" } as const;
    const world = failing([twice, twice]);
    expect(outcome(world)).toMatchObject({ kind: "error", code: "trapped" });
    expect(runs(world)).toEqual(["wasm", "wasm"]);
  });

  test("a trap that does not come again costs nothing but time", () => {
    expect(outcome(failing([{ code: "trapped", blame: "kernel" }]))).toMatchObject({ kind: "output" });
  });

  test("device loss: bounded retries on the GPU, then WASM, from the checkpoint", () => {
    const lost = { code: "device_lost", blame: "device", backend: "wgsl" } as const;
    const world = failing([lost, lost, lost], true);
    expect(outcome(world)).toMatchObject({ kind: "output", timing: { backend: "wasm" } });
    expect(runs(world)).toEqual(["wgsl", "wgsl", "wgsl", "wasm"]);
  });

  test("a GPU that is lost again and again is left alone", () => {
    const world = new World({ gpu: true, workMs: 4_000, cores: 1 });
    const lost = { code: "device_lost", blame: "device", backend: "wgsl" } as const;
    for (let id = 1; id <= 20; id += 1) world.runFailures.set(String(id), [lost, lost, lost]);
    world.start();
    world.run(3 * MINUTE);
    expect(world.state.backends.find(({ kind }) => kind === "wgsl")?.state).toBe("lost");
    expect(runs(world).filter((backend) => backend === "wgsl")).toHaveLength(4);
    expect(world.server.acknowledged.size).toBeGreaterThan(20);
  });

  test("a wrong known answer: the backend gets nothing more, and the server is told", () => {
    const world = failing([{ code: "known_answer_wrong", blame: "device" }], true);
    expect(outcome(world)).toMatchObject({ kind: "output", timing: { backend: "wasm" } });
    expect(world.exchanges.at(-1)?.device.backends).toContainEqual({
      kind: "wgsl",
      class: "g",
      label: "",
      knownAnswerOk: false,
    });
  });

  test("a refused checkpoint begins anew", () => {
    const world = new World({ supply: 1, workMs: 30_000, cores: 1 });
    world.start();
    world.run(15_000);
    world.crash();
    world.runFailures.set("1", [{ code: "checkpoint_rejected", blame: "checkpoint" }]);
    world.start();
    world.run(2 * MINUTE);
    expect(outcome(world)).toMatchObject({ kind: "output", timing: { elapsedMs: 30_000 } });
  });

  test("what this device cannot compute is handed back, and not asked for again in the same breath", () => {
    const world = new World({ workMs: 4_000, cores: 1 });
    for (let id = 1; id <= 500; id += 1)
      world.runFailures.set(String(id), [{ code: "backend_unavailable", blame: "device" }]);
    world.start();
    world.run(10 * MINUTE);
    expect([...world.server.acknowledged.values()].every(({ kind }) => kind === "returned")).toBe(true);
    expect(world.server.granted.size).toBeLessThan(40);
  });
});

describe("compute workers that do not start", () => {
  test("are tried a few times, then the client says that it cannot compute here", () => {
    const world = new World({ cores: 2 });
    world.workersStart = false;
    world.start();
    world.run(2 * MINUTE);
    expect(world.state.failure).toEqual({ key: "worker_unavailable", message: "no memory" });
    expect([world.state.mode, world.ended]).toEqual(["failed", 1]);
    expect(world.commands("open_slot").length).toBeLessThanOrEqual(8);
  });
});

describe("settling", () => {
  test("a second look at the same moment changes nothing", () => {
    const world = computing({ gpu: true, workMs: 3_000 });
    world.run(MINUTE, () => {
      const again = step(world.state, { type: "tick" }, { nowMs: world.nowMs, random: 0.5 });
      expect(again.commands).toEqual([]);
    });
  });
});
