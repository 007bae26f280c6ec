"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import type { FormEvent } from "react";
import { Button } from "../components/ui/button.tsx";
import { Card, CardTitle } from "../components/ui/card.tsx";
import { useTRPC } from "../lib/trpc.tsx";
import { Field, Outcome } from "./field.tsx";

/** For people without an account: a code that brings their credit back when the browser has forgotten them. */
export function RecoveryCode({ hasCode }: { hasCode: boolean }) {
  const t = useTranslations("account.recovery");
  const trpc = useTRPC();
  const client = useQueryClient();
  const make = useMutation(
    trpc.account.makeRecoveryCode.mutationOptions({
      onMutate: () => {
        // Asks the browser not to delete what is not visited; it may say no, and there is the code.
        void navigator.storage?.persist?.().catch(() => false);
      },
      onSuccess: () => client.invalidateQueries({ queryKey: trpc.account.overview.queryKey() }),
    }),
  );
  return (
    <Card data-testid="recovery">
      <CardTitle>{t("title")}</CardTitle>
      <p className="mt-1 text-sm text-pretty text-muted">{t("text")}</p>
      {make.data === undefined ? (
        <Button variant="outline" size="sm" className="mt-3" disabled={make.isPending} onClick={() => make.mutate()}>
          {hasCode ? t("again") : t("make")}
        </Button>
      ) : (
        <div role="status" className="mt-3">
          <code className="block rounded-lg bg-sunken px-3 py-2 text-center tracking-wide" data-testid="recovery-code">
            {make.data.code}
          </code>
          <p className="mt-2 text-sm text-muted">{t("once")}</p>
        </div>
      )}
      <Outcome error={make.error} />
    </Card>
  );
}

/** Entering such a code. */
export function RecoverForm() {
  const t = useTranslations("account.recover");
  const trpc = useTRPC();
  const client = useQueryClient();
  const recover = useMutation(trpc.account.recover.mutationOptions({ onSuccess: () => client.invalidateQueries() }));
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    recover.mutate({ code: String(new FormData(event.currentTarget).get("code")) });
  };
  return (
    <Card data-testid="recover">
      <details>
        <summary className="cursor-pointer font-medium">{t("title")}</summary>
        <form method="post" onSubmit={submit} className="mt-3 grid gap-3 [&>button]:justify-self-start">
          <Field label={t("code")} name="code" autoComplete="off" spellCheck={false} maxLength={60} required />
          <Button type="submit" size="sm" disabled={recover.isPending}>
            {t("submit")}
          </Button>
          <Outcome good={recover.isSuccess ? t("done") : undefined} error={recover.error} />
        </form>
      </details>
    </Card>
  );
}
