"use client";

import { CircleCheck, CircleHelp, CircleX } from "lucide-react";
import { useTranslations } from "next-intl";
import type { RerunReport } from "../../../worker/page/rerun-workunit.ts";
import { PassedOverText } from "../../components/here/passed-over.tsx";
import { useSeconds } from "../../components/here/use-seconds.ts";
import { Why } from "../../components/why.tsx";
import { FactList, Hash, type NamedFact } from "./fact-list.tsx";
import { FirstDifference } from "./first-difference.tsx";

const LOOKS = {
  same_bytes: { tone: "text-good", Icon: CircleCheck },
  agrees: { tone: "text-good", Icon: CircleCheck },
  differs: { tone: "text-bad", Icon: CircleX },
  gone: { tone: "text-wait", Icon: CircleHelp },
} as const;

/** Whether the answers match, how they were compared, what they are, and where they differ first. */
export function RerunResult({ report }: { report: RerunReport }) {
  const t = useTranslations("workunit.rerun");
  const { verdict, sameClassOnly } = report;
  const { tone, Icon } = LOOKS[verdict.kind];
  const difference = verdict.kind === "agrees" || verdict.kind === "differs" ? verdict.difference : null;
  return (
    <div
      className="space-y-4"
      data-testid="rerun-result"
      data-verdict={verdict.kind}
      data-backend={report.computed.backend}
    >
      <div role="status" className="max-w-prose space-y-1">
        <p className={`flex gap-2 text-lg font-medium text-pretty ${tone}`}>
          <Icon aria-hidden="true" className="mt-1 size-5 shrink-0" />
          {t(`verdict.${verdict.kind}`)}
        </p>
        {verdict.kind === "differs" ? (
          <p className="text-pretty">{t(sameClassOnly ? "differsClass" : "differsWhy")}</p>
        ) : null}
      </div>
      <Facts report={report} />
      {difference === null ? null : <FirstDifference difference={difference} />}
    </div>
  );
}

function Facts({ report: { computed, confirmed, verdict, comparator } }: { report: RerunReport }) {
  const t = useTranslations("workunit.rerun");
  const here = useTranslations("here");
  const comparators = useTranslations("project.comparator");
  const seconds = useSeconds();
  const reason = verdict.kind === "agrees" || verdict.kind === "differs" ? verdict.reason : null;
  const isOtherSize = confirmed.bytes !== null && confirmed.bytes !== computed.bytes;
  const sizes = { yours: computed.bytes, confirmed: confirmed.bytes ?? 0 };
  const facts: NamedFact[] = [
    [t("confirmed"), <Hash key="confirmed" value={confirmed.sha256} />],
    [t("yours"), <Hash key="yours" value={computed.sha256} />],
    [
      t("compared"),
      reason !== null
        ? t.rich("comparedOwn", {
            comparator: comparators(comparator),
            reason: () => <Why key="reason" why={reason} />,
          })
        : t("comparedBytes"),
    ],
    [
      t("on"),
      <>
        {here(`on.${computed.backend}`)}
        {computed.device === "" ? null : <span className="ml-2 text-muted">{computed.device}</span>}
        {computed.passedOver === null ? null : <PassedOverText passedOver={computed.passedOver} />}
      </>,
    ],
    [t("took"), seconds(computed.computeMs)],
    [t("size"), isOtherSize ? t("sizeOther", sizes) : t("sizeValue", { yours: sizes.yours })],
  ];
  return <FactList facts={facts} />;
}
