"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { FormError, Select } from "../../../components/form/field.tsx";
import { Card, CardTitle } from "../../../components/ui/card.tsx";
import { ConfirmDialog } from "../../../components/ui/confirm-dialog.tsx";
import { Empty, Skeleton } from "../../../components/ui/states.tsx";
import { SilentTh, Table, Td, Th, Tr } from "../../../components/ui/table.tsx";
import { When } from "../../../components/when.tsx";
import { type ProjectMember, useTRPC } from "../../../lib/trpc.tsx";
import type { Rights } from "./settings-view.tsx";
import { useRefresh, useRefusalText } from "./use-change.ts";

const ROLES = ["owner", "admin", "submitter"] as const;

/** Who belongs to the project, as what. */
export function Members({ slug, rights }: { slug: string; rights: Rights }) {
  const t = useTranslations("projectSettings.members");
  const trpc = useTRPC();
  const members = useQuery(trpc.member.list.queryOptions({ slug }));
  const refusalText = useRefusalText();
  return (
    <Card id="members">
      <CardTitle>{t("title")}</CardTitle>
      <p className="mt-1 mb-3 max-w-prose text-muted">{t("text")}</p>
      {members.isPending ? <Skeleton className="h-24" label={t("title")} /> : null}
      {members.isError ? <FormError>{refusalText(members.error)}</FormError> : null}
      {members.data?.length === 0 ? <Empty title={t("none")}>{t("noneText")}</Empty> : null}
      {members.data && members.data.length > 0 ? (
        <Table stacks label={t("title")}>
          <thead>
            <Tr>
              <Th>{t("name")}</Th>
              <Th>{t("role")}</Th>
              <Th>{t("since")}</Th>
              <SilentTh>{t("actions")}</SilentTh>
            </Tr>
          </thead>
          <tbody>
            {members.data.map((member) => (
              <Row key={member.userId} slug={slug} member={member} rights={rights} />
            ))}
          </tbody>
        </Table>
      ) : null}
    </Card>
  );
}

function Row({ slug, member, rights }: { slug: string; member: ProjectMember; rights: Rights }) {
  const t = useTranslations("projectSettings.members");
  const trpc = useTRPC();
  const refresh = useRefresh();
  const refusalText = useRefusalText();
  const { userId, role } = member;
  const name = member.name ?? t("nameless", { userId });
  const change = useMutation(trpc.member.changeRole.mutationOptions({ onSuccess: refresh }));
  const remove = useMutation(trpc.member.remove.mutationOptions({ onSuccess: refresh }));
  const failed = change.error ?? remove.error;
  const mayRemove = !member.isMe && (role === "submitter" ? rights.isAdmin : rights.isOwner);
  return (
    <Tr>
      <Td className="font-medium">
        {name}
        {member.isMe ? <span className="font-normal text-muted"> {t("you")}</span> : null}
      </Td>
      <Td label={t("role")}>
        {rights.isOwner ? (
          <Select
            aria-label={t("roleOf", { name })}
            value={role}
            disabled={change.isPending}
            className="h-9 w-auto text-sm"
            onChange={({ target }) =>
              change.mutate({ slug, userId, role: ROLES.find((each) => each === target.value) ?? role })
            }
          >
            {ROLES.map((each) => (
              <option key={each} value={each}>
                {t(`roles.${each}`)}
              </option>
            ))}
          </Select>
        ) : (
          t(`roles.${role}`)
        )}
        {failed ? <FormError>{refusalText(failed)}</FormError> : null}
      </Td>
      <Td label={t("since")} className="whitespace-nowrap">
        <When seconds={member.sinceSeconds} />
      </Td>
      <Td className="text-right">
        {mayRemove ? (
          <ConfirmDialog
            trigger={t("remove")}
            title={t("removeTitle", { name })}
            text={t("removeText")}
            confirm={t("remove")}
            cancel={t("cancel")}
            disabled={remove.isPending}
            onConfirm={() => remove.mutate({ slug, userId })}
          />
        ) : null}
      </Td>
    </Tr>
  );
}
