"use client";

import { useLocale, useTranslations } from "next-intl";
import type { ExactNumber, Malformation, Reason } from "../../server/core/wire/reason.ts";

/** What a sentence about a reason is made of. */
export interface ReasonParts {
  key: `why.${Reason["code"]}`;
  values: Record<string, string | number>;
  /** What an engine said of it, in English; not among the values. */
  said: string;
}

/** The parameters that are numbers to all their digits; others are counts. */
const EXACT = ["factor", "errors", "rate", "distance", "probability", "seconds", "answer", "exit"];

/** The message of a reason and what it takes, in the language of the page. */
export function useReasonParts(): (reason: Reason) => ReasonParts {
  const t = useTranslations("reason");
  const locale = useLocale();
  const malformed = (how: Malformation): string => {
    const { code, ...values } = how;
    return t(`malformed.${code}`, values);
  };
  return (reason) => {
    const values: ReasonParts["values"] = {};
    for (const [name, value] of Object.entries(reason)) {
      if (name === "values") [values["first"], values["second"]] = pair(value, (one) => exactText(one, locale));
      else if (name === "counts") [values["first"], values["second"]] = pair(value, Number);
      else if (EXACT.includes(name)) values[name] = exactText(value, locale);
      else if (typeof value === "string" || typeof value === "number") values[name] = value;
    }
    if (reason.code === "output_malformed") values["how"] = malformed(reason.how);
    if (reason.code === "outputs_malformed") {
      const { first, second } = reason;
      if (first !== null) values["first"] = malformed(first);
      if (second !== null) values["second"] = malformed(second);
      values["which"] = second === null ? "first" : first === null ? "second" : "both";
    }
    return { key: `why.${reason.code}`, values, said: "said" in reason ? reason.said : "" };
  };
}

/** A reason in the language of the page, as text; where an engine's own words can be marked, `Why` does so. */
export function useReasonText(): (reason: Reason) => string {
  const t = useTranslations("reason");
  const partsOf = useReasonParts();
  return (reason) => {
    const { key, values, said } = partsOf(reason);
    return t.markup(key, { ...values, said: () => said });
  };
}

function pair<T>(values: [ExactNumber, ExactNumber], of: (value: ExactNumber) => T): [T, T] {
  return [of(values[0]), of(values[1])];
}

/** All digits, as JavaScript writes them: scientists look for them in their files. Only the point is the language's own. */
export function exactText(value: ExactNumber, locale: string): string {
  const point = new Intl.NumberFormat(locale).formatToParts(0.5).find(({ type }) => type === "decimal")?.value ?? ".";
  return String(value).replace("Infinity", "∞").replace(".", point);
}
