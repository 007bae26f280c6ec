import { expect, it } from "vitest";
import { Gate } from "../../server/sql/gate.ts";

/** Work that ends when it is told to, and what is inside the gate at any moment. */
function workshop(capacity: number) {
  const gate = new Gate(capacity);
  const inside = new Map<string, (how?: Error) => void>();
  const start = (name: string, weight: number) =>
    gate.through(
      weight,
      () =>
        new Promise<string>((resolve, reject) => {
          inside.set(name, (how) => {
            inside.delete(name);
            if (how === undefined) resolve(name);
            else reject(how);
          });
        }),
    );
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { start, turn, inside, names: () => [...inside.keys()].sort().join(" ") };
}

it("many small ones pass together, large ones one by one, all in the order of asking", async () => {
  const { start, turn, inside, names } = workshop(4);
  const all = [start("a", 1), start("b", 3), start("c", 1), start("d", 4), start("e", 1)];
  await turn();
  expect(names()).toBe("a b");
  inside.get("b")?.();
  await turn();
  // d waits for the whole gate, and e, which there is room for, does not overtake it.
  expect(names()).toBe("a c");
  inside.get("a")?.();
  inside.get("c")?.();
  await turn();
  expect(names()).toBe("d");
  inside.get("d")?.();
  await turn();
  expect(names()).toBe("e");
  inside.get("e")?.();
  expect(await Promise.all(all)).toEqual(["a", "b", "c", "d", "e"]);
});

it("what is heavier than the gate passes alone; what weighs nothing takes a place", async () => {
  const { start, turn, inside, names } = workshop(2);
  const all = [start("heavy", 100), start("nothing", 0), start("next", 1), start("last", 1)];
  await turn();
  expect(names()).toBe("heavy");
  inside.get("heavy")?.();
  await turn();
  expect(names()).toBe("next nothing");
  for (const name of ["nothing", "next"]) inside.get(name)?.();
  await turn();
  inside.get("last")?.();
  expect(await Promise.all(all)).toHaveLength(4);
});

it("work that fails makes room too, and its error is told", async () => {
  const { start, turn, inside, names } = workshop(1);
  const failing = start("failing", 1);
  const next = start("next", 1);
  await turn();
  inside.get("failing")?.(new Error("broken"));
  await expect(failing).rejects.toThrow("broken");
  await turn();
  expect(names()).toBe("next");
  inside.get("next")?.();
  expect(await next).toBe("next");
});
