"use client";

import { Download } from "lucide-react";
import { useTranslations } from "next-intl";
import { Button } from "../../components/ui/button.tsx";
import { Card, CardTitle } from "../../components/ui/card.tsx";
import type { BatchProgress } from "../../lib/trpc.tsx";

const FORMATS = ["jsonl", "csv", "parquet", "zip", "bin"] as const;

/** Confirmed outputs as files, each row with where it comes from; while the batch runs, what is there already. */
export function Downloads({ batch: { batchId, completed, workunits } }: { batch: BatchProgress }) {
  const t = useTranslations("batch.download");
  return (
    <Card>
      <CardTitle>{t("title")}</CardTitle>
      <p className="mt-1 max-w-prose text-muted">
        {completed === 0 ? t("none") : completed < workunits ? t("soFar", { completed, workunits }) : t("all")}
      </p>
      <ul className="mt-4 grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
        {FORMATS.map((format) => (
          <li key={format} className="flex items-start gap-3">
            <Button asChild variant="outline" size="sm" className="w-28 shrink-0">
              <a href={`/api/batches/${batchId}/results.${format}`} download>
                <Download aria-hidden="true" />
                {t(`name.${format}`)}
              </a>
            </Button>
            <span className="text-sm text-muted">{t(`text.${format}`)}</span>
          </li>
        ))}
      </ul>
      <p className="mt-4 max-w-prose text-sm text-muted">{t("provenance")}</p>
    </Card>
  );
}
