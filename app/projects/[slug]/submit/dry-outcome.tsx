"use client";

import { useTranslations } from "next-intl";
import type { Peek } from "../../../../worker/compute/prove/peek-output.ts";
import type { DryOutcome } from "../../../../worker/page/dry-run.ts";
import { FailureText } from "../../../components/here/failure-text.tsx";
import { PassedOverText } from "../../../components/here/passed-over.tsx";
import { useSeconds } from "../../../components/here/use-seconds.ts";
import { Badge } from "../../../components/ui/badge.tsx";
import { Table, Td, Th } from "../../../components/ui/table.tsx";
import { Why } from "../../../components/why.tsx";
import type { PickedDraft } from "./use-dry-run.ts";

/** What came of one workunit of a dry run, with the beginning of its output. */
export function DryOutcomeView({
  picked,
  outcome,
  isFirst,
}: {
  picked: PickedDraft;
  outcome: DryOutcome;
  isFirst: boolean;
}) {
  const t = useTranslations("submit.dry");
  const here = useTranslations("here");
  const seconds = useSeconds();
  const {
    number,
    value: { name = "" },
  } = picked;
  const how = outcome.kind === "ok" ? outcome.looked.malformed : null;
  const isMalformed = how !== null;
  return (
    <div
      className="space-y-3 rounded-xl bg-sunken p-4"
      data-testid="dry-outcome"
      data-outcome={isMalformed ? "malformed" : outcome.kind}
    >
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="font-medium wrap-anywhere">
          {name === String(number) ? t("plain", { number }) : t("number", { number, name })}
        </p>
        <Badge tone={outcome.kind === "ok" && !isMalformed ? "good" : "bad"}>
          {t(outcome.kind === "failed" ? "failed" : isMalformed ? "malformed" : "ok")}
        </Badge>
      </div>
      {outcome.kind === "failed" ? (
        <p className="text-bad">
          <FailureText failure={outcome} />
        </p>
      ) : (
        <>
          <p className="text-sm text-muted tabular-nums">
            {t("took", { time: seconds(outcome.computed.computeMs) })}
            {` · ${here(`on.${outcome.computed.backend}`)} · ${t("size", { bytes: outcome.bytes })}`}
          </p>
          {outcome.computed.passedOver === null || !isFirst ? null : (
            <PassedOverText passedOver={outcome.computed.passedOver} />
          )}
          {isMalformed ? (
            <p className="text-bad">
              {t.rich("malformedText", { reason: () => <Why key="reason" why={{ code: "output_malformed", how }} /> })}
            </p>
          ) : null}
          <PeekView peek={outcome.looked.peek} />
          <p className="font-mono text-xs break-all text-muted">{outcome.computed.sha256}</p>
        </>
      )}
    </div>
  );
}

function PeekView({ peek }: { peek: Peek }) {
  const t = useTranslations("submit.dry");
  switch (peek.kind) {
    case "none":
      return <p className="text-sm text-muted">{t("unknown")}</p>;
    case "text":
      return (
        <div>
          <p className="text-sm font-medium">{t("output")}</p>
          <pre className="mt-1 max-h-40 overflow-auto font-mono text-xs whitespace-pre-wrap wrap-anywhere">
            {peek.text}
          </pre>
          {peek.isCut ? <p className="text-xs text-muted">{t("cut")}</p> : null}
        </div>
      );
    case "fields":
      return <Fields peek={peek} />;
  }
}

function Fields({ peek: { header, columns, rows, of } }: { peek: Extract<Peek, { kind: "fields" }> }) {
  const t = useTranslations("submit.dry");
  return (
    <div className="space-y-2">
      <p className="text-sm font-medium">{t("output")}</p>
      {header.length === 0 ? null : (
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 text-sm">
          {header.map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="font-mono text-muted">{name}</dt>
              <dd className="font-mono break-all">{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {columns.length === 0 ? null : (
        <>
          <Table label={t("output")} className="w-auto">
            <thead>
              <tr>
                {columns.map((name) => (
                  <Th key={name} className="font-mono">
                    {name}
                  </Th>
                ))}
              </tr>
            </thead>
            <tbody className="font-mono text-xs">
              {rows.map((row, number) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: records have no name but their place
                <tr key={number}>
                  {columns.map((name, column) => (
                    <Td key={name}>{row[column]}</Td>
                  ))}
                </tr>
              ))}
            </tbody>
          </Table>
          <p className="text-xs text-muted">
            {rows.length < of ? t("rows", { shown: rows.length, of }) : t("allRows", { of })}
          </p>
        </>
      )}
    </div>
  );
}
