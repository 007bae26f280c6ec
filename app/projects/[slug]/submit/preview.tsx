"use client";

import { useFormatter, useTranslations } from "next-intl";
import type { WorkunitDraft } from "../../../../server/core/submission/draft.ts";
import { FormError } from "../../../components/form/field.tsx";
import { Button } from "../../../components/ui/button.tsx";
import { Card, CardTitle } from "../../../components/ui/card.tsx";
import { Stat } from "../../../components/ui/states.tsx";
import { Table, Td, Th } from "../../../components/ui/table.tsx";
import { useRefusalText } from "../../../lib/refusal-text.ts";
import type { SubmitForm } from "../../../lib/submission/form.ts";
import type { Scan } from "../../../lib/submission/scan.ts";
import type { BatchPlan, SubmittableApp } from "../../../lib/trpc.tsx";
import { useDuration } from "../../../status/use-duration.ts";
import { DryRun } from "./dry-run.tsx";
import type { Looked, PreviewState, Problem } from "./use-preview.ts";

type Props = {
  app: SubmittableApp;
  form: SubmitForm;
  files: readonly File[];
  preview: PreviewState;
  onMeasured(secondsEach: number): void;
  onBad(onBad: SubmitForm["onBad"]): void;
  onSubmit(what: { options: Looked["options"]; workunits: number }): void;
};

/** What it would be, before anything is created; and the button that creates it. */
export function Preview(props: Props) {
  const { preview } = props;
  const t = useTranslations("submit.preview");
  const format = useFormatter();
  const refusalText = useRefusalText();
  return (
    <Card className="space-y-5" data-testid="preview">
      <div>
        <CardTitle>{t("title")}</CardTitle>
        <p className="mt-1 max-w-prose text-muted">{t("text")}</p>
      </div>
      <Button
        type="submit"
        variant={preview.at === "ready" ? "outline" : "primary"}
        disabled={preview.at === "reading"}
      >
        {t("look")}
      </Button>
      {preview.at === "reading" ? (
        <p role="status" className="text-muted">
          {t("reading", { read: format.number(preview.read) })}
        </p>
      ) : null}
      {preview.at === "problem" ? (
        <FormError>
          <ProblemText problem={preview.problem} />
        </FormError>
      ) : null}
      {preview.at === "refused" ? <FormError>{refusalText(preview.error)}</FormError> : null}
      {preview.at === "ready" ? <Ready {...props} looked={preview.looked} /> : null}
    </Card>
  );
}

function ProblemText({ problem }: { problem: Problem }) {
  const t = useTranslations("submit.preview.problem");
  switch (problem.kind) {
    case "sweep":
      return problem.problems.map(({ axis, message }) => `${axis === "" ? t("sweep") : axis}: ${message}.`).join(" ");
    case "same_axis":
      return t("same_axis", { axis: problem.axis });
    case "no_text":
      return t("no_text");
    case "no_files":
      return t("no_files");
    case "not_text":
      return t("not_text");
  }
}

function Ready(props: Props & { looked: Looked }) {
  const { form, looked, onBad, onSubmit } = props;
  const { scan, plan, options } = looked;
  const t = useTranslations("submit.preview");
  const isStopped = scan.isTooMuch || plan === null || (scan.nFaults > 0 && form.onBad === "refuse");
  return (
    <div className="space-y-5">
      {scan.isTooMuch ? <FormError>{t("tooMuch")}</FormError> : null}
      {scan.nFaults > 0 ? <Faults scan={scan} form={form} onBad={onBad} /> : null}
      {scan.workunits === 0 && scan.nFaults === 0 ? <FormError>{t("nothing")}</FormError> : null}
      {plan === null ? null : <Plan plan={plan} isTried={looked.isTried} />}
      {scan.examples.length > 0 ? <Examples examples={scan.examples} /> : null}
      {plan === null || scan.isTooMuch ? null : <DryRun {...props} />}
      <div className="flex flex-wrap items-center gap-4">
        <Button
          size="lg"
          disabled={isStopped}
          data-testid="submit"
          onClick={() => onSubmit({ options, workunits: scan.workunits })}
        >
          {t("submit", { count: scan.workunits })}
        </Button>
        <p className="max-w-prose flex-1 basis-60 text-sm text-muted">{t("submitHint")}</p>
      </div>
    </div>
  );
}

