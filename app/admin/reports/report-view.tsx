"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Field, FormError, Input } from "../../components/form/field.tsx";
import { Badge } from "../../components/ui/badge.tsx";
import { Button } from "../../components/ui/button.tsx";
import { Card } from "../../components/ui/card.tsx";
import { When } from "../../components/when.tsx";
import { useRefusalText } from "../../lib/refusal-text.ts";
import { type AdminReport, useTRPC } from "../../lib/trpc.tsx";
import { Answer } from "../answer.tsx";
import { useAdminRefresh } from "../use-admin-change.ts";

/** What visitors said about projects. */
export function ReportView() {
  const t = useTranslations("admin.reports");
  const trpc = useTRPC();
  const [settled, setSettled] = useState(false);
  const reports = useQuery(trpc.report.list.queryOptions({ settled, beforeId: null }));
  return (
    <>
      <div className="mb-4 flex gap-2">
        {[false, true].map((each) => (
          <Button
            key={String(each)}
            size="sm"
            variant={each === settled ? "primary" : "outline"}
            aria-pressed={each === settled}
            onClick={() => setSettled(each)}
          >
            {t(each ? "settled" : "open")}
          </Button>
        ))}
      </div>
      <Answer query={reports}>
        {(rows) => (
          <ul className="space-y-4">
            {rows.map((report) => (
              <li key={report.id}>
                <Report report={report} />
              </li>
            ))}
          </ul>
        )}
      </Answer>
    </>
  );
}

function Report({ report }: { report: AdminReport }) {
  const t = useTranslations("admin.reports");
  const reasons = useTranslations("report.reasons");
  const trpc = useTRPC();
  const refresh = useAdminRefresh();
  const refusalText = useRefusalText();
  const [note, setNote] = useState("");
  const settle = useMutation(trpc.report.settle.mutationOptions({ onSuccess: refresh }));
  return (
    <Card className="space-y-3">
      <p className="flex flex-wrap items-center gap-2">
        <Link href={`/projects/${report.projectSlug}`} className="font-semibold hover:underline">
          {report.projectName}
        </Link>
        <Badge tone="wait">{reasons(report.reason)}</Badge>
        <span className="text-sm text-muted">
          <When seconds={report.createdSeconds} />
          {report.email === null ? "" : ` · ${report.email}`}
        </span>
      </p>
      <p className="max-w-prose whitespace-pre-wrap wrap-anywhere">{report.text}</p>
      {report.settledSeconds === null ? (
        <form
          className="flex flex-wrap items-end gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            settle.mutate({ id: report.id, note });
          }}
        >
          <Field label={t("note")} className="min-w-56 flex-1">
            {(wiring) => (
              <Input {...wiring} maxLength={1_000} value={note} onChange={({ target }) => setNote(target.value)} />
            )}
          </Field>
          <Button type="submit" disabled={settle.isPending}>
            {t("settle")}
          </Button>
        </form>
      ) : (
        <p className="text-sm text-muted">
          {t("settled")} <When seconds={report.settledSeconds} /> · {report.settledNote}
        </p>
      )}
      {settle.isError ? <FormError>{refusalText(settle.error)}</FormError> : null}
    </Card>
  );
}
