"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { Button } from "../../components/ui/button.tsx";
import { ConfirmDialog } from "../../components/ui/confirm-dialog.tsx";
import { useRefusalText } from "../../lib/refusal-text.ts";
import { type TeamPage, useTRPC } from "../../lib/trpc.tsx";

/** Join, leave, or why neither. */
export function Membership({ team, invite }: { team: TeamPage; invite: string | null }) {
  const t = useTranslations("teams");
  const trpc = useTRPC();
  const client = useQueryClient();
  const router = useRouter();
  const refusal = useRefusalText();
  const mine = useQuery(trpc.team.mine.queryOptions());
  const refresh = async () => {
    await client.invalidateQueries({ queryKey: trpc.team.pathKey() });
    router.refresh();
  };
  const join = useMutation(trpc.team.join.mutationOptions({ onSuccess: refresh }));
  const leave = useMutation(
    trpc.team.leave.mutationOptions({
      onSuccess: () => (team.members === 1 ? router.push("/teams") : refresh()),
    }),
  );
  const error = join.error ?? leave.error;
  const here = `/teams/${team.id}${invite === null ? "" : `?invite=${encodeURIComponent(invite)}`}`;
  const isLast = team.members === 1;
  return (
    <div className="flex max-w-sm flex-col items-start gap-2 sm:items-end">
      {team.role !== null ? (
        team.role === "founder" && !isLast ? null : (
          <ConfirmDialog
            trigger={isLast ? t("close") : t("leave")}
            title={isLast ? t("closeSure") : t("leaveSure")}
            text={isLast ? t("closeText") : t("leaveText")}
            confirm={isLast ? t("close") : t("leave")}
            cancel={t("cancel")}
            disabled={leave.isPending}
            onConfirm={() => leave.mutate({ teamId: team.id })}
          />
        )
      ) : mine.data?.isSignedIn === false ? (
        team.isOpen || invite !== null ? (
          <Button asChild size="sm">
            <Link href={`/sign-in?next=${encodeURIComponent(here)}`}>{t("signInToJoin")}</Link>
          </Button>
        ) : null
      ) : team.isInOtherTeam ? (
        <p className="text-sm text-muted">{t("inOther")}</p>
      ) : team.isOpen || invite !== null ? (
        <Button
          disabled={join.isPending || mine.data === undefined}
          onClick={() => join.mutate({ teamId: team.id, ...(invite !== null && { inviteToken: invite }) })}
        >
          {t("join")}
        </Button>
      ) : (
        <p className="text-sm text-muted">{t("needsInvite")}</p>
      )}
      <p role="status" className="text-sm text-bad">
        {error ? refusal(error) : ""}
      </p>
    </div>
  );
}
