"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { BackendWish, HereStage } from "../../../worker/page/compute-here.ts";
import type { RerunReport } from "../../../worker/page/rerun-workunit.ts";
import { failureOf, type HereFailure } from "../../components/here/failure-text.tsx";
import { useTRPC } from "../../lib/trpc.tsx";

export type RerunState =
  | { at: "idle" }
  | { at: "running"; stage: HereStage }
  | { at: "done"; report: RerunReport }
  | { at: "refused"; error: unknown }
  | { at: "failed"; failure: HereFailure };

/** Computes the workunit once more in this tab. Nothing is asked for before `run`; leaving the page ends it. */
export function useRerun(id: string): { state: RerunState; run(wish: BackendWish): void; stop(): void } {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const [state, setState] = useState<RerunState>({ at: "idle" });
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  async function rerun(wish: BackendWish, { signal }: AbortController): Promise<RerunState> {
    const show = (stage: HereStage): void => {
      if (!signal.aborted) setState({ at: "running", stage });
    };
    show({ stage: "fetching", files: 0, bytes: 0 });
    const asked = trpc.workunit.rerun.queryOptions({ id }, { staleTime: 0, retry: false });
    const plan = await queries.fetchQuery(asked).catch((error: unknown) => ({ refused: error }));
    if ("refused" in plan) return { at: "refused", error: plan.refused };
    try {
      // What computes is loaded by whoever wants to compute.
      const [{ rerunWorkunit }, { browserHere }] = await Promise.all([
        import("../../../worker/page/rerun-workunit.ts"),
        import("../../../worker/page/browser-here.ts"),
      ]);
      const fetchHere = (path: string, init: RequestInit) => fetch(path, init);
      const options = { wish, signal, onStage: show, host: browserHere, fetch: fetchHere };
      return { at: "done", report: await rerunWorkunit(plan, options) };
    } catch (error) {
      return { at: "failed", failure: failureOf(error) };
    }
  }

  return {
    state,
    run(wish) {
      running.current?.abort();
      const mine = new AbortController();
      running.current = mine;
      void rerun(wish, mine).then((next) => {
        if (!mine.signal.aborted) setState(next);
      });
    },
    stop() {
      running.current?.abort();
      setState({ at: "idle" });
    },
  };
}
