import * as z from "zod";
import type { Scope } from "../account/viewer.ts";
import { batchOptionsSchema, workunitDraftSchema } from "../core/submission/draft.ts";
import { sourceSchema } from "../core/submission/read-source.ts";
import { reductionSchema } from "../core/submission/reduce.ts";
import { policySchema } from "../core/wire/app-settings.ts";
import type { JsonSchema } from "../core/wire/json-schema.ts";
import type { ApiOperation, ApiParameter, ApiResponse, OpenApiDocument } from "../core/wire/open-api.ts";
import { REFUSAL_STATUSES } from "../http/answer-refusals.ts";
import type { RefusalCode } from "../refusal.ts";
import { appRouter } from "../trpc/router.ts";
import { VERSION } from "../version.ts";
import { batchAnswer, resultLine, versionAnswer } from "./answers.ts";
import { type About, ENDPOINTS, type Endpoint, TAGS } from "./endpoints.ts";
import { wordsFor } from "./fields.ts";
import { sampleSetup, samplesOf } from "./samples.ts";
import { STREAMS, type Stream } from "./streams.ts";

type Procedure = { _def: { inputs: readonly z.ZodObject[]; meta?: { scope?: Scope } } };

function procedureOf(name: string): Procedure {
  const procedures = appRouter._def.procedures as unknown as Record<string, Procedure | undefined>;
  const found = procedures[name];
  if (found === undefined) throw new Error(`there is no procedure ${name}`);
  return found;
}

/** The schema by which a procedure's calls are checked. @throws where there is no procedure of this name. */
export function inputOf(name: string): z.ZodObject {
  return procedureOf(name)._def.inputs[0] ?? z.object({});
}

/** Schemas with a name of their own, described once. */
const NAMED: Readonly<Record<string, z.ZodType>> = {
  Options: batchOptionsSchema,
  Policy: policySchema,
  Source: sourceSchema,
  Draft: workunitDraftSchema,
  Reduction: reductionSchema,
  Batch: batchAnswer,
  Version: versionAnswer,
  Result: resultLine,
};

/** Refusals that any call may meet, and those that follow from what it is. `conflict` is told by each in its own words. */
const REFUSALS: Readonly<Partial<Record<RefusalCode, string>>> = {
  bad_request: "Wrong in itself: the message says which field, line or limit.",
  unauthenticated: "No token, or one that is unknown, expired or revoked.",
  forbidden: "The token lacks the scope, or you the role in the project.",
  not_found: "There is no such thing, or none that you may see.",
  conflict: "It contradicts what is there already.",
  too_large: "More than one call may send.",
  rate_limited: "Too many calls in too short a time: wait, then go on.",
};

/**
 * The description of the HTTP API: OpenAPI 3.1, whose schemas are JSON Schema, made of the very zod schemas that check the calls.
 * @param origin of the site.
 */
export function openApiDocument(origin: string): OpenApiDocument {
  // Reading all schemas takes a tenth of a second: once is enough.
  described ??= describeAll();
  return { ...described, servers: [{ url: `${origin}/api` }], "x-sampleSetup": sampleSetup(origin) };
}

let described: Omit<OpenApiDocument, "servers" | "x-sampleSetup"> | undefined;

function describeAll(): NonNullable<typeof described> {
  const schemas: Record<string, JsonSchema> = {};
  const read = schemaReader(schemas);
  const operations = [
    ...ENDPOINTS.map((one) => ({ about: one, operation: operation(one, read) })),
    ...STREAMS.map((one) => ({ about: one, operation: streamOperation(one, read) })),
  ];
  const tags = Object.keys(TAGS);
  operations.sort(
    ({ about: a }, { about: b }) => tags.indexOf(a.tag) - tags.indexOf(b.tag) || (a.step ?? 0) - (b.step ?? 0),
  );
  const paths: OpenApiDocument["paths"] = {};
  for (const { about, operation: described } of operations) {
    paths[about.path] = { ...paths[about.path], [about.method.toLowerCase()]: described };
  }
  const refusal = z.looseObject({ code: z.enum(REFUSAL_CODES_TOLD), message: z.string() });
  schemas["Refusal"] = read(refusal, "Refusal");
  return {
    openapi: "3.1.0",
    info: {
      title: "Quorate",
      version: VERSION,
      description: "Volunteer computing: publish kernels, send work, watch it, get confirmed results.",
    },
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "A personal token with the scopes of what is done." },
      },
      schemas,
      responses: Object.fromEntries(Object.entries(REFUSALS).map(([code, words]) => [code, refused(code, words)])),
    },
  };
}

const REFUSAL_CODES_TOLD = Object.keys(REFUSALS) as [RefusalCode, ...RefusalCode[]];

function refused(code: string, description: string) {
  const content = { "application/json": { schema: { $ref: "#/components/schemas/Refusal" } } };
  return { description, content, "x-status": REFUSAL_STATUSES[code as RefusalCode], "x-code": code };
}

type ReadSchema = (schema: z.ZodType, under: string, io?: "input" | "output") => JsonSchema;

function operation(endpoint: Endpoint, read: ReadSchema): ApiOperation {
  const { procedure, method, path, answer } = endpoint;
  const input = read(inputOf(procedure), procedure);
  const inPath = namesIn(path);
  const { properties = {}, required = [] } = input;
  const rest = Object.entries(properties).filter(([name]) => !inPath.includes(name));
  const inQuery = method === "GET" ? rest.map(([name]) => name) : [];
  const body = {
    type: "object",
    properties: Object.fromEntries(rest),
    required: required.filter((name) => !inPath.includes(name)),
  };
  const content = { "application/json": { schema: read(answer, procedure, "output") } };
  const operationId = procedure.replace(".", "_");
  return {
    ...said(endpoint, operationId, procedureOf(procedure)._def.meta?.scope),
    parameters: [
      ...inPath.map((name) => parameter(name, "path", properties[name] ?? {}, true)),
      ...inQuery.map((name) => parameter(name, "query", properties[name] ?? {}, required.includes(name))),
    ],
    ...(method === "GET" || rest.length === 0
      ? {}
      : { requestBody: { required: body.required.length > 0, content: { "application/json": { schema: body } } } }),
    responses: { "200": { description: "Done", content }, ...refusals(endpoint, rest.length > 0) },
    "x-codeSamples": samplesOf({ ...endpoint, operationId }),
  };
}

