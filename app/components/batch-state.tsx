"use client";

import { useTranslations } from "next-intl";
import type { BatchProgress } from "../lib/trpc.tsx";
import { Badge, type BadgeTone } from "./ui/badge.tsx";

export type SeenState = "draft" | "creating" | "open" | "paused" | "stopped" | "cancelling" | "cancelled" | "done";

/** What a person calls the state of a batch: more than its column says. */
export function seenState(batch: BatchProgress): SeenState {
  if (batch.state === "draft" || batch.state === "creating" || batch.state === "cancelled") return batch.state;
  if (batch.workunits > 0 && batch.completed + batch.failed >= batch.workunits) return "done";
  if (batch.cancelSeconds !== null) return "cancelling";
  if (batch.state === "paused") return batch.stopReason === null ? "paused" : "stopped";
  return "open";
}

const TONES: Record<SeenState, BadgeTone> = {
  draft: "neutral",
  creating: "wait",
  open: "accent",
  paused: "wait",
  stopped: "bad",
  cancelling: "bad",
  cancelled: "neutral",
  done: "good",
};

export function BatchState({ batch, className }: { batch: BatchProgress; className?: string }) {
  const t = useTranslations("batchState");
  const state = seenState(batch);
  return (
    <Badge tone={TONES[state]} className={className} data-testid="batch-state" data-state={state}>
      {t(state)}
    </Badge>
  );
}