function Plan({ plan, isTried }: { plan: BatchPlan; isTried: boolean }) {
  const t = useTranslations("submit.preview");
  const format = useFormatter();
  const long = useDuration();
  // Below some seconds whole ones say nothing.
  const duration = (seconds: number) =>
    seconds >= 10 ? long(seconds) : t("seconds", { seconds: format.number(seconds, { maximumSignificantDigits: 2 }) });
  return (
    <>
      <dl className="grid grid-cols-2 gap-4 sm:grid-cols-3" data-testid="plan">
        <Stat
          label={t("workunits")}
          value={<span data-testid="planned-workunits">{format.number(plan.workunits)}</span>}
        />
        <Stat label={t("results")} value={format.number(plan.resultsAtOnce)} hint={t("resultsHint")} />
        <Stat
          label={t("executions")}
          value={format.number(plan.executions)}
          hint={t("executionsHint", {
            each: format.number(plan.executionsPerWorkunit, { maximumFractionDigits: 2 }),
          })}
        />
        <Stat
          label={t("compute")}
          value={duration(plan.computeSeconds)}
          hint={t("computeHint", { each: duration(plan.secondsPerExecution) })}
        />
        <Stat
          label={t("done")}
          value={plan.doneInSeconds === null ? t("doneUnknown") : duration(plan.doneInSeconds)}
          hint={t(plan.doneInSeconds === null ? "doneNobody" : "doneHint")}
        />
      </dl>
      <p className="text-sm text-muted">{isTried ? t("tried") : t(plan.isMeasured ? "measured" : "assumed")}</p>
    </>
  );
}

function Faults({ scan, form, onBad }: { scan: Scan; form: SubmitForm; onBad: Props["onBad"] }) {
  const t = useTranslations("submit.preview");
  return (
    <div className="space-y-4 rounded-xl border border-bad p-4" data-testid="faults">
      <p className="font-medium text-bad" role="alert">
        {t("faults", { count: scan.nFaults })}
      </p>
      <ul className="max-h-64 space-y-1 overflow-y-auto text-sm">
        {scan.faults.map(({ line, message }) => (
          <li key={`${line}-${message}`}>
            <span className="font-medium tabular-nums">{t("line", { line })}</span> {message}
          </li>
        ))}
      </ul>
      {scan.nFaults > scan.faults.length ? (
        <p className="text-sm text-muted">{t("moreFaults", { count: scan.nFaults - scan.faults.length })}</p>
      ) : null}
      {scan.workunits > 0 ? (
        <fieldset className="space-y-2">
          <legend className="mb-1 font-medium">{t("onBad")}</legend>
          {(["refuse", "skip"] as const).map((choice) => (
            <label key={choice} className="flex cursor-pointer items-center gap-2">
              <input
                type="radio"
                name="on-bad"
                className="size-4 accent-accent"
                checked={form.onBad === choice}
                onChange={() => onBad(choice)}
              />
              {t(choice === "refuse" ? "refuse" : "skip", { count: scan.workunits })}
            </label>
          ))}
        </fieldset>
      ) : null}
    </div>
  );
}

const SHOWN_CHARACTERS = 300;

function Examples({ examples }: { examples: readonly WorkunitDraft[] }) {
  const t = useTranslations("submit.preview");
  return (
    <div>
      <h3 className="mb-2 font-medium">{t("examples")}</h3>
      <Table label={t("examples")}>
        <thead>
          <tr>
            <Th>{t("name")}</Th>
            <Th className="w-full">{t("input")}</Th>
          </tr>
        </thead>
        <tbody>
          {examples.map(({ line, name, input, inputBase64, inputSha256 }, index) => (
            <tr key={line ?? index}>
              <Td className="align-top whitespace-nowrap">{name ?? index + 1}</Td>
              <Td>
                {input === undefined ? (
                  <span className="text-muted">
                    {inputSha256 ?? t("bytes", { bytes: Math.floor(((inputBase64?.length ?? 0) * 3) / 4) })}
                  </span>
                ) : (
                  <pre className="max-h-40 overflow-auto font-mono text-xs whitespace-pre-wrap">
                    {input.length > SHOWN_CHARACTERS ? `${input.slice(0, SHOWN_CHARACTERS)} …` : input}
                  </pre>
                )}
              </Td>
            </tr>
          ))}
        </tbody>
      </Table>
    </div>
  );
}
