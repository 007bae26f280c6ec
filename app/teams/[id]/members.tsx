"use client";

import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Badge } from "../../components/ui/badge.tsx";
import { Card, CardTitle } from "../../components/ui/card.tsx";
import { ConfirmDialog } from "../../components/ui/confirm-dialog.tsx";
import { TrailTurns } from "../../components/ui/page-turns.tsx";
import { When } from "../../components/when.tsx";
import { useRefusalText } from "../../lib/refusal-text.ts";
import { type TeamMembers, useTRPC } from "../../lib/trpc.tsx";

const PAGE = 50;
type Cursor = { joinedSeconds: number; userId: number };
type Member = TeamMembers[number];

/** Members by how long they have been in the team; its founder may take somebody out or hand the team over. */
export function Members({ teamId, initial }: { teamId: number; initial: TeamMembers }) {
  const t = useTranslations("teams");
  const trpc = useTRPC();
  const [trail, setTrail] = useState<Cursor[]>([]);
  const after = trail.at(-1) ?? null;
  const { data: members = [] } = useQuery(
    trpc.team.members.queryOptions(
      { teamId, after },
      { ...(after === null && { initialData: initial }), placeholderData: keepPreviousData },
    ),
  );
  const team = useQuery(trpc.team.get.queryOptions({ teamId }));
  const isFounder = team.data?.role === "founder";
  const last = members.at(-1);
  return (
    <Card>
      <CardTitle className="mb-2">{t("memberList")}</CardTitle>
      <ul className="divide-y" data-testid="members">
        {members.map((member) => (
          <li key={member.userId} className="flex flex-wrap items-center justify-between gap-3 py-2.5">
            <span className="min-w-0">
              <Name member={member} /> {member.isFounder ? <Badge tone="accent">{t("founderBadge")}</Badge> : null}
              <span className="block text-sm text-muted">
                {t("since")} <When seconds={member.joinedSeconds} />
              </span>
            </span>
            {isFounder && !member.isFounder ? <Actions teamId={teamId} member={member} /> : null}
          </li>
        ))}
      </ul>
      <TrailTurns
        previous={t("previous")}
        next={t("next")}
        trail={trail}
        after={members.length === PAGE && last ? { joinedSeconds: last.joinedSeconds, userId: last.userId } : null}
        onTrail={setTrail}
      />
    </Card>
  );
}

function Name({ member }: { member: Member }) {
  const t = useTranslations("teams");
  if (member.name === null) return t("anonymous", { number: member.userId });
  const name = <bdi className="break-words">{member.name}</bdi>;
  if (!member.hasPage) return name;
  return (
    <Link href={`/people/${member.userId}`} className="font-medium hover:underline">
      {name}
    </Link>
  );
}

function Actions({ teamId, member }: { teamId: number; member: Member }) {
  const t = useTranslations("teams");
  const trpc = useTRPC();
  const client = useQueryClient();
  const router = useRouter();
  const refusal = useRefusalText();
  const options = {
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: trpc.team.pathKey() });
      router.refresh();
    },
  };
  const remove = useMutation(trpc.team.removeMember.mutationOptions(options));
  const handOver = useMutation(trpc.team.handOver.mutationOptions(options));
  const error = remove.error ?? handOver.error;
  const who = { teamId, memberId: member.userId };
  const name = member.name ?? t("anonymous", { number: member.userId });
  return (
    <span className="flex flex-wrap gap-2">
      <ConfirmDialog
        trigger={t("handOver")}
        title={t("handOverSure", { name })}
        text={t("handOverText")}
        confirm={t("handOver")}
        cancel={t("cancel")}
        disabled={handOver.isPending}
        onConfirm={() => handOver.mutate(who)}
      />
      <ConfirmDialog
        trigger={t("remove")}
        title={t("removeSure", { name })}
        text={t("removeText")}
        confirm={t("remove")}
        cancel={t("cancel")}
        disabled={remove.isPending}
        onConfirm={() => remove.mutate(who)}
      />
      <span role="status" className="text-sm text-bad">
        {error ? refusal(error) : ""}
      </span>
    </span>
  );
}
