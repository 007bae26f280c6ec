"use client";

import { Plus, X } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { sweepCount, sweepProblems } from "../../../../server/core/submission/sweep.ts";
import { Field, Input, Select, Textarea } from "../../../components/form/field.tsx";
import { Button } from "../../../components/ui/button.tsx";
import { AXIS_KINDS, type AxisForm, newAxis, type SubmitForm, sweepOf } from "../../../lib/submission/form.ts";

type Props = { form: SubmitForm; onChange(change: Partial<SubmitForm>): void };

const AXES_MAX = 20;

/** Parameters and what each runs through: every combination is a workunit, or the values side by side. */
export function SweepFields({ form, onChange }: Props) {
  const t = useTranslations("submit.sweep");
  const format = useFormatter();
  const { axes } = form;
  const change = (id: number, part: Partial<AxisForm>) =>
    onChange({ axes: axes.map((axis) => (axis.id === id ? { ...axis, ...part } : axis)) });
  const sweep = sweepOf(form);
  const problems = sweepProblems(sweep);
  return (
    <div className="space-y-4">
      <ul className="space-y-4">
        {axes.map((axis, index) => (
          <li key={axis.id}>
            <fieldset className="rounded-xl border p-4">
              <legend className="px-1 text-sm text-muted">{t("axis", { number: index + 1 })}</legend>
              <div className="flex flex-wrap items-end gap-3">
                <Field label={t("name")} className="min-w-32 flex-1">
                  {(wiring) => (
                    <Input
                      {...wiring}
                      required
                      pattern="[A-Za-z_][A-Za-z0-9_.\-]{0,63}"
                      autoCapitalize="none"
                      spellCheck={false}
                      value={axis.name}
                      onChange={({ target }) => change(axis.id, { name: target.value })}
                    />
                  )}
                </Field>
                <Field label={t("runs")} className="min-w-40 flex-1">
                  {(wiring) => (
                    <Select
                      {...wiring}
                      value={axis.kind}
                      onChange={({ target }) => change(axis.id, { kind: target.value as AxisForm["kind"] })}
                    >
                      {AXIS_KINDS.map((kind) => (
                        <option key={kind} value={kind}>
                          {t(`kind.${kind}`)}
                        </option>
                      ))}
                    </Select>
                  )}
                </Field>
                <Numbers axis={axis} onChange={(part) => change(axis.id, part)} />
                {axes.length > 1 ? (
                  <Button
                    variant="outline"
                    aria-label={t("remove", { name: axis.name })}
                    onClick={() => onChange({ axes: axes.filter((other) => other.id !== axis.id) })}
                  >
                    <X aria-hidden="true" />
                  </Button>
                ) : null}
              </div>
            </fieldset>
          </li>
        ))}
      </ul>
      <div className="flex flex-wrap items-center gap-x-6 gap-y-3">
        {axes.length < AXES_MAX ? (
          <Button
            variant="outline"
            size="sm"
            onClick={() => onChange({ axes: [...axes, newAxis(Math.max(0, ...axes.map((axis) => axis.id)) + 1)] })}
          >
            <Plus aria-hidden="true" />
            {t("add")}
          </Button>
        ) : null}
        {axes.length > 1 ? (
          <label className="flex items-center gap-2">
            <input
              type="checkbox"
              className="size-4 accent-accent"
              checked={form.together}
              onChange={({ target }) => onChange({ together: target.checked })}
            />
            {t("together")}
          </label>
        ) : null}
        <p role="status" className="font-medium" data-testid="sweep-count">
          {problems.length === 0 ? t("workunits", { count: format.number(sweepCount(sweep)) }) : ""}
        </p>
      </div>
    </div>
  );
}

const NUMBERS = {
  list: [],
  range: ["from", "to", "step"],
  steps: ["from", "to", "count"],
  seeds: ["count", "first"],
} as const;

function Numbers({ axis, onChange }: { axis: AxisForm; onChange(part: Partial<AxisForm>): void }) {
  const t = useTranslations("submit.sweep");
  if (axis.kind === "list") {
    return (
      <Field label={t("values")} className="min-w-56 flex-[2]">
        {(wiring) => (
          <Textarea
            {...wiring}
            required
            rows={1}
            placeholder="2.1, 2.2, 2.3"
            value={axis.values}
            onChange={({ target }) => onChange({ values: target.value })}
          />
        )}
      </Field>
    );
  }
  return (
    <>
      {NUMBERS[axis.kind].map((key) => (
        <Field key={key} label={t(key)} className="w-28">
          {(wiring) => (
            <Input
              {...wiring}
              type="number"
              required
              step={key === "count" || key === "first" ? 1 : "any"}
              min={key === "count" ? 1 : key === "first" ? 0 : undefined}
              value={axis[key]}
              onChange={({ target }) => onChange({ [key]: target.value })}
            />
          )}
        </Field>
      ))}
      {axis.kind === "steps" ? (
        <label className="flex h-11 items-center gap-2">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={axis.logarithmic}
            onChange={({ target }) => onChange({ logarithmic: target.checked })}
          />
          {t("logarithmic")}
        </label>
      ) : null}
    </>
  );
}
