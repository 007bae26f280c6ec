import { describe, expect, it } from "vitest";
import type { JsonSchema } from "../../server/core/wire/json-schema.ts";
import { API_METHODS, type ApiOperation } from "../../server/core/wire/open-api.ts";
import { openApiDocument } from "../../server/openapi/document.ts";
import { FIELDS, wordsFor } from "../../server/openapi/fields.ts";

const document = openApiDocument("https://site.example");
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  API_METHODS.flatMap((method) => {
    const operation = methods[method];
    return operation === undefined ? [] : [{ path, method, operation }];
  }),
);

/** Every field of a schema with its path, and what is said of it. */
function fieldsOf(schema: JsonSchema | undefined, path: string): { path: string; words: string | undefined }[] {
  if (schema === undefined) return [];
  const { properties = {}, items, anyOf = [], oneOf = [], additionalProperties } = schema;
  return [
    ...Object.entries(properties).flatMap(([name, inner]) => [
      { path: `${path}.${name}`, words: inner.description },
      ...fieldsOf(inner, `${path}.${name}`),
    ]),
    ...[items, ...anyOf, ...oneOf].flatMap((inner) => fieldsOf(inner, path)),
    ...(typeof additionalProperties === "object" ? fieldsOf(additionalProperties, `${path}.*`) : []),
  ];
}

const bodyOf = ({ requestBody }: ApiOperation) => Object.values(requestBody?.content ?? {}).map(({ schema }) => schema);
const answerOf = ({ responses }: ApiOperation) => {
  const answer = responses["200"];
  return answer === undefined || "$ref" in answer ? [] : Object.values(answer.content).map(({ schema }) => schema);
};

describe("the description of the HTTP API", () => {
  const procedures = (id: string) => id.replace("_", ".");
  const asked = [
    ...Object.entries(document.components.schemas).flatMap(([name, schema]) => fieldsOf(schema, name)),
    ...operations.flatMap(({ operation }) => [
      ...operation.parameters.map(({ name, description }) => ({
        path: `${procedures(operation.operationId)}.${name}`,
        words: description,
      })),
      ...bodyOf(operation).flatMap((schema) => fieldsOf(schema, procedures(operation.operationId))),
    ]),
  ];

  it("says of every parameter and of every field of a body or an answer what it means", () => {
    const answers = operations.flatMap(({ operation }) =>
      answerOf(operation).flatMap((schema) => fieldsOf(schema, `answer of ${operation.operationId}`)),
    );
    expect(asked.length + answers.length).toBeGreaterThan(200);
    expect([...asked, ...answers].filter(({ words }) => words === undefined).map(({ path }) => path)).toEqual([]);
  });

  it("has no words that no field needs", () => {
    const used = new Set(asked.map(({ path }) => wordsFor(path)?.key));
    expect(Object.keys(FIELDS).filter((key) => !used.has(key))).toEqual([]);
  });

  it("names each operation once, says its scope and has it in both languages", () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(ids).toEqual([...new Set(ids)]);
    for (const { operation, path } of operations) {
      expect(
        operation["x-codeSamples"].map(({ lang }) => lang),
        path,
      ).toEqual(["curl", "Python"]);
      const scopes = operation.security.flatMap(({ token }) => token ?? []);
      expect(scopes.length, path).toBe(operation.operationId === "token_whoami" ? 0 : 1);
    }
  });

  it("refers only to what it has", () => {
    const text = JSON.stringify(document);
    const all = [...text.matchAll(/"#\/components\/(\w+)\/(\w+)"/g)];
    expect(all.length).toBeGreaterThan(50);
    for (const [, kind, name] of all) {
      expect(document.components[kind as "schemas" | "responses"]).toHaveProperty(name ?? "");
    }
    expect(text).not.toContain("#/$defs/");
  });
});
