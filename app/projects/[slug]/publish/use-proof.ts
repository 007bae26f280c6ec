"use client";

import { useEffect, useRef, useState } from "react";
import type { ReadPackage } from "../../../../worker/compute/package/read-package.ts";
import type { ProofProgress, ProofReport } from "../../../../worker/compute/prove/proof-report.ts";
import type { Backend } from "../../../../worker/compute/runtimes/runtime.ts";
import { proveInBrowser } from "../../../../worker/page/prove-kernel.ts";

/** A check under way: the way of it is the first or the second of this example on this backend. */
export type Check = { example: string; backend: Backend; way: "measured" | "checkpoints" };

export type Proof =
  | { state: "none" }
  | { state: "running"; check: Check | null; done: number; of: number }
  | { state: "done"; report: ProofReport }
  | { state: "broken"; why: string };

/** Proves the kernel in this browser; leaving the page ends it. */
export function useProof(kernel: ReadPackage): { proof: Proof; prove: () => void; stop: () => void } {
  const [proof, setProof] = useState<Proof>({ state: "none" });
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  const prove = async () => {
    running.current?.abort();
    const mine = new AbortController();
    running.current = mine;
    const show = (next: (before: Proof) => Proof) => {
      if (running.current === mine && !mine.signal.aborted) setProof(next);
    };
    setProof({ state: "running", check: null, done: 0, of: 0 });
    const onProgress = (progress: ProofProgress) => show((before) => advance(before, progress));
    try {
      const report = await proveInBrowser(kernel, { onProgress, signal: mine.signal });
      show(() => ({ state: "done", report }));
    } catch (error) {
      show(() => ({ state: "broken", why: error instanceof Error ? error.message : String(error) }));
    }
  };
  const stop = () => {
    running.current?.abort();
    setProof({ state: "none" });
  };
  return { proof, prove: () => void prove(), stop };
}

function advance(before: Proof, { example, backend, done, of }: ProofProgress): Proof {
  const last = before.state === "running" ? before.check : null;
  const way = last?.example === example && last.backend === backend ? "checkpoints" : "measured";
  return { state: "running", check: { example, backend, way }, done, of };
}
