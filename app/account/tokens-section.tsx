"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Field, FormError, Input, Select } from "../components/form/field.tsx";
import { SecretOnce } from "../components/form/secret-once.tsx";
import { type RowFocus, useRowFocus } from "../components/here/use-row-focus.ts";
import { Badge } from "../components/ui/badge.tsx";
import { Button } from "../components/ui/button.tsx";
import { Card, CardTitle } from "../components/ui/card.tsx";
import { ConfirmDialog } from "../components/ui/confirm-dialog.tsx";
import { Skeleton } from "../components/ui/states.tsx";
import { When } from "../components/when.tsx";
import { useRefusalText } from "../lib/refusal-text.ts";
import { type TokenSeen, useTRPC } from "../lib/trpc.tsx";

const SCOPES = ["read", "submit", "publish", "manage"] as const;
const DAYS = [7, 30, 90, 366] as const;

/**
 * Personal tokens: what lets the person's programs act for them. For the account page of somebody who is signed in; needs the
 * messages `tokens`, `secret` and `refusal`.
 */
export function TokensSection() {
  const t = useTranslations("tokens");
  const trpc = useTRPC();
  const refusalText = useRefusalText();
  const tokens = useQuery(trpc.token.list.queryOptions());
  const focus = useRowFocus(tokens.data?.map(({ id }) => id) ?? []);
  return (
    <Card id="tokens" className="space-y-5">
      <div>
        <CardTitle ref={focus.heading} tabIndex={-1}>
          {t("title")}
        </CardTitle>
        <p className="mt-1 max-w-prose text-pretty text-muted">{t("text")}</p>
      </div>
      {tokens.isPending ? <Skeleton className="h-16" label={t("title")} /> : null}
      {tokens.isError ? <FormError>{refusalText(tokens.error)}</FormError> : null}
      {tokens.data?.length === 0 ? <p className="text-sm text-muted">{t("none")}</p> : null}
      {tokens.data && tokens.data.length > 0 ? (
        <ul className="divide-y" aria-label={t("title")}>
          {tokens.data.map((token) => (
            <TokenRow key={token.id} token={token} focus={focus} />
          ))}
        </ul>
      ) : null}
      <NewToken />
    </Card>
  );
}

function TokenRow({ token, focus }: { token: TokenSeen; focus: RowFocus<number> }) {
  const t = useTranslations("tokens");
  const trpc = useTRPC();
  const queries = useQueryClient();
  const refusalText = useRefusalText();
  const revoke = useMutation(
    trpc.token.revoke.mutationOptions({
      onSuccess: () => queries.invalidateQueries({ queryKey: trpc.token.pathKey() }),
    }),
  );
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-3">
      <div className="min-w-0 space-y-1">
        <p className="font-medium wrap-anywhere">
          {token.name} <span className="font-mono text-sm font-normal text-muted">qrt_…{token.ending}</span>
        </p>
        <p className="flex flex-wrap items-center gap-2 text-sm">
          {token.scopes.map((scope) => (
            <Badge key={scope} tone="accent">
              {t(`scope.${scope}`)}
            </Badge>
          ))}
          {token.projectSlug === null ? null : <Badge>{t("only", { project: token.projectSlug })}</Badge>}
          {token.isExpired ? <Badge tone="bad">{t("expired")}</Badge> : null}
        </p>
        <p className="text-sm text-muted">
          {token.lastUsedSeconds === null ? (
            t("neverUsed")
          ) : (
            <>
              {t("lastUsed")} <When seconds={token.lastUsedSeconds} />
            </>
          )}
          {" · "}
          {token.expiresSeconds === null ? (
            t("noEnd")
          ) : (
            <>
              {t("until")} <When seconds={token.expiresSeconds} />
            </>
          )}
        </p>
        {revoke.isError ? <FormError>{refusalText(revoke.error)}</FormError> : null}
      </div>
      <ConfirmDialog
        trigger={t("revoke")}
        title={t("revokeTitle", { name: token.name })}
        text={t("revokeText")}
        confirm={t("revoke")}
        cancel={t("cancel")}
        disabled={revoke.isPending}
        buttonRef={focus.button(token.id)}
        onConfirm={() => {
          focus.leaving(token.id);
          revoke.mutate({ id: token.id });
        }}
      />
    </li>
  );
}

function NewToken() {
  const t = useTranslations("tokens");
  const trpc = useTRPC();
  const queries = useQueryClient();
  const refusalText = useRefusalText();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly (typeof SCOPES)[number][]>(["read"]);
  const [projectSlug, setProject] = useState<string | null>(null);
  const [days, setDays] = useState<number | null>(90);
  const projects = useQuery(trpc.project.mine.queryOptions()).data ?? [];
  const create = useMutation(
    trpc.token.create.mutationOptions({
      onSuccess: () => {
        setName("");
        return queries.invalidateQueries({ queryKey: trpc.token.pathKey() });
      },
    }),
  );
  return (
    <form
      className="space-y-4 border-t pt-5"
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate({ name, scopes: [...scopes], projectSlug, days });
      }}
    >
      <h3 className="font-medium">{t("new")}</h3>
      <div className="grid gap-4 sm:grid-cols-3">
        <Field label={t("name")} hint={t("nameHint")}>
          {(wiring) => (
            <Input {...wiring} required maxLength={60} value={name} onChange={({ target }) => setName(target.value)} />
          )}
        </Field>
        <Field label={t("project")}>
          {(wiring) => (
            <Select
              {...wiring}
              value={projectSlug ?? ""}
              onChange={({ target }) => setProject(target.value === "" ? null : target.value)}
            >
              <option value="">{t("allProjects")}</option>
              {projects.map((project) => (
                <option key={project.slug} value={project.slug}>
                  {project.name}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label={t("end")}>
          {(wiring) => (
            <Select
              {...wiring}
              value={days ?? ""}
              onChange={({ target }) => setDays(target.value === "" ? null : Number(target.value))}
            >
              {DAYS.map((each) => (
                <option key={each} value={each}>
                  {t("days", { days: each })}
                </option>
              ))}
              <option value="">{t("noEnd")}</option>
            </Select>
          )}
        </Field>
      </div>
      <fieldset>
        <legend className="mb-1 font-medium">{t("scopes")}</legend>
        <div className="grid gap-2 sm:grid-cols-2">
          {SCOPES.map((scope) => (
            <label key={scope} className="flex cursor-pointer items-start gap-3 py-1">
              <input
                type="checkbox"
                className="mt-1 size-4 accent-accent"
                checked={scopes.includes(scope)}
                onChange={({ target }) =>
                  setScopes(target.checked ? [...scopes, scope] : scopes.filter((each) => each !== scope))
                }
              />
              <span>
                <span className="block font-medium">{t(`scope.${scope}`)}</span>
                <span className="block text-sm text-muted">{t(`scopeText.${scope}`)}</span>
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      {create.isError ? <FormError>{refusalText(create.error)}</FormError> : null}
      {create.data ? <SecretOnce title={t("made")} text={t("madeText")} secret={create.data.token} /> : null}
      <Button type="submit" disabled={create.isPending || scopes.length === 0}>
        {t("create")}
      </Button>
    </form>
  );
}
