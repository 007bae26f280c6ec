import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import {
  API_METHODS,
  type ApiMethod,
  type ApiOperation,
  type OpenApiDocument,
} from "../../../server/core/wire/open-api.ts";
import { serverCaller } from "../../../server/trpc/caller.ts";
import { Code, DocPage, DocSection } from "../doc-page.tsx";
import { schemaFields } from "../schema-fields.ts";
import { addressOfSite } from "../site-address.ts";
import { FieldList } from "./field-list.tsx";
import { Method, Operation } from "./operation.tsx";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("docs"))("api.title") };
}

type Listed = { method: ApiMethod; path: string; operation: ApiOperation };

/** Every endpoint as the description of the HTTP API has it: nothing of it is written here. */
export default async function ApiPage() {
  const [t, site, document] = await Promise.all([
    getTranslations("docs"),
    addressOfSite(),
    serverCaller().site.httpApi(),
  ]);
  const setup = document["x-sampleSetup"];
  const own = document.servers[0]?.url.replace(/\/api$/, "") ?? "";
  const all = operationsOf(document);
  return (
    <DocPage here="api">
      <DocSection title={t("api.before.title")} text={t("api.before.text")}>
        <Code label={`${t("api.before.title")}: curl`} text={setup.shell.replace(own, site)} />
        <Code label={`${t("api.before.title")}: Python`} text={setup.python} />
      </DocSection>
      <DocSection title={t("api.refusals.title")} text={t("api.refusals.text")}>
        <ul className="mt-3 max-w-3xl divide-y">
          {Object.values(document.components.responses).map((response) => (
            <li key={response["x-code"]} className="grid gap-x-6 gap-y-1 py-2.5 text-sm sm:grid-cols-[3rem_11rem_1fr]">
              <span className="tabular-nums">{response["x-status"]}</span>
              <code className="font-mono font-medium">{response["x-code"]}</code>
              <span className="text-pretty" lang="en">
                {response.description}
              </span>
            </li>
          ))}
        </ul>
      </DocSection>
      <DocSection title={t("api.contents")}>
        <nav aria-label={t("api.contents")} className="mt-3 grid gap-6 md:grid-cols-2">
          {document.tags.map(({ name }) => (
            <div key={name}>
              <h3 className="font-medium">{t(`api.tag.${name}`)}</h3>
              <ul className="mt-1">
                {all
                  .filter(({ operation }) => operation.tags.includes(name))
                  .map(({ method, path, operation }) => (
                    <li key={operation.operationId}>
                      <a
                        href={`#${operation.operationId}`}
                        className="flex items-baseline gap-2 rounded py-1 text-sm hover:bg-sunken"
                      >
                        <Method method={method} />
                        <span className="font-mono wrap-anywhere">{path}</span>
                      </a>
                    </li>
                  ))}
              </ul>
            </div>
          ))}
        </nav>
      </DocSection>
      {document.tags.map(({ name }) => (
        <DocSection key={name} title={t(`api.tag.${name}`)}>
          <div className="mt-3 space-y-10">
            {all
              .filter(({ operation }) => operation.tags.includes(name))
              .map((listed) => (
                <Operation key={listed.operation.operationId} {...listed} document={document} />
              ))}
          </div>
        </DocSection>
      ))}
      <DocSection title={t("api.shared")}>
        <div className="mt-3 space-y-8">
          {Object.entries(document.components.schemas).map(([name, schema]) => (
            <section key={name} id={name} aria-labelledby={`${name}-title`} className="scroll-mt-20">
              <h3 id={`${name}-title`} className="font-mono font-semibold">
                {name}
              </h3>
              <FieldList fields={schemaFields(schema)} document={document} />
            </section>
          ))}
        </div>
      </DocSection>
    </DocPage>
  );
}

const operationsOf = (document: OpenApiDocument): Listed[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    API_METHODS.flatMap((method) => {
      const operation = methods[method];
      return operation === undefined ? [] : [{ method, path, operation }];
    }),
  );
