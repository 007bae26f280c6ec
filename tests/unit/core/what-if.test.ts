import { describe, expect, it } from "vitest";
import { type Doubtful, WHAT_IF_POLICIES, whatIf } from "../../../server/core/simulator/what-if.ts";

const NOBODY: Doubtful = { faulty: 0, lying: 0, colluding: 0 };

describe("what if", () => {
  it("honest volunteers: nothing wrong under any policy, and each costs what it says", () => {
    const found = WHAT_IF_POLICIES.map((policy) => whatIf(policy, NOBODY));
    expect(found.every(({ wrongPerThousand, failedPerThousand }) => wrongPerThousand + failedPerThousand === 0)).toBe(
      true,
    );
    const [none, harmless, annoying, serious, disastrous] = found.map(({ executions }) => executions);
    expect([none, serious, disastrous]).toEqual([1, 2, 3]);
    // One in ten is computed twice.
    expect(Math.abs((harmless ?? 0) - 1.1)).toBeLessThan(0.03);
    expect(annoying).toBeGreaterThan(1);
    expect(annoying).toBeLessThan(2);
  });

  it("a lone liar never gets through where two must agree, at the rate of lies where none must", () => {
    const liars = { ...NOBODY, lying: 0.2 };
    expect(whatIf("serious", liars).wrongPerThousand).toBe(0);
    expect(Math.abs(whatIf("none", liars).wrongPerThousand - 100)).toBeLessThan(30);
  });

  it("those who agree on a lie get through two as often as the closed formula says, and less often through three", () => {
    const gang = { ...NOBODY, colluding: 0.2 };
    const [two, three] = [whatIf("serious", gang).wrongPerThousand, whatIf("disastrous", gang).wrongPerThousand];
    // Of the half of the workunits they lie about: both first results theirs (c^2), or one and then one more of two (2 c^2 (1-c)).
    const formula = 1_000 * 0.5 * (0.2 ** 2 + 2 * 0.2 ** 2 * 0.8);
    expect(Math.abs(two - formula)).toBeLessThan(0.4 * formula);
    expect(three).toBeLessThan(two);
  });

  it("more than all volunteers cannot be doubtful", () => {
    expect(whatIf("none", { faulty: 0, lying: 0, colluding: 1 }).wrongPerThousand).toBeGreaterThan(300);
  });
});
