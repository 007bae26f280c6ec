"use client";

import { useTranslations } from "next-intl";
import { useId } from "react";
import { NAME_MAX_CHARACTERS } from "../../server/core/limits.ts";
import { Switch } from "../components/ui/switch.tsx";

export type TeamText = { name: string; description: string; isOpen: boolean };

/** What a team says of itself, and how one joins it. */
export function TeamFields({ value, onChange }: { value: TeamText; onChange(value: TeamText): void }) {
  const t = useTranslations("teams.fields");
  const id = useId();
  return (
    <div className="space-y-4">
      <div>
        <label htmlFor={`${id}-name`} className="font-medium">
          {t("name")}
        </label>
        <input
          id={`${id}-name`}
          required
          dir="auto"
          value={value.name}
          maxLength={NAME_MAX_CHARACTERS}
          onChange={(event) => onChange({ ...value, name: event.target.value })}
          className="mt-1 h-11 w-full rounded-lg border border-muted bg-page px-3"
        />
      </div>
      <div>
        <label htmlFor={`${id}-text`} className="font-medium">
          {t("description")}
        </label>
        <textarea
          id={`${id}-text`}
          rows={4}
          dir="auto"
          value={value.description}
          maxLength={600}
          aria-describedby={`${id}-text-hint`}
          onChange={(event) => onChange({ ...value, description: event.target.value })}
          className="mt-1 w-full rounded-lg border border-muted bg-page px-3 py-2"
        />
        <p id={`${id}-text-hint`} className="text-sm text-muted">
          {t("descriptionHint")}
        </p>
      </div>
      <div className="flex items-start justify-between gap-4">
        <div>
          <label htmlFor={`${id}-open`} className="font-medium">
            {t("open")}
          </label>
          <p id={`${id}-open-hint`} className="text-sm text-muted">
            {t("openHint")}
          </p>
        </div>
        <Switch
          id={`${id}-open`}
          checked={value.isOpen}
          describedBy={`${id}-open-hint`}
          onChange={(isOpen) => onChange({ ...value, isOpen })}
        />
      </div>
    </div>
  );
}
