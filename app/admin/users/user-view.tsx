"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { FormError } from "../../components/form/field.tsx";
import { Badge } from "../../components/ui/badge.tsx";
import { Button } from "../../components/ui/button.tsx";
import { SilentTh, Table, Td, Th, Tr } from "../../components/ui/table.tsx";
import { When } from "../../components/when.tsx";
import { useRefusalText } from "../../lib/refusal-text.ts";
import { type AdminUser, useTRPC } from "../../lib/trpc.tsx";
import { Answer } from "../answer.tsx";
import { ReasonDialog } from "../reason-dialog.tsx";
import { Pages, SearchField, useSearch } from "../search-list.tsx";
import { useAdminRefresh } from "../use-admin-change.ts";

/** Users, newest first, and who of them is shut out. */
export function UserView() {
  const t = useTranslations("admin.users");
  const trpc = useTRPC();
  const { search, text, setText, after } = useSearch();
  const users = useQuery(trpc.admin.users.queryOptions(search));
  return (
    <>
      <SearchField label={t("search")} text={text} onChange={setText} />
      <Answer query={users}>
        {(rows) => (
          <>
            <Table stacks label={t("title")}>
              <thead>
                <Tr>
                  <Th>{t("number")}</Th>
                  <Th>{t("name")}</Th>
                  <Th>{t("hosts")}</Th>
                  <Th>{t("created")}</Th>
                  <Th>{t("seen")}</Th>
                  <SilentTh>{t("actions")}</SilentTh>
                </Tr>
              </thead>
              <tbody>
                {rows.map((user) => (
                  <Row key={user.id} user={user} />
                ))}
              </tbody>
            </Table>
            <Pages search={search} rows={rows} onMove={after} />
          </>
        )}
      </Answer>
    </>
  );
}

function Row({ user }: { user: AdminUser }) {
  const t = useTranslations("admin.users");
  const trpc = useTRPC();
  const refresh = useAdminRefresh();
  const refusalText = useRefusalText();
  const { id, bannedReason } = user;
  const ban = useMutation(trpc.admin.banUser.mutationOptions({ onSuccess: refresh }));
  const unban = useMutation(trpc.admin.unbanUser.mutationOptions({ onSuccess: refresh }));
  const failed = ban.error ?? unban.error;
  const name = user.name ?? t("nameless");
  return (
    <Tr>
      <Td label={t("number")}>{id}</Td>
      <Td label={t("name")}>
        <span className="font-medium wrap-anywhere">{name}</span>{" "}
        {user.isOperator ? <Badge tone="accent">{t("operator")}</Badge> : null}{" "}
        {user.isAnonymous ? <Badge>{t("anonymous")}</Badge> : null}
        {bannedReason === null ? null : <span className="block text-sm text-bad">{bannedReason}</span>}
        {failed ? <FormError>{refusalText(failed)}</FormError> : null}
      </Td>
      <Td label={t("hosts")}>{user.hosts}</Td>
      <Td label={t("created")} className="whitespace-nowrap">
        <When seconds={user.createdSeconds} />
      </Td>
      <Td label={t("seen")} className="whitespace-nowrap">
        {user.lastSeenSeconds === null ? "–" : <When seconds={user.lastSeenSeconds} />}
      </Td>
      <Td className="text-right">
        {bannedReason === null ? (
          <ReasonDialog
            trigger={t("ban")}
            title={t("banTitle", { name })}
            text={t("banText")}
            disabled={ban.isPending || user.isOperator}
            onConfirm={(reason) => ban.mutate({ id, reason })}
          />
        ) : (
          <Button variant="outline" size="sm" disabled={unban.isPending} onClick={() => unban.mutate({ id })}>
            {t("unban")}
          </Button>
        )}
      </Td>
    </Tr>
  );
}
