"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { DeedTable } from "../../../components/deed-table.tsx";
import { FormError } from "../../../components/form/field.tsx";
import { Card, CardTitle } from "../../../components/ui/card.tsx";
import { Skeleton } from "../../../components/ui/states.tsx";
import { useTRPC } from "../../../lib/trpc.tsx";
import { useRefusalText } from "./use-change.ts";

/** Who did what in the project, newest first. */
export function Log({ slug }: { slug: string }) {
  const t = useTranslations("projectSettings.log");
  const trpc = useTRPC();
  const refusalText = useRefusalText();
  const deeds = useQuery(trpc.member.deeds.queryOptions({ slug, beforeId: null }));
  return (
    <Card id="log">
      <CardTitle>{t("title")}</CardTitle>
      <p className="mt-1 mb-3 max-w-prose text-muted">{t("text")}</p>
      {deeds.isPending ? <Skeleton className="h-24" label={t("title")} /> : null}
      {deeds.isError ? <FormError>{refusalText(deeds.error)}</FormError> : null}
      {deeds.data ? <DeedTable deeds={deeds.data} /> : null}
    </Card>
  );
}
