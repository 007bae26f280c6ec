"use client";

import { useFormatter, useTranslations } from "next-intl";
import { DeviceError } from "../../components/here/failure-text.tsx";
import { Badge, type BadgeTone } from "../../components/ui/badge.tsx";
import { Table, Td, Th, Tr } from "../../components/ui/table.tsx";
import { When } from "../../components/when.tsx";
import { KeptWhy } from "../../components/why.tsx";
import type { WorkunitStory } from "../../lib/trpc.tsx";
import { cobblestones } from "../../lib/units.ts";

type StoryResult = WorkunitStory["results"][number];

type Fate = StoryResult["validation"] | "recalled";

/** What was confirmed is not confirmed any more once the answer that counted was recalled. */
function fateOf({ validation }: StoryResult, recalled: boolean): Fate {
  return recalled && validation === "valid" ? "recalled" : validation;
}

function fateTone(fate: Fate): BadgeTone {
  if (fate === "valid") return "good";
  if (fate === "invalid" || fate === "recalled") return "bad";
  return "neutral";
}

/** Every result of an ended piece of work: who, on what, and what came of it. `recalled`: the answer that counted was. */
export function StoryTable({ results, recalled }: { results: StoryResult[]; recalled: boolean }) {
  const t = useTranslations("workunit");
  const backend = useTranslations("volunteer.worker.backend");
  const format = useFormatter();
  return (
    <Table stacks label={t("story")}>
      <thead>
        <Tr>
          {(["who", "on", "took", "reported", "fate", "why", "credit"] as const).map((key) => (
            <Th key={key}>{t(key)}</Th>
          ))}
        </Tr>
      </thead>
      <tbody>
        {results.map((result) => (
          <Tr key={result.number}>
            <Td className="font-medium whitespace-nowrap">
              {result.userId === null ? t("notSent") : (result.userName ?? t("anonymous", { id: result.userId }))}
              <span className="ml-1 font-normal text-muted">{t("answerNumber", { number: result.number + 1 })}</span>
              {result.isCanonical ? (
                <span className="block text-sm font-normal text-accent">
                  {t(recalled ? "canonicalBefore" : "canonical")}
                </span>
              ) : null}
            </Td>
            <Td label={t("on")} className="whitespace-nowrap">
              {result.backend === "wgsl" ? backend("wgsl") : result.backend === "wasm" ? backend("wasm") : "–"}
              {result.deviceClass ? (
                <span className="block font-mono text-xs text-muted">{result.deviceClass}</span>
              ) : null}
            </Td>
            <Td label={t("took")}>
              {result.elapsedMs === null
                ? "–"
                : t("seconds", { seconds: format.number(result.elapsedMs / 1000, { maximumFractionDigits: 1 }) })}
            </Td>
            <Td label={t("reported")} className="whitespace-nowrap">
              <When seconds={result.reportedSeconds} />
            </Td>
            <Td label={t("fate")}>
              <Badge tone={fateTone(fateOf(result, recalled))}>
                {result.outcome === "ok"
                  ? t(`validation.${fateOf(result, recalled)}`)
                  : t(`outcome.${result.outcome ?? "unneeded"}`)}
              </Badge>
            </Td>
            <Td label={t("why")} className="max-w-64 text-muted">
              <FateReason result={result} recalled={recalled} />
            </Td>
            <Td label={t("credit")}>
              {result.creditMicro === null
                ? "–"
                : format.number(cobblestones(result.creditMicro), { maximumFractionDigits: 4 })}
              {result.takenBackSeconds === null ? null : (
                <span className="block text-sm text-bad">{t("takenBack")}</span>
              )}
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  );
}

/** Why it came to that: what was wrong with the answer, what the device said, or what the comparison found. */
function FateReason({ result, recalled }: { result: StoryResult; recalled: boolean }) {
  const t = useTranslations("workunit");
  const { outcome, errorCode, errorMessage, why, reason } = result;
  if (outcome === "valerr" && (why !== null || errorMessage)) {
    return t.rich("turnedAway", { why: () => <KeptWhy key="why" why={why} reason={errorMessage} /> });
  }
  if (errorCode !== null || errorMessage) return <DeviceError code={errorCode} said={errorMessage ?? ""} />;
  if (reason === null) return "–";
  if (recalled && t.has(`recalledReason.${reason}`)) return t(`recalledReason.${reason}`);
  return t.has(`reason.${reason}`) ? t(`reason.${reason}`) : reason;
}
