"use client";

import { Cpu, Gpu } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import type { WorkerView } from "../../../worker/page/volunteer-state.ts";
import { Badge } from "../ui/badge.tsx";
import { Progress } from "../ui/progress.tsx";

/** Seconds from which on nobody counts seconds. */
const MINUTES_FROM = 120;

/** One compute worker: what it computes, on what and why, and how far it is. */
export function WorkerCard({ worker }: { worker: WorkerView }) {
  const t = useTranslations("volunteer.worker");
  const why = useTranslations("volunteer.backendWhy");
  const { work } = worker;
  const remaining = (seconds: number | null): string => {
    if (seconds === null) return "";
    return seconds < MINUTES_FROM
      ? t("remaining", { seconds })
      : t("remainingMinutes", { minutes: Math.round(seconds / 60) });
  };
  const Icon = worker.backend === "wgsl" ? Gpu : Cpu;
  return (
    <li
      className="min-w-0 rounded-xl border bg-surface p-4"
      data-testid="worker"
      data-backend={worker.backend}
      data-result={work?.resultId}
      data-started-at={work?.startedAtMs}
      data-resumed-from={work?.resumedFrom}
      data-steps={work?.steps}
      data-progress={work?.progress}
    >
      <div className="flex flex-wrap items-center justify-between gap-2">
        <div className="min-w-0">
          {work ? (
            <>
              <p className="truncate font-medium">
                <Link href={`/projects/${work.projectSlug}`} className="hover:underline">
                  {work.projectName}
                </Link>
              </p>
              <p className="truncate text-sm text-muted">
                {work.appTitle} · {work.workunitName}
              </p>
            </>
          ) : (
            <p className="text-muted">{t("idle")}</p>
          )}
        </div>
        <Badge tone="accent" title={why(worker.backendWhy)}>
          <Icon aria-hidden="true" />
          {t(`backend.${worker.backend}`)}
        </Badge>
      </div>
      {work ? (
        <div className="mt-3">
          <Progress value={work.progress} label={t("progressOf", { name: work.workunitName })} />
          <p className="mt-1.5 flex justify-between gap-4 text-sm text-muted tabular-nums">
            <span>
              {t("percent", { percent: Math.floor(work.progress * 100) })}
              {work.resumedFrom >= 0.01 ? ` · ${t("resumed", { percent: Math.floor(work.resumedFrom * 100) })}` : ""}
            </span>
            <span>{remaining(work.remainingSeconds)}</span>
          </p>
        </div>
      ) : null}
      <p className="mt-2 text-sm text-muted">{why(worker.backendWhy)}</p>
    </li>
  );
}
