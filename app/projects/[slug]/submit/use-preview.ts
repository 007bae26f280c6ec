"use client";

import { useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import type { BatchOptions } from "../../../../server/core/submission/draft.ts";
import { sweepProblems } from "../../../../server/core/submission/sweep.ts";
import { optionsOf, type SubmitForm, sourceOf, sweepOf } from "../../../lib/submission/form.ts";
import { type Material, type Scan, scan } from "../../../lib/submission/scan.ts";
import { type BatchPlan, type PlanAsked, type SubmittableApp, useTRPC } from "../../../lib/trpc.tsx";

export type Looked = {
  scan: Scan;
  plan: BatchPlan | null;
  options: BatchOptions;
  /** What the server was asked; with another time of one workunit it is asked again. */
  asked: PlanAsked | null;
  /** The plan rests on a dry run here. */
  isTried: boolean;
};
export type PreviewState =
  | { at: "none" }
  | { at: "reading"; read: number }
  | { at: "problem"; problem: Problem }
  | { at: "refused"; error: unknown }
  | { at: "ready"; looked: Looked };

/** What keeps it from being looked at. */
export type Problem =
  | { kind: "no_text" }
  | { kind: "no_files" }
  | { kind: "not_text" }
  | { kind: "sweep"; problems: { axis: string; message: string }[] }
  | { kind: "same_axis"; axis: string };

type Wish = { app: SubmittableApp; form: SubmitForm; files: readonly File[] };

/** What of the form becomes workunits. */
export function materialOf(form: SubmitForm, files: readonly File[]): Material | Problem {
  if (form.kind === "files") return files.length === 0 ? { kind: "no_files" } : { files };
  const source = sourceOf(form);
  if (source === null) return { kind: "no_files" };
  if (source.format === "sweep") {
    const names = form.axes.map((axis) => axis.name.trim());
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) return { kind: "same_axis", axis: twice };
    const problems = sweepProblems(sweepOf(form));
    return problems.length > 0 ? { kind: "sweep", problems } : { source, text: "" };
  }
  const [file] = files;
  if (file !== undefined) return { source, text: file };
  return form.text.trim() === "" ? { kind: "no_text" } : { source, text: form.text };
}

/** Reads what would be sent and asks the server what that would cost. Creates nothing. */
export function usePreview() {
  const trpc = useTRPC();
  const plan = useMutation(trpc.batch.plan.mutationOptions());
  const [state, setState] = useState<PreviewState>({ at: "none" });
  /** Only the latest look counts. */
  const turn = useRef(0);

  async function look({ app, form, files }: Wish): Promise<PreviewState> {
    const mine = turn.current;
    const material = materialOf(form, files);
    if ("kind" in material) return { at: "problem", problem: material };
    const options = optionsOf(form);
    let found: Scan;
    try {
      found = await scan(material, { ...app, input: app.input ?? undefined }, options, (read) => {
        if (turn.current === mine) setState({ at: "reading", read });
      });
    } catch (error) {
      // TextDecoder says so of bytes that are no UTF-8.
      if (error instanceof TypeError) return { at: "problem", problem: { kind: "not_text" } };
      throw error;
    }
    const none = { scan: found, options, plan: null, asked: null, isTried: false };
    if (found.workunits === 0) return { at: "ready", looked: none };
    const asked: PlanAsked = {
      appVersionId: app.appVersionId,
      options: { ...options, flops: found.flopsEach > 0 ? found.flopsEach : options.flops },
      workunits: Math.min(found.workunits, 100_000),
      ...(form.expert === null ? { harm: form.harm } : {}),
    };
    try {
      const planned = await plan.mutateAsync(asked);
      const { choice } = planned;
      const chosen =
        choice === null
          ? options
          : { ...options, policy: choice.policy, parameters: { ...options.parameters, ...choice.parameters } };
      return { at: "ready", looked: { ...none, plan: planned, options: chosen, asked } };
    } catch (error) {
      return { at: "refused", error };
    }
  }

  return {
    state,
    look(wish: Wish): void {
      turn.current += 1;
      const mine = turn.current;
      setState({ at: "reading", read: 0 });
      look(wish).then(
        (next) => turn.current === mine && setState(next),
        (error: unknown) => turn.current === mine && setState({ at: "refused", error }),
      );
    },
    /** The plan anew, with the time that one workunit took here. What was chosen stays. */
    measured(secondsEach: number): void {
      const mine = turn.current;
      if (state.at !== "ready" || state.looked.asked === null) return;
      const { looked } = state;
      plan.mutateAsync({ ...state.looked.asked, secondsEach }).then(
        (anew) => turn.current === mine && setState({ at: "ready", looked: { ...looked, plan: anew, isTried: true } }),
        (error: unknown) => turn.current === mine && setState({ at: "refused", error }),
      );
    },
    forget(): void {
      turn.current += 1;
      setState({ at: "none" });
    },
  };
}
