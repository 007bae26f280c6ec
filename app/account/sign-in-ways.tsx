"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { type FormEvent, useEffect, useState } from "react";
import { useRowFocus } from "../components/here/use-row-focus.ts";
import { Button } from "../components/ui/button.tsx";
import { Card, CardTitle } from "../components/ui/card.tsx";
import { When } from "../components/when.tsx";
import { useTRPC } from "../lib/trpc.tsx";
import { addPasskey, authCall, canUsePasskeys } from "./auth-call.ts";
import { describeAgent } from "./describe-agent.ts";
import { Field, Outcome } from "./field.tsx";
import { type Linked, Providers } from "./providers.tsx";
import { useProblem } from "./use-problem.ts";

type Passkey = { id: string; name: string | null; sinceSeconds: number | null };
type SignIn = { email: string; hasPassword: boolean; providers: string[]; passkeys: Passkey[] };

/** How this person signs in, and what of it they may change. */
export function SignInWays({ signIn, linked }: { signIn: SignIn; linked: Linked }) {
  const t = useTranslations("account.ways");
  return (
    <Card className="space-y-5" data-testid="ways">
      <div>
        <CardTitle>{t("title")}</CardTitle>
        <p className="mt-1 break-words text-muted">{signIn.email}</p>
      </div>
      <Passkeys passkeys={signIn.passkeys} />
      <Providers linked={signIn.providers} arrived={linked} />
      {signIn.hasPassword ? <ChangePassword /> : <SetPassword email={signIn.email} />}
      <ChangeEmail />
    </Card>
  );
}

function Passkeys({ passkeys }: { passkeys: readonly Passkey[] }) {
  const t = useTranslations("account.passkeys");
  const trpc = useTRPC();
  const client = useQueryClient();
  const problem = useProblem();
  const [isPossible, setPossible] = useState(false);
  // Only the browser knows.
  useEffect(() => setPossible(canUsePasskeys()), []);
  const refresh = () => client.invalidateQueries({ queryKey: trpc.account.overview.queryKey() });
  const add = useMutation({
    mutationFn: () => addPasskey(describeAgent(navigator.userAgent) ?? ""),
    onSuccess: refresh,
  });
  const remove = useMutation(trpc.account.removePasskey.mutationOptions({ onSuccess: refresh }));
  const focus = useRowFocus(passkeys.map(({ id }) => id));
  return (
    <div className="border-t pt-4" data-testid="passkeys">
      <h3 ref={focus.heading} tabIndex={-1} className="font-medium">
        {t("title")}
      </h3>
      <p className="text-sm text-pretty text-muted">{t("text")}</p>
      <ul className="mt-2 divide-y">
        {passkeys.map((passkey) => (
          <li key={passkey.id} className="flex items-center justify-between gap-3 py-2">
            <span className="min-w-0">
              <span className="block truncate">{passkey.name || t("nameless")}</span>
              <span className="text-sm text-muted">
                <When seconds={passkey.sinceSeconds} />
              </span>
            </span>
            <Button
              ref={focus.button(passkey.id)}
              variant="outline"
              size="sm"
              disabled={remove.isPending}
              onClick={() => {
                focus.leaving(passkey.id);
                remove.mutate({ id: passkey.id });
              }}
            >
              {t("remove")}
            </Button>
          </li>
        ))}
      </ul>
      {isPossible ? (
        <Button variant="outline" size="sm" className="mt-2" disabled={add.isPending} onClick={() => add.mutate()}>
          {t("add")}
        </Button>
      ) : (
        <p className="mt-2 text-sm text-muted">{t("impossible")}</p>
      )}
      <Outcome
        good={add.data?.ok === true ? t("added") : undefined}
        error={remove.error}
        bad={add.data?.ok === false ? problem(add.data) : undefined}
      />
    </div>
  );
}

function ChangePassword() {
  const t = useTranslations("account.password");
  const trpc = useTRPC();
  const client = useQueryClient();
  const problem = useProblem();
  const change = useMutation({
    mutationFn: (body: { currentPassword: string; newPassword: string }) => authCall("change-password", body),
    onSuccess: () => client.invalidateQueries({ queryKey: trpc.account.sessions.queryKey() }),
  });
  const save = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    change.mutate({ currentPassword: String(form.get("current")), newPassword: String(form.get("new")) });
  };
  return (
    <details className="border-t pt-4">
      <summary className="cursor-pointer font-medium">{t("title")}</summary>
      <form method="post" onSubmit={save} className="mt-3 grid gap-3 [&>button]:justify-self-start">
        <Field label={t("current")} name="current" type="password" autoComplete="current-password" required />
        <Field
          label={t("new")}
          hint={t("hint")}
          name="new"
          type="password"
          autoComplete="new-password"
          minLength={10}
          maxLength={128}
          required
        />
        <Button type="submit" size="sm" disabled={change.isPending}>
          {t("save")}
        </Button>
        <Outcome
          good={change.data?.ok === true ? t("saved") : undefined}
          bad={change.data?.ok === false ? problem(change.data) : undefined}
        />
      </form>
    </details>
  );
}

/** Somebody who came by a provider or a passkey gets a link, as if they had forgotten one. */
function SetPassword({ email }: { email: string }) {
  const t = useTranslations("account.password");
  const problem = useProblem();
  const send = useMutation({ mutationFn: () => authCall("request-password-reset", { email }) });
  return (
    <div className="border-t pt-4">
      <p className="text-sm text-muted">{t("none")}</p>
      <Button variant="outline" size="sm" className="mt-2" disabled={send.isPending} onClick={() => send.mutate()}>
        {t("choose")}
      </Button>
      <Outcome
        good={send.data?.ok === true ? t("sent") : undefined}
        bad={send.data?.ok === false ? problem(send.data) : undefined}
      />
    </div>
  );
}

function ChangeEmail() {
  const t = useTranslations("account.email");
  const problem = useProblem();
  const change = useMutation({
    mutationFn: (newEmail: string) => authCall("change-email", { newEmail, callbackURL: "/account" }),
  });
  const save = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    change.mutate(String(new FormData(event.currentTarget).get("email")));
  };
  return (
    <details className="border-t pt-4">
      <summary className="cursor-pointer font-medium">{t("title")}</summary>
      <form method="post" onSubmit={save} className="mt-3 grid gap-3 [&>button]:justify-self-start">
        <Field label={t("new")} hint={t("hint")} name="email" type="email" autoComplete="email" required />
        <Button type="submit" size="sm" disabled={change.isPending}>
          {t("save")}
        </Button>
        <Outcome
          good={change.data?.ok === true ? t("sent") : undefined}
          bad={change.data?.ok === false ? problem(change.data) : undefined}
        />
      </form>
    </details>
  );
}
