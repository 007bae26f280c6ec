import { getTranslations } from "next-intl/server";
import { Fragment } from "react";
import type { OpenApiDocument } from "../../../server/core/wire/open-api.ts";
import type { SchemaField } from "../schema-fields.ts";

/** Fields with their types, limits and words: three columns, or one below the other on a phone. */
export async function FieldList({
  fields,
  document,
  isAnswer = false,
}: {
  fields: readonly SchemaField[];
  document: OpenApiDocument;
  /** Nobody is asked for what an answer has. */
  isAnswer?: boolean;
}) {
  const t = await getTranslations("docs");
  return (
    <ul className="mt-1 divide-y text-sm">
      {fields.map((field) => {
        const facts = [
          ...field.limits,
          ...(field.isRequired && !isAnswer ? [t("kernels.required")] : []),
          ...(field.default === null ? [] : [t("kernels.default", { value: field.default })]),
        ];
        return (
          <li key={field.path} className="grid gap-x-6 gap-y-0.5 py-2 md:grid-cols-[14rem_15rem_1fr]">
            <code className="font-mono font-medium wrap-anywhere">{field.path}</code>
            <div className="wrap-anywhere">
              <p className="font-mono">
                {field.types.map((type, index) => (
                  <Fragment key={type}>
                    {index === 0 ? null : " | "}
                    <Type type={type} document={document} />
                  </Fragment>
                ))}
              </p>
              {facts.length === 0 ? null : <p className="text-xs text-muted">{facts.join(" · ")}</p>}
            </div>
            <p className="text-pretty" lang="en">
              {field.words}
            </p>
          </li>
        );
      })}
    </ul>
  );
}

/** The name of a shared object leads to it. */
function Type({ type, document }: { type: string; document: OpenApiDocument }) {
  const name = type.replace(/\[\]$/, "");
  if (document.components.schemas[name] === undefined) return type;
  return (
    <a href={`#${name}`} className="text-accent underline">
      {type}
    </a>
  );
}
