"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useId, useState } from "react";
import { Field, FormDone, FormError, Input } from "../../../components/form/field.tsx";
import { SecretOnce } from "../../../components/form/secret-once.tsx";
import { Badge } from "../../../components/ui/badge.tsx";
import { Button } from "../../../components/ui/button.tsx";
import { Card, CardTitle } from "../../../components/ui/card.tsx";
import { Switch } from "../../../components/ui/switch.tsx";
import { type ProjectHandler, useTRPC } from "../../../lib/trpc.tsx";
import { useRefresh, useRefusalText } from "./use-change.ts";

/** How the project is told of its results: webhooks and files, beside the table that every project has. */
export function Handlers({ slug }: { slug: string }) {
  const t = useTranslations("projectSettings.handlers");
  const trpc = useTRPC();
  const refresh = useRefresh();
  const refusalText = useRefusalText();
  const [url, setUrl] = useState("");
  const handlers = useQuery(trpc.handler.list.queryOptions({ slug }));
  const add = useMutation(
    trpc.handler.add.mutationOptions({
      onSuccess: () => {
        setUrl("");
        return refresh();
      },
    }),
  );
  const failed = add.error ?? handlers.error;
  const hasExport = handlers.data?.some(({ kind }) => kind === "export") ?? true;
  return (
    <Card id="handlers" className="space-y-4">
      <div>
        <CardTitle>{t("title")}</CardTitle>
        <p className="mt-1 max-w-prose text-muted">{t("text")}</p>
      </div>
      <ul className="divide-y">
        <li className="py-3">
          <span className="font-medium">{t("table")}</span>
          <span className="block text-sm text-muted">{t("tableText")}</span>
        </li>
        {handlers.data?.map((handler) => (
          <Handler key={handler.id} slug={slug} handler={handler} />
        ))}
      </ul>
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate({ slug, kind: "webhook", url: url.trim() });
        }}
      >
        <Field label={t("url")} className="min-w-64 flex-1">
          {(wiring) => (
            <Input
              {...wiring}
              type="url"
              required
              maxLength={2_000}
              placeholder="https://"
              value={url}
              onChange={({ target }) => setUrl(target.value)}
            />
          )}
        </Field>
        <Button type="submit" disabled={add.isPending}>
          {t("addWebhook")}
        </Button>
        {hasExport ? null : (
          <Button variant="outline" disabled={add.isPending} onClick={() => add.mutate({ slug, kind: "export" })}>
            {t("addExport")}
          </Button>
        )}
      </form>
      {failed ? <FormError>{refusalText(failed)}</FormError> : null}
      {add.data?.secret ? <SecretOnce title={t("secret")} text={t("secretText")} secret={add.data.secret} /> : null}
    </Card>
  );
}

function Handler({ slug, handler }: { slug: string; handler: ProjectHandler }) {
  const t = useTranslations("projectSettings.handlers");
  const trpc = useTRPC();
  const refresh = useRefresh();
  const refusalText = useRefusalText();
  const id = useId();
  const { id: handlerId, kind, url, enabled, waiting, lastError } = handler;
  const turn = useMutation(trpc.handler.switch.mutationOptions({ onSuccess: refresh }));
  const test = useMutation(trpc.handler.test.mutationOptions());
  const failed = turn.error ?? test.error;
  return (
    <li className="space-y-2 py-3">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <div className="min-w-0">
          <p id={`${id}-name`} className="font-medium wrap-anywhere">
            {kind === "webhook" ? url : t("export")}
          </p>
          <p className="flex flex-wrap items-center gap-2 text-sm text-muted">
            {!enabled ? <Badge>{t("off")}</Badge> : null}
            {enabled && handler.failingSinceSeconds === null ? <Badge tone="good">{t("works")}</Badge> : null}
            {enabled && handler.failingSinceSeconds !== null ? <Badge tone="bad">{t("fails")}</Badge> : null}
            {t("waiting", { count: waiting })}
          </p>
        </div>
        <div className="flex items-center gap-3">
          {kind === "webhook" ? (
            <Button
              variant="outline"
              size="sm"
              disabled={test.isPending}
              onClick={() => test.mutate({ slug, handlerId })}
            >
              {t(test.isPending ? "testing" : "test")}
            </Button>
          ) : null}
          <Switch
            id={`${id}-on`}
            checked={enabled}
            describedBy={`${id}-name`}
            onChange={(on) => turn.mutate({ slug, handlerId, enabled: on })}
          />
          <label htmlFor={`${id}-on`} className="sr-only">
            {t("on")}
          </label>
        </div>
      </div>
      {lastError !== null ? <p className="text-sm text-bad wrap-anywhere">{lastError}</p> : null}
      {test.data?.ok ? <FormDone>{t("testGood", { status: test.data.status ?? 0, ms: test.data.ms })}</FormDone> : null}
      {test.data && !test.data.ok ? <FormError>{t("testBad", { error: test.data.error ?? "" })}</FormError> : null}
      {failed ? <FormError>{refusalText(failed)}</FormError> : null}
    </li>
  );
}
