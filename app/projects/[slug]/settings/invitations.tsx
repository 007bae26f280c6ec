"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Field, FormError, Input, Select } from "../../../components/form/field.tsx";
import { SecretOnce } from "../../../components/form/secret-once.tsx";
import { Button } from "../../../components/ui/button.tsx";
import { Card, CardTitle } from "../../../components/ui/card.tsx";
import { When } from "../../../components/when.tsx";
import { useTRPC } from "../../../lib/trpc.tsx";
import type { Rights } from "./settings-view.tsx";
import { useRefresh, useRefusalText } from "./use-change.ts";

/** Links that let others in, those that are still good, and a new one. */
export function Invitations({ slug, rights }: { slug: string; rights: Rights }) {
  const t = useTranslations("projectSettings.invitations");
  const roles = useTranslations("projectSettings.members.roles");
  const trpc = useTRPC();
  const refresh = useRefresh();
  const refusalText = useRefusalText();
  const offered = rights.isOwner ? (["submitter", "admin", "owner"] as const) : (["submitter", "admin"] as const);
  const [role, setRole] = useState<"submitter" | "admin" | "owner">("submitter");
  const [email, setEmail] = useState("");
  const open = useQuery(trpc.invitation.list.queryOptions({ slug }));
  const create = useMutation(trpc.invitation.create.mutationOptions({ onSuccess: refresh }));
  const withdraw = useMutation(trpc.invitation.withdraw.mutationOptions({ onSuccess: refresh }));
  const failed = create.error ?? withdraw.error ?? open.error;
  return (
    <Card id="invitations" className="space-y-4">
      <div>
        <CardTitle>{t("title")}</CardTitle>
        <p className="mt-1 max-w-prose text-muted">{t("text")}</p>
      </div>
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate({ slug, role, email: email.trim() === "" ? null : email.trim() });
        }}
      >
        <Field label={t("role")}>
          {(wiring) => (
            <Select
              {...wiring}
              value={role}
              onChange={({ target }) => setRole(offered.find((each) => each === target.value) ?? "submitter")}
            >
              {offered.map((each) => (
                <option key={each} value={each}>
                  {roles(each)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label={t("email")} className="min-w-56 flex-1">
          {(wiring) => (
            <Input
              {...wiring}
              type="email"
              maxLength={254}
              autoComplete="off"
              value={email}
              onChange={({ target }) => setEmail(target.value)}
            />
          )}
        </Field>
        <Button type="submit" disabled={create.isPending}>
          {t("create")}
        </Button>
      </form>
      {failed ? <FormError>{refusalText(failed)}</FormError> : null}
      {create.data ? (
        <SecretOnce title={t("link")} text={t("linkText")} secret={`${window.location.origin}${create.data.path}`} />
      ) : null}
      {open.data && open.data.length > 0 ? (
        <ul className="divide-y" aria-label={t("open")}>
          {open.data.map((invitation) => (
            <li key={invitation.id} className="flex flex-wrap items-center justify-between gap-3 py-3">
              <span>
                <span className="font-medium">{roles(invitation.role)}</span>
                {invitation.email ? <span className="wrap-anywhere"> · {invitation.email}</span> : null}
                <span className="block text-sm text-muted">
                  {t("by", { name: invitation.createdBy ?? "–" })} <When seconds={invitation.createdSeconds} />
                </span>
              </span>
              <Button
                variant="outline"
                size="sm"
                disabled={withdraw.isPending}
                onClick={() => withdraw.mutate({ slug, id: invitation.id })}
              >
                {t("withdraw")}
              </Button>
            </li>
          ))}
        </ul>
      ) : (
        <p className="text-sm text-muted">{t("none")}</p>
      )}
    </Card>
  );
}
