import type { JsonSchema } from "./json-schema.ts";

/** What of OpenAPI 3.1 the site's own description uses: for whoever makes it, and for the page that shows it. */

export type ApiParameter = {
  name: string;
  in: "path" | "query";
  required: boolean;
  description?: string;
  schema: JsonSchema;
};

type Content = Record<string, { schema?: JsonSchema }>;

export type ApiResponse = { description: string; content: Content };

/** The same call in two languages; `lang` is what people call it. */
export type CodeSample = { lang: "curl" | "Python"; source: string };

export type ApiOperation = {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  /** One of these is needed; an empty one says that nothing is. */
  security: { token?: string[] }[];
  parameters: ApiParameter[];
  requestBody?: { required: boolean; description?: string; content: Content };
  /** By status. */
  responses: Record<string, ApiResponse | { $ref: string }>;
  "x-codeSamples": CodeSample[];
};

export const API_METHODS = ["get", "post", "put", "delete"] as const;
export type ApiMethod = (typeof API_METHODS)[number];

export type OpenApiDocument = {
  openapi: "3.1.0";
  info: { title: string; version: string; description: string };
  servers: { url: string }[];
  tags: { name: string; description: string }[];
  paths: Record<string, Partial<Record<ApiMethod, ApiOperation>>>;
  components: {
    securitySchemes: Record<string, object>;
    schemas: Record<string, JsonSchema>;
    responses: Record<string, ApiResponse & { "x-status": number; "x-code": string }>;
  };
  /** What every sample begins with: once in a terminal, and at the top of a Python program. */
  "x-sampleSetup": { shell: string; python: string };
};
