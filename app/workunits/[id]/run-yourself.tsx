"use client";

import { Play } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import type { BackendWish } from "../../../worker/page/compute-here.ts";
import { FormError } from "../../components/form/field.tsx";
import { BackendChoice } from "../../components/here/backend-choice.tsx";
import { FailureText } from "../../components/here/failure-text.tsx";
import { StageBar } from "../../components/here/stage-bar.tsx";
import { takeFocus } from "../../components/here/take-focus.ts";
import { Button } from "../../components/ui/button.tsx";
import { Card, CardTitle } from "../../components/ui/card.tsx";
import { useRefusalText } from "../../lib/refusal-text.ts";
import { RerunResult } from "./rerun-result.tsx";
import { useRerun } from "./use-rerun.ts";

/** Anybody computes this one again, here, and sees whether the bytes match. Nothing is fetched before the button is pressed. */
export function RunYourself({ id }: { id: string }) {
  const t = useTranslations("workunit.rerun");
  const refusalText = useRefusalText();
  const [wish, setWish] = useState<BackendWish>("auto");
  const [hasRun, setHasRun] = useState(false);
  const { state, run, stop } = useRerun(id);
  return (
    <Card id="run" className="scroll-mt-20 space-y-5" data-testid="run-yourself">
      <div className="max-w-prose space-y-1">
        <CardTitle>{t("title")}</CardTitle>
        <p className="text-pretty">{t("text")}</p>
        <p className="text-sm text-pretty text-muted">{t("terms")}</p>
      </div>
      {state.at === "running" ? (
        <StageBar stage={state.stage} onStop={stop} />
      ) : (
        <div className="flex flex-wrap items-end gap-4">
          <BackendChoice value={wish} onChange={setWish} />
          <Button
            ref={hasRun ? takeFocus : null}
            variant={state.at === "idle" ? "primary" : "outline"}
            onClick={() => {
              setHasRun(true);
              run(wish);
            }}
          >
            <Play aria-hidden="true" />
            {t(state.at === "idle" ? "start" : "again")}
          </Button>
        </div>
      )}
      {state.at === "refused" ? <FormError>{refusalText(state.error)}</FormError> : null}
      {state.at === "failed" ? (
        <FormError>
          <FailureText failure={state.failure} />
        </FormError>
      ) : null}
      {state.at === "done" ? <RerunResult report={state.report} /> : null}
    </Card>
  );
}
