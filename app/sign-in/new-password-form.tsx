"use client";

import { useMutation } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { type FormEvent, useEffect, useState } from "react";
import { authCall } from "../account/auth-call.ts";
import { Field, Outcome } from "../account/field.tsx";
import { useArrive } from "../account/use-arrive.ts";
import { useProblem } from "../account/use-problem.ts";
import { Button } from "../components/ui/button.tsx";
import { Card } from "../components/ui/card.tsx";
import { Empty } from "../components/ui/states.tsx";
import { useTRPC } from "../lib/trpc.tsx";

const SHORTEST = 10;

/** The page behind a link from a mail. Its secret stands after #, which browsers send to no server. */
export function NewPasswordForm({ kind }: { kind: "finish" | "reset" }) {
  const t = useTranslations("signIn");
  const trpc = useTRPC();
  const router = useRouter();
  const arrive = useArrive();
  const problem = useProblem();
  const [token, setToken] = useState<string | null>(null);
  useEffect(() => setToken(window.location.hash.slice(1)), []);
  const finish = useMutation(trpc.account.finishSignUp.mutationOptions());
  const save = useMutation({
    mutationFn: async (password: string) => {
      if (kind === "reset") {
        const answer = await authCall("reset-password", { token, newPassword: password });
        if (answer.ok) router.replace("/sign-in?done=reset");
        return answer;
      }
      const { email } = await finish.mutateAsync({ token: token ?? "", password });
      const answer = await authCall("sign-in/email", { email, password });
      if (answer.ok) await arrive(null);
      return answer;
    },
  });
  if (token === "") {
    return (
      <Empty title={t("link.broken")}>
        <Link href="/sign-in" className="underline">
          {t("link.again")}
        </Link>
      </Empty>
    );
  }
  const bad = save.data?.ok === false ? problem(save.data) : undefined;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    save.mutate(String(new FormData(event.currentTarget).get("password")));
  };
  return (
    <Card className="max-w-md">
      <form method="post" onSubmit={submit} className="grid gap-4">
        <Field
          label={t("newPassword")}
          hint={t("passwordHint")}
          name="password"
          type="password"
          autoComplete="new-password"
          minLength={SHORTEST}
          maxLength={128}
          required
        />
        <Button type="submit" className="w-full" disabled={save.isPending || token === null}>
          {t(`${kind}.save`)}
        </Button>
        <Outcome bad={bad} error={finish.error} />
        {bad === undefined && finish.error === null ? null : (
          <Link href="/sign-in" className="text-sm underline">
            {t("link.again")}
          </Link>
        )}
      </form>
    </Card>
  );
}
