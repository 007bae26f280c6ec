"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { takeFocus } from "../components/here/take-focus.ts";
import { Button } from "../components/ui/button.tsx";
import { ConfirmDialog } from "../components/ui/confirm-dialog.tsx";
import { useTRPC } from "../lib/trpc.tsx";
import { authCall } from "./auth-call.ts";
import { Outcome } from "./field.tsx";
import { useProblem } from "./use-problem.ts";

/** What became of linking, when the browser comes back from a provider. */
export type Linked = { provider: string | null; error: string | null };

const ERRORS = {
  account_already_linked_to_different_user: "taken",
  access_denied: "declined",
  signed_out: "signedOut",
} as const;

/** Accounts elsewhere that sign this person in, and those that may. */
export function Providers({ linked, arrived }: { linked: readonly string[]; arrived: Linked }) {
  const t = useTranslations("account.linked");
  const trpc = useTRPC();
  const client = useQueryClient();
  const problem = useProblem();
  const ways = useQuery(trpc.account.ways.queryOptions());
  const offered = ways.data?.providers ?? [];
  const nameOf = (id: string) => offered.find((provider) => provider.id === id)?.name ?? id;
  const link = useMutation({
    mutationFn: async (provider: string) => {
      const callbackURL = `/account?linked=${provider}`;
      const request = { provider, callbackURL, errorCallbackURL: callbackURL };
      const answer = await authCall<{ url: string }>("link-social", request);
      if (answer.ok) window.location.assign(answer.data.url);
      return answer;
    },
  });
  const unlink = useMutation(
    trpc.account.unlinkProvider.mutationOptions({
      onSuccess: () => client.invalidateQueries({ queryKey: trpc.account.overview.queryKey() }),
    }),
  );
  const open = offered.filter(({ id }) => !linked.includes(id));
  if (linked.length === 0 && open.length === 0 && !unlink.isSuccess) return null;
  // The button that unlinked is gone: the focus goes to the one that links again, or where there is none to the heading.
  const gone = unlink.isSuccess ? unlink.variables.provider : undefined;
  const isBack = open.some(({ id }) => id === gone);
  const isBusy = link.isPending || unlink.isPending;
  const known = Object.entries(ERRORS).find(([code]) => code === arrived.error)?.[1];
  const cameBack = arrived.provider !== null;
  const failed = cameBack && arrived.error !== null ? t(`error.${known ?? "other"}`) : undefined;
  const isThere = cameBack && arrived.error === null && linked.includes(arrived.provider ?? "");
  return (
    <div className="border-t pt-4" data-testid="providers">
      <h3 className="font-medium" tabIndex={-1} ref={gone !== undefined && !isBack ? takeFocus : null}>
        {t("title")}
      </h3>
      <p className="text-sm text-pretty text-muted">{t("text")}</p>
      <ul className="mt-2 divide-y">
        {linked.map((id) => (
          <li key={id} className="flex flex-wrap items-center justify-between gap-3 py-2">
            <span className="wrap-anywhere">{nameOf(id)}</span>
            <ConfirmDialog
              trigger={t("remove", { name: nameOf(id) })}
              title={t("removeTitle", { name: nameOf(id) })}
              text={t("removeText", { name: nameOf(id) })}
              confirm={t("removeYes")}
              cancel={t("cancel")}
              disabled={isBusy}
              onConfirm={() => unlink.mutate({ provider: id })}
            />
          </li>
        ))}
      </ul>
      <div className="mt-2 flex flex-wrap gap-2">
        {open.map(({ id, name }) => (
          <Button
            key={id}
            ref={id === gone ? takeFocus : null}
            variant="outline"
            size="sm"
            disabled={isBusy}
            onClick={() => link.mutate(id)}
          >
            {t("add", { name })}
          </Button>
        ))}
      </div>
      <Outcome
        good={
          unlink.isSuccess ? t("removed") : isThere ? t("added", { name: nameOf(arrived.provider ?? "") }) : undefined
        }
        error={unlink.error}
        bad={link.data?.ok === false ? problem(link.data) : link.isIdle && unlink.isIdle ? failed : undefined}
      />
    </div>
  );
}
