"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useRef, useState } from "react";
import type { BatchOptions } from "../../../../server/core/submission/draft.ts";
import type { SubmitForm } from "../../../lib/submission/form.ts";
import { forgetPending, keepPending, newKey, type Pending } from "../../../lib/submission/pending.ts";
import { readMaterial } from "../../../lib/submission/scan.ts";
import { sendParts } from "../../../lib/submission/send.ts";
import { type SubmittableApp, useTRPC } from "../../../lib/trpc.tsx";
import { materialOf } from "./use-preview.ts";

export type SendingState =
  | { at: "idle" }
  | { at: "sending" | "creating"; sent: number; workunits: number }
  | { at: "failed"; sent: number; workunits: number; error: unknown };

type Job = { app: SubmittableApp; pending: Pending; files: readonly File[] };
type Wish = { app: SubmittableApp; form: SubmitForm; files: readonly File[]; options: BatchOptions; workunits: number };

export type Submission = ReturnType<typeof useSubmission>;

/**
 * Sends a submission and leads to its batch. Its key is kept until then: pressed twice, or gone on with after a reload, it is
 * the same batch.
 */
export function useSubmission(slug: string) {
  const trpc = useTRPC();
  const router = useRouter();
  const open = useMutation(trpc.batch.open.mutationOptions());
  const finish = useMutation(trpc.batch.finish.mutationOptions());
  const discard = useMutation(trpc.batch.discard.mutationOptions());
  const [state, setState] = useState<SendingState>({ at: "idle" });
  const job = useRef<Job | null>(null);
  const isRunning = useRef(false);

  async function send({ app, pending, files }: Job): Promise<number> {
    const { workunits } = pending;
    const material = materialOf(pending.form, files);
    if ("kind" in material) throw new Error(`nothing to send: ${material.kind}`);
    const { batchId, state: known, parts } = await open.mutateAsync(pending.open);
    let count = 1;
    if (known === "draft") {
      const takes = { ...app, input: app.input ?? undefined };
      count = await sendParts({
        batchId,
        have: new Set(parts),
        reads: readMaterial(material, takes, pending.open.options),
        onProgress: (sent) => setState({ at: "sending", sent, workunits }),
      });
      setState({ at: "creating", sent: workunits, workunits });
    }
    await finish.mutateAsync({ batchId, parts: count });
    return batchId;
  }

  function run(next: Job): void {
    if (isRunning.current) return;
    isRunning.current = true;
    job.current = next;
    const { workunits } = next.pending;
    setState({ at: "sending", sent: 0, workunits });
    send(next)
      .then(
        (batchId) => {
          forgetPending(slug);
          router.push(`/batches/${batchId}`);
        },
        (error: unknown) => setState((before) => ({ sent: 0, workunits, ...before, at: "failed", error })),
      )
      .finally(() => {
        isRunning.current = false;
      });
  }

  return {
    state,
    begin({ app, form, files, options, workunits }: Wish): void {
      const stop = form.stopPercent === "" ? null : Number(form.stopPercent) / 100;
      const pending: Pending = {
        open: {
          appVersionId: app.appVersionId,
          name: form.name.trim(),
          key: newKey(),
          options,
          onBad: form.onBad,
          stopAbove: stop,
          notifyMail: form.notifyMail,
        },
        form,
        files: files.map(({ name, size, lastModified }) => ({ name, size, lastModified })),
        workunits,
      };
      if (isRunning.current) return;
      keepPending(slug, pending);
      run({ app, pending, files });
    },
    resume: run,
    goOn(): void {
      if (job.current !== null) run(job.current);
    },
    /** Throws away what was sent so far; what is created already stays, and is cancelled on its own page. */
    async discard(): Promise<void> {
      const pending = job.current?.pending;
      forgetPending(slug);
      setState({ at: "idle" });
      job.current = null;
      if (pending === undefined) return;
      const known = await open.mutateAsync(pending.open).catch(() => null);
      if (known?.state === "draft") await discard.mutateAsync({ batchId: known.batchId }).catch(() => undefined);
    },
    async discardPending(pending: Pending): Promise<void> {
      forgetPending(slug);
      const known = await open.mutateAsync(pending.open).catch(() => null);
      if (known?.state === "draft") await discard.mutateAsync({ batchId: known.batchId }).catch(() => undefined);
    },
  };
}
