import { describe, expect, test } from "vitest";
import { type CheckedWorkunit, parameterProblems } from "../../../server/core/replication/check-parameters.ts";
import type { Policy, WorkunitParameters } from "../../../server/core/wire/app-settings.ts";

const SOUND: WorkunitParameters = {
  minQuorum: 2,
  targetNResults: 3,
  maxErrorResults: 3,
  maxTotalResults: 10,
  maxSuccessResults: 6,
  delayBoundSeconds: 86_400,
  graceSeconds: 0,
  leaseSeconds: 900,
  homogeneity: "off",
  onePerUser: true,
};

type Overrides = { parameters?: Partial<WorkunitParameters> } & Partial<Omit<CheckedWorkunit, "parameters">>;

function codes({ parameters, ...more }: Overrides): string[] {
  const checked: CheckedWorkunit = {
    policy: { type: "full" },
    missionCritical: false,
    hasVerifier: false,
    flops: 648e9,
    ...more,
    parameters: { ...SOUND, ...parameters },
  };
  return parameterProblems(checked).map(({ kind, code }) => `${kind} ${code}`);
}

const adaptive: Policy = { type: "adaptive", level: 4 };
const partial: Policy = { type: "partial", level: 2, select: { by: "rate", rate: 0.1 } };
const margin = (d: number): Policy => ({ type: "consensus", rule: { kind: "margin", d } });
const SINGLE = { minQuorum: 1, targetNResults: 1 };

const RANGE = ["impossible out_of_range"];

describe("creation", () => {
  test.each<[string, Overrides, string[]]>([
    ["sound", {}, []],
    ["target equal to the quorum", { parameters: { targetNResults: 2 } }, []],
    ["target below the quorum", { parameters: { targetNResults: 1 } }, ["impossible target_below_quorum"]],
    [
      "no target: the quorum",
      { parameters: { targetNResults: undefined, minQuorum: 7 } as Partial<WorkunitParameters> },
      ["absurd success_below_target"],
    ],
    ["max_total equal to the target", { parameters: { maxTotalResults: 3 } }, []],
    ["max_total below the target", { parameters: { maxTotalResults: 2 } }, ["impossible total_below_target"]],
    ["max_success equal to the target", { parameters: { maxSuccessResults: 3 } }, []],
    ["max_success below the target", { parameters: { maxSuccessResults: 2 } }, ["absurd success_below_target"]],
    ["max_success 0", { parameters: { maxSuccessResults: 0 } }, []],
    ["max_total 100", { parameters: { maxTotalResults: 100 } }, []],
    ["max_total 101", { parameters: { maxTotalResults: 101 } }, RANGE],
    ["quorum 0", { parameters: { minQuorum: 0 } }, RANGE],
    ["half a quorum", { parameters: { minQuorum: 1.5 } }, RANGE],
    ["max_error 0", { parameters: { maxErrorResults: 0 } }, []],
    ["max_error -1", { parameters: { maxErrorResults: -1 } }, RANGE],
    ["max_success -1", { parameters: { maxSuccessResults: -1 } }, RANGE],
    ["max_total 0", { parameters: { maxTotalResults: 0 } }, [...RANGE, "impossible total_below_target"]],
    ["delay 1", { parameters: { delayBoundSeconds: 1 } }, []],
    ["delay 0", { parameters: { delayBoundSeconds: 0 } }, RANGE],
    ["grace -1", { parameters: { graceSeconds: -1 } }, RANGE],
    ["lease -1", { parameters: { leaseSeconds: -1 } }, RANGE],
    ["lease 0", { parameters: { leaseSeconds: 0 } }, []],
    ["extra results -1", { parameters: { randomExtraResults: -1 } }, RANGE],
    ["flops 0", { flops: 0 }, []],
    ["flops -1", { flops: -1 }, ["impossible flops_out_of_range"]],
    ["flops 1e21", { flops: 1e21 }, []],
    ["flops beyond", { flops: 1.1e21 }, ["impossible flops_out_of_range"]],
    ["flops NaN", { flops: Number.NaN }, ["impossible flops_out_of_range"]],
    ["max_total equal to the level", { policy: adaptive, parameters: { maxTotalResults: 4 } }, []],
    [
      "max_total below the level",
      { policy: adaptive, parameters: { maxTotalResults: 3 } },
      ["impossible total_below_level"],
    ],
    ["max_total equal to the margin", { policy: margin(10) }, []],
    ["max_total below the margin", { policy: margin(11) }, ["impossible total_below_consensus"]],
    ["partial with quorum 1", { policy: partial, parameters: SINGLE }, []],
    ["partial with its level as quorum", { policy: partial }, ["absurd nothing_is_partial"]],
    ["verified with quorum 1", { policy: { type: "verified" }, parameters: SINGLE, hasVerifier: true }, []],
    [
      "verified with quorum 2",
      { policy: { type: "verified" }, hasVerifier: true },
      ["absurd quorum_contradicts_policy"],
    ],
    ["verified without a verifier", { policy: { type: "verified" }, parameters: SINGLE }, ["impossible no_verifier"]],
    ["hybrid without a verifier", { policy: { type: "hybrid", level: 2, sampleRate: 0 }, parameters: SINGLE }, []],
    [
      "hybrid with quorum 2",
      { policy: { type: "hybrid", level: 2, sampleRate: 0 } },
      ["absurd quorum_contradicts_policy"],
    ],
  ])("S61 %s", (_title, overrides, expected) => {
    expect(codes(overrides)).toEqual(expected);
  });

  test("S61 a refusal is a sentence that names the numbers", () => {
    const [problem] = parameterProblems({
      parameters: { ...SOUND, targetNResults: 1 },
      policy: { type: "full" },
      missionCritical: false,
      hasVerifier: false,
      flops: 1,
    });
    expect(problem?.message).toBe("target_nresults 1 is below min_quorum 2; raise it.");
  });

  test.each<[string, Overrides, string[]]>([
    ["full redundancy", {}, []],
    ["consensus", { policy: margin(2) }, []],
    ["consensus by majority", { policy: { type: "consensus", rule: { kind: "majority" } } }, []],
    ["a quorum of one", { parameters: SINGLE }, ["impossible mission_quorum"]],
    ["a margin of one", { policy: margin(1) }, ["impossible mission_consensus"]],
    ["a margin of two over a quorum of one", { policy: margin(2), parameters: SINGLE }, []],
    ["adaptive", { policy: { type: "adaptive", level: 2 } }, ["impossible mission_policy"]],
    ["one user twice", { parameters: { onePerUser: false } }, ["impossible mission_users"]],
  ])("[R000.36] [R000.25] S62 mission-critical: %s", (_title, overrides, expected) => {
    expect(codes({ ...overrides, missionCritical: true })).toEqual(expected);
  });
});
