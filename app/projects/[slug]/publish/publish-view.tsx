"use client";

import { useTranslations } from "next-intl";
import { FormError } from "../../../components/form/field.tsx";
import { Card, CardTitle } from "../../../components/ui/card.tsx";
import { Skeleton } from "../../../components/ui/states.tsx";
import { DropZone } from "./drop-zone.tsx";
import { FaultList } from "./fault-list.tsx";
import { PackageCard } from "./package-card.tsx";
import { ProveAndPublish } from "./prove-and-publish.tsx";
import { useChosenPackage } from "./use-chosen-package.ts";

/** From a folder on a disk to a published version: chosen, checked, proven, sent. */
export function PublishView({ slug }: { slug: string }) {
  const t = useTranslations("publish");
  const { chosen, choose } = useChosenPackage();
  return (
    <div className="space-y-6">
      <Card>
        <CardTitle>{t("choose.title")}</CardTitle>
        <p className="mt-1 max-w-prose text-pretty text-muted">{t("choose.text")}</p>
        <DropZone onChoose={choose} />
      </Card>
      {chosen.state === "reading" ? <Skeleton className="h-40" label={t("choose.reading")} /> : null}
      {chosen.state === "unreadable" ? <FormError>{t("choose.unreadable", { why: chosen.why })}</FormError> : null}
      {chosen.state === "faulty" ? (
        <Card role="alert">
          <CardTitle>{t("faults.title", { count: chosen.faults.length })}</CardTitle>
          <p className="mt-1 max-w-prose text-pretty text-muted">{t("faults.text")}</p>
          <FaultList faults={chosen.faults} />
        </Card>
      ) : null}
      {chosen.state === "sound" ? (
        <>
          <PackageCard kernel={chosen.kernel} />
          <ProveAndPublish key={chosen.turn} slug={slug} kernel={chosen.kernel} zip={chosen.zip} />
        </>
      ) : null}
    </div>
  );
}
