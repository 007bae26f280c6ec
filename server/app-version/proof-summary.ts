import type { ProofReport } from "../../worker/compute/prove/proof-report.ts";

/**
 * What stays of a proof that passed here, for whoever looks at the version: as many lines as kernel.json has examples, none
 * of the bytes. Times are of this server's processor.
 */
export type ProofSummary = {
  /** Units of work a second; null: the examples were too short to tell. */
  unitsPerSecond: number | null;
  examples: ProvenExample[];
};

export type ProvenExample = {
  name: string;
  /** Milliseconds of computing, as a volunteer computes it, and in how many steps. */
  computeMs: number;
  steps: number;
  /** Steps of the run that went through checkpoints; null: there was none. */
  checkpointSteps: number | null;
  /** Bytes in which an output differed from the known answer, the most of all runs: 0 is the same answer bit for bit. */
  differingBytes: number;
};

export function summaryOf({ backends, runs }: ProofReport): ProofSummary {
  const wasm = backends.find((proof) => proof.backend === "wasm");
  const speed = wasm?.state === "proven" ? wasm.speed.unitsPerSecond : 0;
  const names = [...new Set(runs.map((run) => run.example))];
  return {
    unitsPerSecond: speed > 0 && Number.isFinite(speed) ? speed : null,
    examples: names.map((name) => {
      const own = runs.filter((run) => run.example === name && run.backend === "wasm");
      const measured = own.find((run) => run.way.type === "measured");
      return {
        name,
        computeMs: measured?.computeMs ?? 0,
        steps: measured?.steps ?? 0,
        checkpointSteps: own.find((run) => run.way.type === "checkpoints")?.steps ?? null,
        differingBytes: Math.max(0, ...own.map((run) => run.fromKnown?.differingBytes ?? 0)),
      };
    }),
  };
}
