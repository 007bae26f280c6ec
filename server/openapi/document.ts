import * as z from "zod";
import { REFUSAL_CODES } from "../refusal.ts";
import { appRouter } from "../trpc/router.ts";
import { VERSION } from "../version.ts";
import { ENDPOINTS, type Endpoint, STREAMS, type Stream } from "./endpoints.ts";

/** The schema by which a procedure's calls are checked. @throws where there is no procedure of this name. */
export function inputOf(name: string): z.ZodObject {
  const procedures = appRouter._def.procedures as unknown as Record<
    string,
    { _def: { inputs: readonly z.ZodObject[] } } | undefined
  >;
  const found = procedures[name];
  if (found === undefined) throw new Error(`there is no procedure ${name}`);
  return found._def.inputs[0] ?? z.object({});
}

/**
 * The description of the HTTP API: OpenAPI 3.1, whose schemas are JSON Schema, made of the very zod schemas that check the calls.
 * @param origin of the site.
 */
export function openApiDocument(origin: string) {
  const streams = STREAMS.map((stream) => [stream.path, stream.method.toLowerCase(), streamOperation(stream)] as const);
  const calls = ENDPOINTS.map((one) => [one.path, one.method.toLowerCase(), operation(one)] as const);
  const paths: Record<string, Record<string, object>> = {};
  for (const [path, method, described] of [...calls, ...streams]) paths[path] = { ...paths[path], [method]: described };
  return {
    openapi: "3.1.0",
    info: {
      title: "Quorate",
      version: VERSION,
      description: "Volunteer computing: publish kernels, send work, watch it, get confirmed results.",
    },
    servers: [{ url: `${origin}/api` }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "A personal token with the scopes of what is done." },
      },
      schemas: {
        Refusal: jsonSchema(
          z.object({ code: z.enum(REFUSAL_CODES), message: z.string() }).describe("Decide by the code."),
        ),
      },
    },
  };
}

const REFUSED = {
  "4XX": {
    description: "Refused",
    content: { "application/json": { schema: { $ref: "#/components/schemas/Refusal" } } },
  },
};

function operation({ procedure, method, path, summary, answer }: Endpoint) {
  const input = inputOf(procedure);
  const inPath = namesIn(path);
  const { properties = {}, required = [] } = jsonSchema(input) as {
    properties?: Record<string, object>;
    required?: string[];
  };
  const rest = Object.entries(properties).filter(([name]) => !inPath.includes(name));
  const parameter = (where: "path" | "query") => (name: string) => ({
    ...{ name, in: where, required: where === "path" || required.includes(name) },
    schema: properties[name] ?? {},
  });
  const body = {
    type: "object",
    properties: Object.fromEntries(rest),
    required: required.filter((name) => !inPath.includes(name)),
  };
  return {
    ...{ operationId: procedure.replace(".", "_"), summary },
    parameters: [
      ...inPath.map(parameter("path")),
      ...(method === "GET" ? rest.map(([name]) => name).map(parameter("query")) : []),
    ],
    ...(method === "GET" || rest.length === 0
      ? {}
      : { requestBody: { required: body.required.length > 0, content: { "application/json": { schema: body } } } }),
    responses: {
      "200": { description: "Done", content: { "application/json": { schema: jsonSchema(answer, "output") } } },
      ...REFUSED,
    },
  };
}

function streamOperation({ operationId, summary, path, query, body, answer }: Stream) {
  const fields = jsonSchema(query ?? z.object({})) as { properties?: Record<string, object>; required?: string[] };
  const inQuery = Object.entries(fields.properties ?? {}).map(([name, schema]) => ({
    ...{ name, in: "query", required: fields.required?.includes(name) ?? false },
    schema,
  }));
  const inPath = namesIn(path).map((name) => ({ name, in: "path", required: true, schema: { type: "string" } }));
  return {
    ...{ operationId, summary, parameters: [...inPath, ...inQuery] },
    ...(body === undefined ? {} : { requestBody: { required: true, content: { [body]: {} } } }),
    responses: {
      "200": {
        description: "Done",
        content:
          answer === undefined
            ? { "application/octet-stream": {} }
            : { "application/json": { schema: jsonSchema(answer, "output") } },
      },
      ...REFUSED,
    },
  };
}

function namesIn(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "");
}

function jsonSchema(schema: z.ZodType, io: "input" | "output" = "input"): object {
  const { $schema: _draft, ...described } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return described;
}
