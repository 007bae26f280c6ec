"use client";

import { useTranslations } from "next-intl";
import type { BackendWish } from "../../../worker/page/compute-here.ts";
import { Field, Select } from "../form/field.tsx";

const WISHES = ["auto", "wgsl", "wasm"] as const satisfies readonly BackendWish[];

/** Which processor of this device is to compute. */
export function BackendChoice({ value, onChange }: { value: BackendWish; onChange(value: BackendWish): void }) {
  const t = useTranslations("here.backend");
  return (
    <Field label={t("label")} className="w-full sm:w-96">
      {(wiring) => (
        <Select {...wiring} value={value} onChange={({ target }) => onChange(target.value as BackendWish)}>
          {WISHES.map((wish) => (
            <option key={wish} value={wish}>
              {t(wish)}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
