"use client";

import { useFormatter, useTranslations } from "next-intl";
import { Badge, type BadgeTone } from "../../components/ui/badge.tsx";
import { Table, Td, Th, Tr } from "../../components/ui/table.tsx";
import { When } from "../../components/when.tsx";
import type { WorkunitStory } from "../../lib/trpc.tsx";
import { cobblestones } from "../../lib/units.ts";

type StoryResult = WorkunitStory["results"][number];

function fateTone(result: StoryResult): BadgeTone {
  if (result.validation === "valid") return "good";
  if (result.validation === "invalid") return "bad";
  return "neutral";
}

/** Every result of an ended piece of work: who, on what, and what came of it. */
export function StoryTable({ results }: { results: StoryResult[] }) {
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
                <span className="block text-sm font-normal text-accent">{t("canonical")}</span>
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
              <Badge tone={fateTone(result)}>
                {result.outcome === "ok"
                  ? t(`validation.${result.validation}`)
                  : t(`outcome.${result.outcome ?? "unneeded"}`)}
              </Badge>
            </Td>
            <Td label={t("why")} className="max-w-64 text-muted">
              {result.errorMessage ||
                (result.reason && t.has(`reason.${result.reason}`)
                  ? t(`reason.${result.reason}`)
                  : (result.reason ?? "–"))}
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
