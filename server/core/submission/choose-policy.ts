import type { AppSettings, Policy } from "../wire/app-settings.ts";
import type { KernelManifest } from "../wire/kernel-manifest.ts";

/** "How bad is a wrong answer?" */
export const HARMS = ["harmless", "annoying", "serious", "disastrous"] as const;
export type Harm = (typeof HARMS)[number];

/** Why it was chosen; pages say each in words. */
export type PolicyReason =
  | "mission_critical"
  | "verifier_checks_each"
  | "verifier_and_samples"
  | "one_in_ten_checked"
  | "trusted_hosts_alone"
  | "two_must_agree"
  | "three_must_agree"
  | "different_machines";

export type PolicyChoice = {
  policy: Policy;
  parameters: { minQuorum: number; homogeneity?: "off" | "same" | "diverse" };
  reasons: PolicyReason[];
};

type About = Pick<KernelManifest, "exactness" | "verify"> & Pick<AppSettings, "missionCritical">;

/** Share of results computed twice where a wrong one drowns among the others. */
const SAMPLE_RATE = 0.1;
/** Share of verified results that are computed again all the same: a verifier may have holes. */
const HYBRID_SAMPLE_RATE = 0.05;

/**
 * A redundancy for the damage that a wrong answer does. What a quorum cannot do (README): two who agree on the same lie meet a
 * quorum of two; that is why a disaster asks for three, on different kinds of machines where outputs are exact.
 */
export function choosePolicy(harm: Harm, { exactness, verify, missionCritical }: About): PolicyChoice {
  const hasVerifier = verify !== undefined;
  if (harm === "disastrous" || (harm === "serious" && missionCritical)) {
    const diverse = exactness === "exact" && harm === "disastrous";
    return {
      policy: { type: "consensus", rule: { kind: "k_of_n", k: 3 } },
      parameters: { minQuorum: 3, ...(diverse ? { homogeneity: "diverse" } : {}) },
      reasons: [
        ...(missionCritical ? (["mission_critical"] as const) : []),
        "three_must_agree",
        ...(diverse ? (["different_machines"] as const) : []),
      ],
    };
  }
  if (missionCritical) return { ...TWO, reasons: ["mission_critical", "two_must_agree"] };
  if (harm === "serious") {
    if (!hasVerifier) return { ...TWO, reasons: ["two_must_agree"] };
    const policy: Policy = { type: "hybrid", level: 2, sampleRate: HYBRID_SAMPLE_RATE };
    return { policy, parameters: { minQuorum: 1 }, reasons: ["verifier_and_samples"] };
  }
  if (hasVerifier) {
    return { policy: { type: "verified" }, parameters: { minQuorum: 1 }, reasons: ["verifier_checks_each"] };
  }
  if (harm === "annoying") {
    return { policy: { type: "adaptive", level: 2 }, parameters: { minQuorum: 1 }, reasons: ["trusted_hosts_alone"] };
  }
  const policy: Policy = { type: "partial", level: 2, select: { by: "rate", rate: SAMPLE_RATE } };
  return { policy, parameters: { minQuorum: 1 }, reasons: ["one_in_ten_checked"] };
}

const TWO: Pick<PolicyChoice, "policy" | "parameters"> = { policy: { type: "full" }, parameters: { minQuorum: 2 } };
