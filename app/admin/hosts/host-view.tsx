"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { FormError } from "../../components/form/field.tsx";
import { Button } from "../../components/ui/button.tsx";
import { SilentTh, Table, Td, Th, Tr } from "../../components/ui/table.tsx";
import { When } from "../../components/when.tsx";
import { useRefusalText } from "../../lib/refusal-text.ts";
import { type AdminHost, useTRPC } from "../../lib/trpc.tsx";
import { Answer } from "../answer.tsx";
import { ReasonDialog } from "../reason-dialog.tsx";
import { Pages, SearchField, useSearch } from "../search-list.tsx";
import { useAdminRefresh } from "../use-admin-change.ts";

/** Devices, newest first, with what their results were worth. */
export function HostView() {
  const t = useTranslations("admin.hosts");
  const trpc = useTRPC();
  const { search, text, setText, after } = useSearch();
  const hosts = useQuery(trpc.admin.hosts.queryOptions(search));
  return (
    <>
      <SearchField label={t("search")} text={text} onChange={setText} />
      <Answer query={hosts}>
        {(rows) => (
          <>
            <Table stacks label={t("title")}>
              <thead>
                <Tr>
                  <Th>{t("number")}</Th>
                  <Th>{t("device")}</Th>
                  <Th>{t("user")}</Th>
                  <Th>{t("results")}</Th>
                  <Th>{t("seen")}</Th>
                  <SilentTh>{t("actions")}</SilentTh>
                </Tr>
              </thead>
              <tbody>
                {rows.map((host) => (
                  <Row key={host.id} host={host} />
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

function Row({ host }: { host: AdminHost }) {
  const t = useTranslations("admin.hosts");
  const trpc = useTRPC();
  const refresh = useAdminRefresh();
  const refusalText = useRefusalText();
  const { id, bannedReason } = host;
  const ban = useMutation(trpc.admin.banHost.mutationOptions({ onSuccess: refresh }));
  return (
    <Tr>
      <Td label={t("number")}>{id}</Td>
      <Td label={t("device")}>
        <span className="font-medium wrap-anywhere">{host.name ?? t("nameless")}</span>
        <span className="block max-w-72 truncate text-sm text-muted" title={host.userAgent ?? ""}>
          {t("cores", { count: host.cores })} · {host.userAgent ?? "–"}
        </span>
        {bannedReason === null ? null : <span className="block text-sm text-bad">{bannedReason}</span>}
        {ban.isError ? <FormError>{refusalText(ban.error)}</FormError> : null}
      </Td>
      <Td label={t("user")}>
        {host.userName ?? "–"} <span className="text-muted">({host.userId})</span>
      </Td>
      <Td label={t("results")} className="whitespace-nowrap">
        {t("counts", { valid: host.valid, invalid: host.invalid, errors: host.errors, noReplies: host.noReplies })}
      </Td>
      <Td label={t("seen")} className="whitespace-nowrap">
        <When seconds={host.lastSeenSeconds} />
      </Td>
      <Td className="text-right">
        {bannedReason === null ? (
          <ReasonDialog
            trigger={t("ban")}
            title={t("banTitle", { id })}
            text={t("banText")}
            disabled={ban.isPending}
            onConfirm={(reason) => ban.mutate({ id, reason })}
          />
        ) : (
          <Button variant="outline" size="sm" disabled={ban.isPending} onClick={() => ban.mutate({ id, reason: null })}>
            {t("unban")}
          </Button>
        )}
      </Td>
    </Tr>
  );
}
