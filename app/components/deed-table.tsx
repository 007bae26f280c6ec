"use client";

import { useTranslations } from "next-intl";
import type { Deeds } from "../lib/trpc.tsx";
import { Empty } from "./ui/states.tsx";
import { Table, Td, Th, Tr } from "./ui/table.tsx";
import { When } from "./when.tsx";

/** Lines of the log that nobody can take back. */
export function DeedTable({ deeds, withProject = false }: { deeds: Deeds; withProject?: boolean }) {
  const t = useTranslations("deeds");
  if (deeds.length === 0) return <Empty title={t("none")} />;
  return (
    <Table stacks label={t("label")}>
      <thead>
        <Tr>
          <Th>{t("when")}</Th>
          <Th>{t("who")}</Th>
          <Th>{t("what")}</Th>
          {withProject ? <Th>{t("project")}</Th> : null}
          <Th>{t("details")}</Th>
        </Tr>
      </thead>
      <tbody>
        {deeds.map((deed) => (
          <Tr key={deed.id}>
            <Td label={t("when")} className="whitespace-nowrap">
              <When seconds={deed.seconds} />
            </Td>
            <Td label={t("who")}>
              {deed.actorId === null ? t("terminal") : (deed.actorName ?? t("nameless", { id: deed.actorId }))}
            </Td>
            <Td label={t("what")} className="font-mono text-xs whitespace-nowrap">
              {deed.action}
              {deed.subjectId === null ? "" : ` ${deed.subjectKind} ${deed.subjectId}`}
            </Td>
            {withProject ? <Td label={t("project")}>{deed.projectSlug ?? "–"}</Td> : null}
            <Td label={t("details")} className="text-xs text-muted wrap-anywhere">
              {detailsOf(deed.details)}
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  );
}

function detailsOf(details: Record<string, unknown>): string {
  return Object.entries(details)
    .map(([key, value]) => `${key}: ${Array.isArray(value) ? value.join(", ") : String(value)}`)
    .join("; ");
}
