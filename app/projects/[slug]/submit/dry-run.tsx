"use client";

import { FlaskConical } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { useState } from "react";
import { placesToTry } from "../../../../server/core/submission/pick.ts";
import type { BackendWish } from "../../../../worker/page/compute-here.ts";
import { FormError } from "../../../components/form/field.tsx";
import { BackendChoice } from "../../../components/here/backend-choice.tsx";
import { FailureText } from "../../../components/here/failure-text.tsx";
import { StageBar } from "../../../components/here/stage-bar.tsx";
import { takeFocus } from "../../../components/here/take-focus.ts";
import { useSeconds } from "../../../components/here/use-seconds.ts";
import { Button } from "../../../components/ui/button.tsx";
import type { SubmitForm } from "../../../lib/submission/form.ts";
import type { SubmittableApp } from "../../../lib/trpc.tsx";
import { DryOutcomeView } from "./dry-outcome.tsx";
import { type PickedDraft, secondsEach, type Tried, useDryRun } from "./use-dry-run.ts";
import type { Looked } from "./use-preview.ts";

type Props = {
  app: SubmittableApp;
  form: SubmitForm;
  files: readonly File[];
  looked: Looked;
  onMeasured(seconds: number): void;
};

/** Three of what would be submitted, computed here and now, before anything is created. */
export function DryRun({ app, form, files, looked, onMeasured }: Props) {
  const t = useTranslations("submit.dry");
  const [wish, setWish] = useState<BackendWish>("auto");
  const [hasRun, setHasRun] = useState(false);
  const { state, run, stop } = useDryRun(onMeasured);
  const { workunits } = looked.scan;
  const count = placesToTry(workunits).length;
  const tried = state.at === "idle" ? [] : state.tried;
  const now = ({ number, value: { name = "" } }: PickedDraft) =>
    name === String(number) ? t("nowPlain", { number, workunits }) : t("now", { number, workunits, name });
  return (
    <section className="space-y-4 rounded-xl border p-4" aria-label={t("title")} data-testid="dry-run">
      <div className="max-w-prose">
        <h3 className="font-medium">{t("title")}</h3>
        <p className="mt-1 text-sm text-pretty text-muted">{t("text")}</p>
      </div>
      {state.at === "running" ? (
        <StageBar
          stage={state.stage ?? { stage: "fetching", files: 0, bytes: 0 }}
          before={state.picked === null ? t("collecting") : now(state.picked)}
          onStop={stop}
        />
      ) : (
        <div className="flex flex-wrap items-end gap-4">
          <BackendChoice value={wish} onChange={setWish} />
          <Button
            ref={hasRun ? takeFocus : null}
            variant="outline"
            onClick={() => {
              setHasRun(true);
              run({ app, form, files, looked, wish });
            }}
          >
            <FlaskConical aria-hidden="true" />
            {t(state.at === "idle" ? "start" : "again", { count })}
          </Button>
        </div>
      )}
      {tried.length === 0 ? null : (
        <ul className="space-y-3">
          {tried.map(({ picked, outcome }, index) => (
            <li key={picked.number}>
              <DryOutcomeView picked={picked} outcome={outcome} isFirst={index === 0} />
            </li>
          ))}
        </ul>
      )}
      {state.at === "done" ? <Sum tried={state.tried} form={form} /> : null}
      {state.at === "failed" ? (
        <FormError>
          {t("broken")} <FailureText failure={state.failure} />
        </FormError>
      ) : null}
    </section>
  );
}

/** A stated time that is so many times off is worth correcting. */
const FAR_OFF = 3;

function Sum({ tried, form }: { tried: readonly Tried[]; form: SubmitForm }) {
  const t = useTranslations("submit.dry");
  const format = useFormatter();
  const time = useSeconds();
  const bad = tried.filter(({ outcome }) => outcome.kind === "failed" || outcome.looked.malformed !== null).length;
  const seconds = secondsEach(tried);
  const stated = Number(form.seconds);
  // Only a processor says what it takes on a processor.
  const isComparable = tried.some(({ outcome }) => outcome.kind === "ok" && outcome.computed.backend === "wasm");
  const isFarOff = seconds !== null && (stated > FAR_OFF * seconds || seconds > FAR_OFF * stated);
  return (
    <div role="status" className="max-w-prose space-y-1" data-testid="dry-sum" data-bad={bad}>
      {bad > 0 ? <p className="font-medium text-bad">{t("someBad", { bad, count: tried.length })}</p> : null}
      {bad === 0 && seconds !== null ? (
        <p className="font-medium text-good">{t("allGood", { time: time(seconds * 1000) })}</p>
      ) : null}
      {isFarOff && isComparable ? (
        <p className="text-sm text-pretty">{t("stated", { stated: format.number(stated) })}</p>
      ) : null}
    </div>
  );
}
