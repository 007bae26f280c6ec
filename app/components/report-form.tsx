"use client";

import { useMutation } from "@tanstack/react-query";
import { ChevronDown } from "lucide-react";
import { useTranslations } from "next-intl";
import { useId, useState } from "react";
import { REPORT_MAX_CHARACTERS, REPORT_REASONS } from "../../server/core/wire/project-report.ts";
import { useRefusalText } from "../lib/refusal-text.ts";
import { useTRPC } from "../lib/trpc.tsx";
import { Button } from "./ui/button.tsx";

const FIELD = "w-full rounded-lg border border-muted bg-page px-3";

/** Reports a project to whoever runs the site; folded away until it is wanted. */
export function ReportForm({ slug, project }: { slug: string; project: string }) {
  const t = useTranslations("report");
  return (
    <details className="group max-w-prose text-sm">
      <summary className="flex h-11 w-fit cursor-pointer list-none items-center gap-1.5 text-muted underline decoration-line hover:text-ink">
        <ChevronDown aria-hidden="true" className="size-4 transition-transform group-open:rotate-180" />
        {t("open")}
      </summary>
      <Fields slug={slug} project={project} />
    </details>
  );
}

function Fields({ slug, project }: { slug: string; project: string }) {
  const t = useTranslations("report");
  const trpc = useTRPC();
  const refusalText = useRefusalText();
  const id = useId();
  const [reason, setReason] = useState<(typeof REPORT_REASONS)[number]>("misleading");
  const [text, setText] = useState("");
  const [email, setEmail] = useState("");
  const report = useMutation(trpc.report.create.mutationOptions());
  if (report.isSuccess) {
    return (
      <p role="status" className="mt-2 rounded-xl bg-good-soft p-4 text-base text-good">
        {t("sent")}
      </p>
    );
  }
  return (
    <form
      className="mt-2 space-y-4 rounded-2xl border bg-surface p-5"
      onSubmit={(event) => {
        event.preventDefault();
        report.mutate({ slug, reason, text, email });
      }}
    >
      <div>
        <h2 className="text-lg font-semibold tracking-tight">{t("title", { project })}</h2>
        <p className="text-muted">{t("text")}</p>
      </div>
      <div>
        <label htmlFor={`${id}-reason`} className="mb-1 block font-medium">
          {t("reason")}
        </label>
        <select
          id={`${id}-reason`}
          value={reason}
          onChange={({ target }) => setReason(REPORT_REASONS.find((each) => each === target.value) ?? "other")}
          className={`${FIELD} h-11`}
        >
          {REPORT_REASONS.map((each) => (
            <option key={each} value={each}>
              {t(`reasons.${each}`)}
            </option>
          ))}
        </select>
      </div>
      <div>
        <label htmlFor={`${id}-text`} className="mb-1 block font-medium">
          {t("what")}
        </label>
        <textarea
          id={`${id}-text`}
          required
          rows={4}
          maxLength={REPORT_MAX_CHARACTERS}
          value={text}
          onChange={({ target }) => setText(target.value)}
          className={`${FIELD} py-2`}
        />
      </div>
      <div>
        <label htmlFor={`${id}-email`} className="mb-1 block font-medium">
          {t("email")}
        </label>
        <input
          id={`${id}-email`}
          type="email"
          autoComplete="email"
          maxLength={254}
          value={email}
          onChange={({ target }) => setEmail(target.value)}
          className={`${FIELD} h-11`}
        />
      </div>
      {report.isError ? (
        <p role="alert" className="rounded-lg bg-bad-soft p-3 text-bad">
          {refusalText(report.error)}
        </p>
      ) : null}
      <Button type="submit" disabled={report.isPending}>
        {t("send")}
      </Button>
    </form>
  );
}
