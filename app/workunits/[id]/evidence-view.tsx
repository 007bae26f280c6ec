"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Card, CardTitle } from "../../components/ui/card.tsx";
import { Table, Td, Th, Tr } from "../../components/ui/table.tsx";
import { When } from "../../components/when.tsx";
import { KeptWhy } from "../../components/why.tsx";
import type { WorkunitStory } from "../../lib/trpc.tsx";

/** What later checks said of it, or that it is such a check itself. */
export function Audits({ story }: { story: WorkunitStory }) {
  const t = useTranslations("workunit.audit");
  const to = (workunitId: number) => (text: ReactNode) => (
    <Link href={`/workunits/${workunitId}`} className="underline">
      {text}
    </Link>
  );
  return (
    <>
      {isWithdrawn(story) ? (
        <p className="mt-2 font-medium text-bad" data-testid="withdrawn">
          {t("withdrawn")} <When seconds={story.recalledSeconds} />
        </p>
      ) : null}
      {story.onePerson ? (
        <p className="mt-2 font-medium text-bad" data-testid="one-person">
          {t("onePerson")}
        </p>
      ) : null}
      {story.audits.map(({ workunitId, outcome, cause, decidedSeconds }) => (
        <p
          key={workunitId}
          className={outcome === "recalled" ? "mt-2 font-medium text-bad" : "mt-2"}
          data-testid="audit"
        >
          {t.rich(outcome ?? "undecided", { link: to(workunitId) })} <When seconds={decidedSeconds} />{" "}
          <span className="font-normal text-muted">{t(`cause.${cause}`)}</span>
        </p>
      ))}
      {story.auditOf === null ? null : (
        <p className="mt-2">{t.rich("auditOf", { link: to(story.auditOf.workunitId) })}</p>
      )}
    </>
  );
}

/** Recalled though no check contradicted it: the version of the program that computed it was withdrawn. */
function isWithdrawn({ recalledSeconds, audits }: WorkunitStory): boolean {
  return recalledSeconds !== null && !audits.some((audit) => audit.outcome === "recalled");
}

/** How outputs compared and what a verifier said, where bytes alone did not decide. */
export function Verdicts({ story }: { story: WorkunitStory }) {
  const t = useTranslations("workunit.verdicts");
  const { comparisons = [], verifications = [] } = story.evidence ?? {};
  if (comparisons.length === 0 && verifications.length === 0) return null;
  return (
    <Card>
      <CardTitle className="mb-3">{t("title")}</CardTitle>
      <Table stacks label={t("title")}>
        <thead>
          <Tr>
            <Th>{t("what")}</Th>
            <Th>{t("verdict")}</Th>
            <Th className="w-full">{t("why")}</Th>
            <Th>{t("when")}</Th>
          </Tr>
        </thead>
        <tbody>
          {comparisons.map(({ a, b, agree, reason, why, decidedSeconds }) => (
            <Tr key={`${a}-${b}`}>
              <Td className="whitespace-nowrap">{t("pair", { a: a + 1, b: b + 1 })}</Td>
              <Td label={t("verdict")}>{t(agree === null ? "waiting" : agree ? "agree" : "differ")}</Td>
              <Td label={t("why")} className="text-muted">
                <KeptWhy why={why} reason={reason} />
              </Td>
              <Td label={t("when")} className="whitespace-nowrap">
                <When seconds={decidedSeconds} />
              </Td>
            </Tr>
          ))}
          {verifications.map(({ number, verdict, reason, why, decidedSeconds }) => (
            <Tr key={number}>
              <Td className="whitespace-nowrap">{t("one", { number: number + 1 })}</Td>
              <Td label={t("verdict")}>{t(isVerdict(verdict) ? verdict : "waiting")}</Td>
              <Td label={t("why")} className="text-muted">
                <KeptWhy why={why} reason={reason} />
              </Td>
              <Td label={t("when")} className="whitespace-nowrap">
                <When seconds={decidedSeconds} />
              </Td>
            </Tr>
          ))}
        </tbody>
      </Table>
    </Card>
  );
}

const VERDICTS = ["passed", "rejected", "broken", "missing"] as const;
const isVerdict = (text: string | null): text is (typeof VERDICTS)[number] =>
  VERDICTS.some((verdict) => verdict === text);