function streamOperation(stream: Stream, read: ReadSchema): ApiOperation {
  const { operationId, path, query, body, answer, scope } = stream;
  const inPath = Object.fromEntries(namesIn(path).map((name) => [name, z.string()]));
  const places = read(z.object(inPath), operationId).properties ?? {};
  const { properties = {}, required = [] } = read(query ?? z.object({}), operationId);
  const schemaOf = (schema: z.ZodType | undefined, io: "input" | "output") =>
    schema === undefined ? {} : { schema: read(schema, operationId, io) };
  return {
    ...said(stream, operationId, scope),
    parameters: [
      ...Object.entries(places).map(([name, schema]) => parameter(name, "path", schema, true)),
      ...Object.entries(properties).map(([name, schema]) => parameter(name, "query", schema, required.includes(name))),
    ],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            description: body.words,
            content: { [body.type]: schemaOf(body.schema, "input") },
          },
        }),
    responses: {
      "200": { description: answer.words, content: { [answer.type]: schemaOf(answer.schema, "output") } },
      ...refusals(stream, true),
    },
    "x-codeSamples": samplesOf(stream),
  };
}

/** `scope`: what a token needs; absent: any token will do. */
function said({ tag, summary, description, isOpen }: About, operationId: string, scope: Scope | undefined) {
  const token = { token: scope === undefined ? [] : [scope] };
  return {
    ...{ operationId, tags: [tag], summary },
    ...(description === undefined ? {} : { description }),
    security: isOpen === true ? [{}, token] : [token],
  };
}

function parameter(name: string, where: "path" | "query", schema: JsonSchema, required: boolean): ApiParameter {
  const { description, ...rest } = schema;
  return { name, in: where, required, ...(description === undefined ? {} : { description }), schema: rest };
}

/** `takes`: it is given anything beside its path. */
function refusals({ method, path, conflict }: About, takes: boolean): Record<string, ApiResponse | { $ref: string }> {
  const isAbout = path.includes("{");
  const codes: RefusalCode[] = [
    "unauthenticated",
    ...(isAbout || takes ? (["bad_request", "forbidden"] as const) : []),
    ...(isAbout ? (["not_found"] as const) : []),
    ...(takes && method !== "GET" ? (["too_large"] as const) : []),
    "rate_limited",
  ];
  const shared = codes.map((code) => [REFUSAL_STATUSES[code], { $ref: `#/components/responses/${code}` }]);
  const own = conflict === undefined ? [] : [[REFUSAL_STATUSES.conflict, refused("conflict", conflict)]];
  return Object.fromEntries([...shared, ...own]) as Record<string, ApiResponse | { $ref: string }>;
}

function namesIn(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "");
}

const NAMES = z.registry<{ id?: string; description?: string }>();
for (const [id, schema] of Object.entries(NAMED)) NAMES.add(schema, { id });

/** Schemas as OpenAPI has them: those with a name go to `named`, and every field is told what it means. */
function schemaReader(named: Record<string, JsonSchema>): ReadSchema {
  return (schema, under, io = "input") => {
    const made = z.toJSONSchema(schema, {
      io,
      unrepresentable: "any",
      metadata: NAMES,
      override: ({ zodSchema, jsonSchema }) => {
        const own = z.globalRegistry.get(zodSchema)?.description;
        if (own !== undefined) jsonSchema.description = own;
      },
    }) as JsonSchema & { $schema?: string; $defs?: Record<string, JsonSchema>; id?: string };
    const { $schema: _draft, $defs = {}, ...described } = made;
    for (const [name, definition] of Object.entries($defs)) named[name] ??= explained(definition, name);
    const own = NAMES.get(schema)?.id;
    if (own === undefined) return explained(described, under);
    named[own] ??= explained(described, own);
    return { $ref: `#/components/schemas/${own}` };
  };
}

/** The same schema, its fields with words where they have none, and references to where OpenAPI keeps them. */
function explained(schema: JsonSchema, path: string): JsonSchema {
  const { $ref, properties, items, anyOf, oneOf, additionalProperties, ...rest } = schema as JsonSchema & {
    id?: string;
  };
  delete rest.id;
  const field = ([name, inner]: [string, JsonSchema]): [string, JsonSchema] => {
    const below = `${path}.${name}`;
    const described = explained(inner, below);
    const words = described.description ?? wordsFor(below)?.words;
    return [name, words === undefined ? described : { ...described, description: words }];
  };
  const same = (inner: JsonSchema) => explained(inner, path);
  return {
    ...rest,
    ...($ref === undefined ? {} : { $ref: $ref.replace("#/$defs/", "#/components/schemas/") }),
    ...(properties === undefined ? {} : { properties: Object.fromEntries(Object.entries(properties).map(field)) }),
    ...(items === undefined ? {} : { items: same(items) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map(same) }),
    ...(oneOf === undefined ? {} : { oneOf: oneOf.map(same) }),
    ...(typeof additionalProperties === "object"
      ? { additionalProperties: explained(additionalProperties, `${path}.*`) }
      : additionalProperties === undefined
        ? {}
        : { additionalProperties }),
  };
}
