import { expect, it } from "vitest";
import { createTurns } from "../../../server/kernel-package/turns.ts";

it("one at a time, in order, and nobody when enough wait", async () => {
  const turns = createTurns({ atOnce: 1, waitingMax: 2 });
  const began: string[] = [];
  const enter = async (name: string): Promise<(() => void) | null> => {
    const end = await turns.take();
    if (end !== null) began.push(name);
    return end;
  };
  const first = await enter("first");
  const [second, third, fourth] = [enter("second"), enter("third"), enter("fourth")];
  expect(await fourth).toBeNull();
  expect(began).toEqual(["first"]);
  first?.();
  first?.();
  const endSecond = await second;
  expect(began).toEqual(["first", "second"]);
  endSecond?.();
  (await third)?.();
  expect(began).toEqual(["first", "second", "third"]);
  const again = await enter("again");
  expect(again).not.toBeNull();
});
