import { getTranslations } from "next-intl/server";
import type { ReactNode } from "react";
import type { JsonSchema } from "../../../server/core/wire/json-schema.ts";
import type { ApiMethod, ApiOperation, ApiResponse, OpenApiDocument } from "../../../server/core/wire/open-api.ts";
import { cn } from "../../lib/cn.ts";
import { Code } from "../doc-page.tsx";
import { nameOf, type SchemaField, schemaFields } from "../schema-fields.ts";
import { FieldList } from "./field-list.tsx";

type Props = { method: ApiMethod; path: string; operation: ApiOperation; document: OpenApiDocument };

/** One endpoint: what it does, who may, what it takes and answers, how it refuses, and the call in two languages. */
export async function Operation({ method, path, operation, document }: Props) {
  const t = await getTranslations("docs");
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  const answer = responses["200"];
  const taken: SchemaField[] = parameters.flatMap(({ name, required, description: words = null, schema }) =>
    schemaFields({ properties: { [name]: schema }, ...(required ? { required: [name] } : {}) }).map((field) => ({
      ...field,
      words: field.words ?? words,
    })),
  );
  return (
    <article id={operationId} aria-labelledby={`${operationId}-title`} className="scroll-mt-20 border-t pt-5">
      <h3 id={`${operationId}-title`} className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <Method method={method} />
        <span className="font-mono font-semibold wrap-anywhere">/api{path}</span>
      </h3>
      <p className="mt-2 max-w-prose text-pretty" lang="en">
        {[summary, description].flatMap((text) => text ?? []).join(". ")}
        {description === undefined ? "." : ""}
      </p>
      <Scope security={operation.security} />
      {taken.length === 0 ? null : (
        <Part title={t("api.parameters")}>
          <FieldList fields={taken} document={document} />
        </Part>
      )}
      {requestBody === undefined ? null : (
        <Content
          title={t("api.body")}
          words={requestBody.description}
          content={requestBody.content}
          document={document}
        />
      )}
      {answer === undefined || "$ref" in answer ? null : (
        <Content
          title={t("api.answer")}
          words={"application/json" in answer.content ? undefined : answer.description}
          content={answer.content}
          document={document}
          isAnswer
        />
      )}
      <Part title={t("api.refusedWith")}>
        <Refusals responses={responses} document={document} />
      </Part>
      <Part title={t("api.example")}>
        {operation["x-codeSamples"].map(({ lang, source }) => (
          <Code key={lang} label={`${lang}: ${summary}`} text={source} caption={lang} />
        ))}
      </Part>
    </article>
  );
}

const TONES: Readonly<Record<ApiMethod, string>> = {
  get: "bg-accent-soft text-accent",
  post: "bg-good-soft text-good",
  put: "bg-wait-soft text-wait",
  delete: "bg-bad-soft text-bad",
};

export function Method({ method }: { method: ApiMethod }) {
  return (
    <code className={cn("inline-block w-16 shrink-0 rounded py-0.5 text-center font-mono text-xs", TONES[method])}>
      {method.toUpperCase()}
    </code>
  );
}

async function Scope({ security }: { security: ApiOperation["security"] }) {
  const t = await getTranslations("docs");
  const scope = security.flatMap(({ token = [] }) => token)[0];
  const isOpen = security.some(({ token }) => token === undefined);
  return (
    <p className="mt-1 text-sm text-muted">
      {scope === undefined
        ? t("api.anyToken")
        : t.rich(isOpen ? "api.openScope" : "api.scope", {
            scope: () => <code className="rounded bg-sunken px-1 font-mono">{scope}</code>,
          })}
    </p>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="mt-4">
      <h4 className="text-sm font-medium text-muted">{title}</h4>
      {children}
    </section>
  );
}

type ContentProps = {
  title: string;
  words: string | undefined;
  content: Record<string, { schema?: JsonSchema }>;
  document: OpenApiDocument;
  isAnswer?: boolean;
};

/** What is sent or answered; its fields are folded away until somebody wants them. */
async function Content({ title, words, content, document, isAnswer = false }: ContentProps) {
  const t = await getTranslations("docs");
  const [type = "", { schema } = {}] = Object.entries(content)[0] ?? [];
  const isList = schema?.items !== undefined;
  const fields = schema === undefined ? [] : schemaFields(schema.items ?? schema);
  const shared = schema?.items?.$ref ?? schema?.$ref;
  return (
    <Part title={title}>
      <p className="mt-1 text-sm">
        <code className="font-mono">{type}</code>
        {shared === undefined ? null : (
          <>
            {" · "}
            <a href={`#${nameOf(shared)}`} className="font-mono text-accent underline">
              {nameOf(shared)}
              {isList ? "[]" : ""}
            </a>
          </>
        )}
        {words === undefined ? null : <span lang="en"> · {words}</span>}
        {isList && shared === undefined ? ` · ${t("api.list")}` : null}
        {schema?.type === "null" ? ` · ${t("api.nothing")}` : null}
      </p>
      {fields.length === 0 ? null : (
        <details className="mt-1">
          <summary className="w-fit cursor-pointer rounded py-1 text-sm text-accent">
            {t("api.fields", { count: fields.length })}
          </summary>
          <FieldList fields={fields} document={document} isAnswer={isAnswer} />
        </details>
      )}
    </Part>
  );
}

async function Refusals({ responses, document }: { responses: ApiOperation["responses"]; document: OpenApiDocument }) {
  const told = Object.entries(responses).filter(([status]) => status !== "200");
  const named = (response: ApiResponse | { $ref: string }) =>
    "$ref" in response ? document.components.responses[nameOf(response.$ref)] : undefined;
  const own = told.flatMap(([status, response]) =>
    "$ref" in response ? [] : [{ status, words: response.description }],
  );
  return (
    <>
      <p className="mt-1 flex flex-wrap gap-x-4 gap-y-1 text-sm">
        {told.map(([status, response]) => (
          <span key={status} className="whitespace-nowrap">
            <span className="tabular-nums">{status}</span>{" "}
            <code className="font-mono">{named(response)?.["x-code"] ?? "conflict"}</code>
          </span>
        ))}
      </p>
      {own.map(({ status, words }) => (
        <p key={status} className="mt-1 text-sm text-muted" lang="en">
          {status}: {words}
        </p>
      ))}
    </>
  );
}
