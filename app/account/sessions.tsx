"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useRowFocus } from "../components/here/use-row-focus.ts";
import { Button } from "../components/ui/button.tsx";
import { Card, CardTitle } from "../components/ui/card.tsx";
import { ConfirmDialog } from "../components/ui/confirm-dialog.tsx";
import { When } from "../components/when.tsx";
import { useTRPC } from "../lib/trpc.tsx";
import { authCall } from "./auth-call.ts";
import { describeAgent } from "./describe-agent.ts";
import { Outcome } from "./field.tsx";

/** Browsers that are signed in. */
export function Sessions() {
  const t = useTranslations("account.sessions");
  const trpc = useTRPC();
  const client = useQueryClient();
  const router = useRouter();
  const sessions = useQuery(trpc.account.sessions.queryOptions());
  const refresh = () => client.invalidateQueries({ queryKey: trpc.account.sessions.queryKey() });
  const leave = async () => {
    router.push("/sign-in");
    await client.invalidateQueries();
  };
  const end = useMutation(trpc.account.endSession.mutationOptions({ onSuccess: refresh }));
  const endAll = useMutation(trpc.account.endAllSessions.mutationOptions({ onSuccess: leave }));
  const signOut = useMutation({ mutationFn: () => authCall("sign-out", {}), onSuccess: leave });
  const focus = useRowFocus(sessions.data?.map(({ id }) => id) ?? []);
  return (
    <Card data-testid="sessions">
      <CardTitle ref={focus.heading} tabIndex={-1}>
        {t("title")}
      </CardTitle>
      <ul className="mt-3 divide-y">
        {sessions.data?.map((session) => (
          <li key={session.id} className="flex items-center justify-between gap-3 py-3">
            <div className="min-w-0">
              <p className="truncate font-medium">
                {describeAgent(session.userAgent) ?? t("unknown")}
                {session.isThis ? <span className="ml-2 text-sm font-normal text-accent">{t("this")}</span> : null}
              </p>
              <p className="text-sm text-muted">
                <When seconds={session.sinceSeconds} />
              </p>
            </div>
            {session.isThis ? (
              <Button
                ref={focus.button(session.id)}
                variant="outline"
                size="sm"
                disabled={signOut.isPending}
                onClick={() => signOut.mutate()}
              >
                {t("signOut")}
              </Button>
            ) : (
              <Button
                ref={focus.button(session.id)}
                variant="outline"
                size="sm"
                disabled={end.isPending}
                onClick={() => {
                  focus.leaving(session.id);
                  end.mutate({ id: session.id });
                }}
              >
                {t("end")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <div className="mt-3">
        <ConfirmDialog
          trigger={t("endAll")}
          title={t("endAllTitle")}
          text={t("endAllText")}
          confirm={t("endAll")}
          cancel={t("cancel")}
          disabled={endAll.isPending}
          onConfirm={() => endAll.mutate()}
        />
      </div>
      <Outcome error={end.error ?? endAll.error} />
    </Card>
  );
}
