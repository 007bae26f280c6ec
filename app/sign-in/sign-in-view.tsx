"use client";

import { useMutation } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useTranslations } from "next-intl";
import { type FormEvent, useEffect, useState } from "react";
import { authCall, canUsePasskeys, signInWithPasskey } from "../account/auth-call.ts";
import { Field, Outcome } from "../account/field.tsx";
import { safeNext, useArrive } from "../account/use-arrive.ts";
import { useProblem } from "../account/use-problem.ts";
import { Button } from "../components/ui/button.tsx";
import { Card, CardTitle } from "../components/ui/card.tsx";
import { useTRPC } from "../lib/trpc.tsx";
import { useHydrated } from "../lib/use-hydrated.ts";

type Ways = { providers: { id: string; name: string }[]; hasMail: boolean };
/** Why signing in at a provider did not work; null: it did, or was not tried. */
type Failed = "failed" | "notLinked" | null;
type Props = { ways: Ways; next: string | null; failed: Failed; hasNewPassword: boolean };

export function SignInView({ ways, next, failed, hasNewPassword }: Props) {
  return (
    <div className="grid max-w-4xl items-start gap-6 md:grid-cols-2">
      <SignIn ways={ways} next={next} failed={failed} hasNewPassword={hasNewPassword} />
      <div className="space-y-6">
        <MailForm kind="new" hasMail={ways.hasMail} />
        <MailForm kind="forgot" hasMail={ways.hasMail} />
      </div>
    </div>
  );
}

function SignIn({ ways, next, failed, hasNewPassword }: Props) {
  const t = useTranslations("signIn");
  const arrive = useArrive();
  const problem = useProblem();
  const isHydrated = useHydrated();
  const [hasPasskeys, setHasPasskeys] = useState(false);
  // Only the browser knows.
  useEffect(() => setHasPasskeys(canUsePasskeys()), []);
  const signIn = useMutation({
    mutationFn: async (attempt: () => ReturnType<typeof authCall>) => {
      const answer = await attempt();
      if (answer.ok) await arrive(next);
      return answer;
    },
  });
  const bad = signIn.data?.ok === false ? problem(signIn.data) : failed === null ? undefined : t(failed);
  const byPassword = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    signIn.mutate(() => authCall("sign-in/email", { email: form.get("email"), password: form.get("password") }));
  };
  return (
    <Card className="space-y-4">
      <CardTitle>{t("signIn")}</CardTitle>
      {/* Sent before the script runs, a form would put its fields into the address; as a post it does not. */}
      <form method="post" onSubmit={byPassword} className="grid gap-4">
        <Field label={t("email")} name="email" type="email" autoComplete="username webauthn" required />
        <Field label={t("password")} name="password" type="password" autoComplete="current-password" required />
        <Outcome good={hasNewPassword ? t("newPasswordSet") : undefined} bad={bad} />
        <Button type="submit" className="w-full" disabled={!isHydrated || signIn.isPending}>
          {t("signIn")}
        </Button>
      </form>
      {hasPasskeys ? (
        <Button
          variant="outline"
          className="w-full"
          disabled={signIn.isPending}
          onClick={() => signIn.mutate(signInWithPasskey)}
        >
          <KeyRound aria-hidden="true" />
          {t("withPasskey")}
        </Button>
      ) : null}
      {ways.providers.map(({ id, name }) => (
        <ProviderButton key={id} id={id} name={name} next={next} />
      ))}
    </Card>
  );
}

function ProviderButton({ id, name, next }: { id: string; name: string; next: string | null }) {
  const t = useTranslations("signIn");
  const problem = useProblem();
  const go = useMutation({
    mutationFn: async () => {
      const done = `/sign-in/done?next=${encodeURIComponent(safeNext(next))}`;
      const request = { provider: id, callbackURL: done, errorCallbackURL: "/sign-in" };
      const answer = await authCall<{ url: string }>("sign-in/social", request);
      if (answer.ok) window.location.assign(answer.data.url);
      return answer;
    },
  });
  return (
    <div className="space-y-2">
      <Button variant="outline" className="w-full" disabled={go.isPending} onClick={() => go.mutate()}>
        {t("withProvider", { name })}
      </Button>
      <Outcome bad={go.data?.ok === false ? problem(go.data) : undefined} />
    </div>
  );
}

/** A new account, or a new password: either way a link comes by mail, and the answer never says whose address it is. */
function MailForm({ kind, hasMail }: { kind: "new" | "forgot"; hasMail: boolean }) {
  const t = useTranslations("signIn");
  const trpc = useTRPC();
  const problem = useProblem();
  const isHydrated = useHydrated();
  const signUp = useMutation(trpc.account.signUp.mutationOptions());
  const reset = useMutation({ mutationFn: (email: string) => authCall("request-password-reset", { email }) });
  const isDone = kind === "new" ? signUp.isSuccess : reset.data?.ok === true;
  const bad = reset.data?.ok === false ? problem(reset.data) : undefined;
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const email = String(new FormData(event.currentTarget).get("email"));
    if (kind === "new") signUp.mutate({ email });
    else reset.mutate(email);
  };
  return (
    <Card data-testid={`mail-${kind}`}>
      <CardTitle>{t(`${kind}.title`)}</CardTitle>
      <p className="mt-1 text-sm text-pretty text-muted">{t(`${kind}.text`)}</p>
      <form method="post" onSubmit={send} className="mt-4 grid gap-3">
        <Field label={t("email")} name="email" type="email" autoComplete="email" required />
        <Button
          type="submit"
          variant={kind === "new" ? "primary" : "outline"}
          className="w-full"
          disabled={!isHydrated || signUp.isPending || reset.isPending}
        >
          {t(`${kind}.send`)}
        </Button>
        <Outcome good={isDone ? t("mailSent") : undefined} bad={bad} error={signUp.error} />
        {isDone && !hasMail ? <p className="text-sm text-muted">{t("noMailServer")}</p> : null}
      </form>
    </Card>
  );
}
