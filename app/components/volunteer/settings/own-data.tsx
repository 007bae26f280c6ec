"use client";

import { Download } from "lucide-react";
import Link from "next/link";
import { useFormatter, useTranslations } from "next-intl";
import { useId, useState } from "react";
import { NAME_MAX_CHARACTERS } from "../../../../server/core/limits.ts";
import type { Volunteer } from "../../../../worker/page/volunteer-state.ts";
import { Button } from "../../ui/button.tsx";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { SettingGroup } from "./setting.tsx";
import type { SettingsProps } from "./settings-panel.tsx";

/** What is the volunteer's own: a name, the record of what ran, the consent, and all of it to be deleted. */
export function OwnData({ state, change, volunteer }: SettingsProps & { volunteer: Volunteer }) {
  const t = useTranslations("volunteer.settings");
  const [trouble, setTrouble] = useState<string | null>(null);
  const attempt = (action: Promise<unknown>) => {
    setTrouble(null);
    action.catch((error: unknown) => setTrouble(error instanceof Error ? error.message : String(error)));
  };
  return (
    <SettingGroup title={t("own")}>
      <Name state={state} change={change} />
      <Consent volunteer={volunteer} />
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="min-w-0 flex-1 basis-56 text-sm text-muted">{t("recordHint")}</p>
        <Button variant="outline" size="sm" onClick={() => attempt(downloadRecord(volunteer))}>
          <Download aria-hidden="true" />
          {t("record")}
        </Button>
      </div>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="min-w-0 flex-1 basis-56 text-sm text-muted">{t("deleteHint")}</p>
        <ConfirmDialog
          trigger={t("delete")}
          title={t("deleteTitle")}
          text={t("deleteText")}
          confirm={t("deleteConfirm")}
          cancel={t("cancel")}
          onConfirm={() => attempt(volunteer.deleteEverything())}
        />
      </div>
      {trouble ? (
        <p role="alert" className="rounded-lg bg-bad-soft p-3 text-sm text-bad">
          {t("trouble", { message: trouble })}
        </p>
      ) : null}
    </SettingGroup>
  );
}

function Name({ state, change }: SettingsProps) {
  const t = useTranslations("volunteer.settings");
  const id = useId();
  if (state.identity !== null) {
    return (
      <p className="text-sm text-muted">
        {t.rich("nameKnown", {
          name: state.identity.userName ?? t("anonymous"),
          link: (words) => (
            <Link href="/credit" className="text-accent underline">
              {words}
            </Link>
          ),
        })}
      </p>
    );
  }
  return (
    <div>
      <label htmlFor={id}>{t("name")}</label>
      <p id={`${id}-hint`} className="text-sm text-muted">
        {t("nameHint")}
      </p>
      <input
        id={id}
        value={state.settings.name}
        maxLength={NAME_MAX_CHARACTERS}
        autoComplete="nickname"
        aria-describedby={`${id}-hint`}
        onChange={(event) => change({ name: event.target.value })}
        className="mt-2 h-9 w-full rounded-lg border border-muted bg-page px-3"
      />
    </div>
  );
}

function Consent({ volunteer }: { volunteer: Volunteer }) {
  const t = useTranslations("volunteer.settings");
  const format = useFormatter();
  const consent = volunteer.getConsent();
  const day = (iso: string) => format.dateTime(new Date(iso), { dateStyle: "long" });
  const isGiven = consent !== null && consent.withdrawnAt === undefined;
  return (
    <div className="flex flex-wrap items-center justify-between gap-3">
      <p className="min-w-0 flex-1 basis-56 text-sm text-muted" data-testid="consent">
        {consent === null
          ? t("consentNone")
          : consent.withdrawnAt === undefined
            ? t("consentGiven", { version: consent.version, day: day(consent.givenAt) })
            : t("consentWithdrawn", { day: day(consent.withdrawnAt) })}
      </p>
      {isGiven ? (
        <Button variant="outline" size="sm" onClick={() => volunteer.withdrawConsent()}>
          {t("withdraw")}
        </Button>
      ) : null}
    </div>
  );
}

/** Hands the record to the browser as a file. */
async function downloadRecord(volunteer: Volunteer): Promise<void> {
  const url = URL.createObjectURL(new Blob([await volunteer.exportRecord()], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `quorate-record-${new Date().toISOString().slice(0, 10)}.json`;
  link.click();
  // The download has its own hold on the bytes once it began.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
