import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import * as z from "zod";
import type { JsonSchema } from "../../../server/core/wire/json-schema.ts";
import { KERNEL_SCHEMA_PATH, kernelManifestSchema } from "../../../server/core/wire/kernel-manifest.ts";
import { Table, Td, Th } from "../../components/ui/table.tsx";
import { Code, DocPage, DocSection } from "../doc-page.tsx";
import { type SchemaField, schemaFields } from "../schema-fields.ts";

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations("docs"))("kernels.title") };
}

const FIELDS = schemaFields(z.toJSONSchema(kernelManifestSchema, { io: "input" }) as JsonSchema);

/** In C, as worker/kernels/README.md has them. */
const EXPORTS = `memory
void    *alloc(uint32_t bytes)
int32_t  init(uint32_t files, const File *table)   // table of (pointer, length); file 0 is the input
double   step(uint32_t budget)                     // share that is done, 1 at the end; below 0: an error
uint64_t output(void)                              // pointer << 32 | length
uint64_t save(void)                                // the same, of the state
int32_t  load(const void *state, uint32_t bytes)`;

export default async function KernelFormatPage() {
  const t = await getTranslations("docs");
  return (
    <DocPage here="kernels">
      <DocSection title={t("kernels.about.title")} text={t("kernels.about.text")}>
        <Code label={t("kernels.about.title")} text={EXPORTS} />
      </DocSection>
      <DocSection title={t("kernels.state.title")} text={t("kernels.state.text")} />
      <DocSection title={t("kernels.fields")}>
        <p className="mt-1 mb-3">
          <a href={KERNEL_SCHEMA_PATH} className="text-accent underline">
            {t("schema")}
          </a>
        </p>
        <Table label={t("kernels.fields")} className="hidden md:table">
          <thead>
            <tr>
              <Th>{t("kernels.field")}</Th>
              <Th>{t("kernels.type")}</Th>
              <Th>{t("kernels.meaning")}</Th>
            </tr>
          </thead>
          <tbody>
            {FIELDS.map((field) => (
              <tr key={field.path}>
                <Td className="max-w-64 align-top font-mono wrap-anywhere">{field.path}</Td>
                <Td className="max-w-72 align-top">
                  <FieldType field={field} />
                </Td>
                <Td className="align-top text-pretty">
                  <Meaning field={field} />
                </Td>
              </tr>
            ))}
          </tbody>
        </Table>
        <ul className="divide-y md:hidden">
          {FIELDS.map((field) => (
            <li key={field.path} className="space-y-1 py-3 text-sm">
              <p className="font-mono font-medium wrap-anywhere">{field.path}</p>
              <FieldType field={field} />
              <p className="text-pretty">
                <Meaning field={field} />
              </p>
            </li>
          ))}
        </ul>
      </DocSection>
    </DocPage>
  );
}

async function FieldType({ field }: { field: SchemaField }) {
  const t = await getTranslations("docs");
  const facts = [
    ...field.limits,
    ...(field.isRequired ? [t("kernels.required")] : []),
    ...(field.default === null ? [] : [t("kernels.default", { value: field.default })]),
  ];
  return (
    <div className="wrap-anywhere">
      <p className="font-mono">{field.types.join(" | ")}</p>
      {facts.length === 0 ? null : <p className="text-xs text-muted">{facts.join(" · ")}</p>}
    </div>
  );
}

async function Meaning({ field }: { field: SchemaField }) {
  const t = await getTranslations("docsKernel");
  return t(`field.${field.key}`);
}
