"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useId, useState } from "react";
import { Button } from "../components/ui/button.tsx";
import { Card, CardTitle } from "../components/ui/card.tsx";
import { Skeleton } from "../components/ui/states.tsx";
import { Switch } from "../components/ui/switch.tsx";
import { useTRPC } from "../lib/trpc.tsx";

/** Whether the files for statistics sites name this person. Off until they say otherwise. */
export function StatisticsConsent() {
  const t = useTranslations("statistics");
  const trpc = useTRPC();
  const queries = useQueryClient();
  const [id, explainedBy, urlId] = [useId(), useId(), useId()];
  const [typedUrl, setTypedUrl] = useState<string | null>(null);
  const consent = useQuery(trpc.statistics.getConsent.queryOptions());
  const change = useMutation(
    trpc.statistics.setStatisticsConsent.mutationOptions({
      onSuccess(saved) {
        queries.setQueryData(trpc.statistics.getConsent.queryKey(), saved);
        setTypedUrl(null);
      },
    }),
  );
  if (consent.data === undefined) return <Skeleton className="h-40" label={t("title")} />;
  const { isGiven, url, changedSeconds } = consent.data;
  const shownUrl = typedUrl ?? url ?? "";
  const save = (given: boolean) =>
    change.mutate({ isGiven: given, url: shownUrl.trim() === "" ? null : shownUrl.trim() });
  return (
    <Card>
      <CardTitle>{t("title")}</CardTitle>
      <p className="mt-1 text-pretty text-muted">{t("text")}</p>
      <div className="mt-4 flex items-center gap-3">
        <Switch id={id} checked={isGiven} describedBy={explainedBy} onChange={save} />
        <label htmlFor={id} className="font-medium">
          {t("switch")}
        </label>
      </div>
      <p id={explainedBy} className="mt-3 text-sm text-pretty text-muted">
        {t("what")}{" "}
        <a className="underline" href="/stats/tables.xml">
          {t("files")}
        </a>
      </p>
      {isGiven ? (
        <form
          className="mt-4 flex flex-wrap items-end gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            save(true);
          }}
        >
          <div className="min-w-0 grow">
            <label htmlFor={urlId} className="text-sm">
              {t("url")}
            </label>
            <input
              id={urlId}
              type="url"
              value={shownUrl}
              maxLength={200}
              placeholder="https://"
              onChange={(event) => setTypedUrl(event.target.value)}
              className="mt-1 h-11 w-full rounded-lg border bg-surface px-3"
            />
          </div>
          <Button type="submit" variant="outline" disabled={change.isPending || shownUrl === (url ?? "")}>
            {t("save")}
          </Button>
        </form>
      ) : null}
      <p role="status" className="mt-3 text-sm text-muted empty:mt-0">
        {change.isError ? t("failed", { message: change.error.message }) : null}
        {change.isSuccess && isGiven ? t("saved") : null}
        {!change.isError && !isGiven && changedSeconds !== null ? t("off") : null}
      </p>
    </Card>
  );
}
