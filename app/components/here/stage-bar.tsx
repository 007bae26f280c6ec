"use client";

import { useFormatter, useTranslations } from "next-intl";
import type { HereStage } from "../../../worker/page/compute-here.ts";
import { Button } from "../ui/button.tsx";
import { Progress } from "../ui/progress.tsx";
import { takeFocus } from "./take-focus.ts";

/** How far it is, in words and as a bar, and the button that ends it. */
export function StageBar({ stage, before, onStop }: { stage: HereStage; before?: string; onStop(): void }) {
  const t = useTranslations("here");
  const text = useStageText();
  const lead = before === undefined ? "" : `${before} · `;
  return (
    <div className="space-y-3" data-testid="here-stage" data-stage={stage.stage}>
      <Progress className="h-3" value={shareOf(stage)} label={t("progress")} />
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-muted tabular-nums">
          <span role="status" className="sr-only">
            {lead}
            {stage.stage === "fetching" ? t("stage.fetchingPlain") : text(stage)}
          </span>
          {/* Each kilobyte is shown, and told to nobody who listens. */}
          <span aria-hidden="true">
            {lead}
            {text(stage)}
          </span>
          {stage.stage === "computing" ? (
            // The bar says it to those who do not see it, when they ask.
            <span aria-hidden="true" className="ml-2">
              {t("percent", { percent: Math.floor(stage.progress * 100) })}
            </span>
          ) : null}
        </p>
        <Button ref={takeFocus} variant="outline" size="sm" onClick={onStop}>
          {t("stop")}
        </Button>
      </div>
    </div>
  );
}

function shareOf(stage: HereStage): number {
  if (stage.stage === "comparing") return 1;
  return stage.stage === "computing" ? stage.progress : 0;
}

function useStageText(): (stage: HereStage) => string {
  const t = useTranslations("here.stage");
  const format = useFormatter();
  return (stage) => {
    switch (stage.stage) {
      case "fetching":
        return t("fetching", { files: stage.files, kib: format.number(Math.ceil(stage.bytes / 1024)) });
      case "trying":
        return t(`trying.${stage.backend}`);
      case "computing":
        return t(`computing.${stage.backend}`);
      case "comparing":
        return t("comparing");
    }
  };
}
