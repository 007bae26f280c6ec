"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { HARMS } from "../../../../server/core/submission/choose-policy.ts";
import { Field, Input, Select } from "../../../components/form/field.tsx";
import { Card } from "../../../components/ui/card.tsx";
import type { ExpertForm, PolicyType, SubmitForm } from "../../../lib/submission/form.ts";
import { type SubmittableApp, useTRPC } from "../../../lib/trpc.tsx";

type Props = { app: SubmittableApp; form: SubmitForm; onChange(change: Partial<SubmitForm>): void };

/** How certain results must be: a question that anybody can answer, and the settings themselves for who knows them. */
export function Redundancy({ app, form, onChange }: Props) {
  const t = useTranslations("submit.redundancy");
  const trpc = useTRPC();
  const choices = useQuery(trpc.batch.choices.queryOptions({ appVersionId: app.appVersionId })).data;
  const chosen = choices?.find((choice) => choice.harm === form.harm);
  const isOwn = form.expert !== null;
  return (
    <Card className="space-y-5">
      <fieldset className="space-y-2" disabled={isOwn}>
        <legend className="mb-2 text-lg font-semibold tracking-tight">{t("question")}</legend>
        <div className="grid gap-2 sm:grid-cols-2">
          {HARMS.map((harm) => (
            <label
              key={harm}
              className={`flex items-start gap-3 rounded-xl border p-4 has-checked:border-accent has-checked:bg-accent-soft ${isOwn ? "" : "cursor-pointer"}`}
            >
              <input
                type="radio"
                name="harm"
                className="mt-1 size-4 accent-accent"
                checked={form.harm === harm}
                onChange={() => onChange({ harm })}
              />
              <span>
                <span className="block font-medium">{t(`harm.${harm}`)}</span>
                <span className="block text-sm text-muted">{t(`harmText.${harm}`)}</span>
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      {chosen !== undefined && !isOwn ? (
        <div className="rounded-xl bg-sunken p-4" data-testid="reasons">
          <p className="font-medium">{t("so")}</p>
          <ul className="mt-1 list-disc pl-5">
            {chosen.reasons.map((reason) => (
              <li key={reason}>{t(`reason.${reason}`)}</li>
            ))}
          </ul>
        </div>
      ) : null}
      <Expert app={app} form={form} onChange={onChange} />
    </Card>
  );
}

const POLICIES = ["full", "adaptive", "partial", "consensus", "verified", "hybrid"] as const satisfies PolicyType[];
const WITH_VERIFIER: readonly PolicyType[] = ["verified", "hybrid"];

function Expert({ app, form, onChange }: Props) {
  const t = useTranslations("submit.expert");
  const { expert } = form;
  const fresh: ExpertForm = { type: "full", quorum: "2", level: "2", percent: "10", diverse: false };
  return (
    <details>
      <summary className="cursor-pointer font-medium">{t("title")}</summary>
      <div className="mt-4 space-y-5">
        <label className="flex items-center gap-2">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={expert !== null}
            onChange={({ target }) => onChange({ expert: target.checked ? fresh : null })}
          />
          {t("own")}
        </label>
        {expert === null ? null : (
          <Policy app={app} expert={expert} onChange={(part) => onChange({ expert: { ...expert, ...part } })} />
        )}
        <div className="grid gap-5 sm:grid-cols-2">
          <Field label={t("days")} hint={t("daysHint")}>
            {(wiring) => (
              <Input
                {...wiring}
                type="number"
                min={0.01}
                max={366}
                step="any"
                value={form.days}
                onChange={({ target }) => onChange({ days: target.value })}
              />
            )}
          </Field>
          <Field label={t("priority")} hint={t("priorityHint")}>
            {(wiring) => (
              <Input
                {...wiring}
                type="number"
                required
                min={-1_000_000}
                max={1_000_000}
                step={1}
                value={form.priority}
                onChange={({ target }) => onChange({ priority: target.value })}
              />
            )}
          </Field>
        </div>
      </div>
    </details>
  );
}

type PolicyProps = { app: SubmittableApp; expert: ExpertForm; onChange(part: Partial<ExpertForm>): void };

function Policy({ app, expert, onChange }: PolicyProps) {
  const t = useTranslations("submit.expert");
  const { type } = expert;
  const number = (key: "quorum" | "level" | "percent", most: number) => (
    <Field label={t(key)}>
      {(wiring) => (
        <Input
          {...wiring}
          type="number"
          required
          min={key === "level" ? 2 : key === "quorum" ? 1 : 0}
          max={most}
          step={key === "percent" ? "any" : 1}
          value={expert[key]}
          onChange={({ target }) => onChange({ [key]: target.value })}
        />
      )}
    </Field>
  );
  return (
    <div className="space-y-4">
      <div className="grid gap-5 sm:grid-cols-2">
        <Field label={t("type")} hint={t(`typeText.${type}`)}>
          {(wiring) => (
            <Select
              {...wiring}
              value={type}
              onChange={({ target }) => {
                const next = target.value as PolicyType;
                onChange({ type: next, quorum: next === "full" ? "2" : next === "consensus" ? "3" : "1" });
              }}
            >
              {POLICIES.filter((each) => app.hasVerifier || !WITH_VERIFIER.includes(each)).map((each) => (
                <option key={each} value={each}>
                  {t(`typeName.${each}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {number("quorum", 100)}
        {type === "adaptive" || type === "partial" || type === "hybrid" ? number("level", 100) : null}
        {type === "partial" || type === "hybrid" ? number("percent", 100) : null}
      </div>
      <label className="flex items-center gap-2">
        <input
          type="checkbox"
          className="size-4 accent-accent"
          checked={expert.diverse}
          onChange={({ target }) => onChange({ diverse: target.checked })}
        />
        {t("diverse")}
      </label>
    </div>
  );
}
