"use client";

import { useEffect, useRef, useState } from "react";
import type { WorkunitDraft } from "../../../../server/core/submission/draft.ts";
import { type Picked, pickAt, placesToTry } from "../../../../server/core/submission/pick.ts";
import type { BackendWish, HereStage } from "../../../../worker/page/compute-here.ts";
import type { DryOutcome } from "../../../../worker/page/dry-run.ts";
import { failureOf, type HereFailure } from "../../../components/here/failure-text.tsx";
import type { SubmitForm } from "../../../lib/submission/form.ts";
import { readMaterial } from "../../../lib/submission/scan.ts";
import type { SubmittableApp } from "../../../lib/trpc.tsx";
import { type Looked, materialOf } from "./use-preview.ts";

export type PickedDraft = Picked<WorkunitDraft>;
export type Tried = { picked: PickedDraft; outcome: DryOutcome };
export type DryState =
  | { at: "idle" }
  /** `picked`, `stage` null: the material is still being read. */
  | { at: "running"; picked: PickedDraft | null; stage: HereStage | null; tried: Tried[] }
  | { at: "done"; tried: Tried[] }
  | { at: "failed"; tried: Tried[]; failure: HereFailure };

export type DryWish = {
  app: SubmittableApp;
  form: SubmitForm;
  files: readonly File[];
  looked: Looked;
  wish: BackendWish;
};

/** Seconds of computing that one of them took; null: none was computed. */
export function secondsEach(tried: readonly Tried[]): number | null {
  const times = tried.flatMap(({ outcome }) => (outcome.kind === "ok" ? [outcome.computed.computeMs] : []));
  if (times.length === 0) return null;
  // Clocks in browsers tick in tenths of milliseconds: what took none of them took some time too.
  return Math.max(0.0001, times.reduce((sum, each) => sum + each, 0) / times.length / 1000);
}

/** Reads no further when nobody wants it any more. @throws the signal's reason. */
async function* whileWanted<T>(reads: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  for await (const read of reads) {
    signal.throwIfAborted();
    yield read;
  }
}

/** A few of what would be submitted, computed in this browser. Leaving the page, or changing the form, ends it. */
export function useDryRun(onMeasured: (seconds: number) => void) {
  const [state, setState] = useState<DryState>({ at: "idle" });
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  async function run({ app, form, files, looked, wish }: DryWish, { signal }: AbortController): Promise<void> {
    const tried: Tried[] = [];
    let picked: PickedDraft[] = [];
    const show = (stage: HereStage | null, index: number): void => {
      if (!signal.aborted) setState({ at: "running", picked: picked[index] ?? null, stage, tried: [...tried] });
    };
    show(null, 0);
    try {
      const material = materialOf(form, files);
      if ("kind" in material) throw new Error(material.kind);
      const takes = { ...app, input: app.input ?? undefined };
      const all = whileWanted(readMaterial(material, takes, looked.options), signal);
      picked = await pickAt(all, placesToTry(looked.scan.workunits));
      // What computes is loaded by whoever wants to compute.
      const [{ dryRun }, { browserHere }] = await Promise.all([
        import("../../../../worker/page/dry-run.ts"),
        import("../../../../worker/page/browser-here.ts"),
      ]);
      const drafts = picked.map(({ value }) => value);
      await dryRun(
        { appVersionHash: app.hash, drafts, files: looked.options.files },
        {
          wish,
          signal,
          onStage: (index, stage) => show(stage, index),
          onOutcome(index, outcome) {
            const one = picked[index];
            if (one !== undefined) tried.push({ picked: one, outcome });
            show(null, index + 1);
          },
          host: browserHere,
          fetch: (path, init) => fetch(path, init),
        },
      );
      if (signal.aborted) return;
      setState({ at: "done", tried });
      const seconds = secondsEach(tried);
      if (seconds !== null) onMeasured(seconds);
    } catch (error) {
      if (!signal.aborted) setState({ at: "failed", tried, failure: failureOf(error) });
    }
  }

  return {
    state,
    run(wish: DryWish): void {
      running.current?.abort();
      const mine = new AbortController();
      running.current = mine;
      void run(wish, mine);
    },
    stop(): void {
      running.current?.abort();
      setState({ at: "idle" });
    },
  };
}
