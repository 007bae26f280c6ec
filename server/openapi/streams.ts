import * as z from "zod";
import type { Scope } from "../account/viewer.ts";
import { PART_MAX_BYTES, PART_MAX_DRAFTS } from "../core/submission/draft.ts";
import { partAnswer, publishedAnswer, resultLine, submittedAnswer } from "./answers.ts";
import type { About } from "./endpoints.ts";

/** A route that is no procedure: its body or its answer may be of any length. */
export type Stream = About & {
  operationId: string;
  scope: Scope;
  query?: z.ZodObject;
  /** What is sent. */
  body?: { type: string; words: string; schema?: z.ZodType };
  /** What comes: an object of JSON, or, of another type, the lines of a file. */
  answer: { type: string; words: string; schema?: z.ZodType };
};

const IN_JSON = "application/json";

const results = z.object({
  order: z
    .enum(["inputs", "completed"])
    .optional()
    .describe("As the inputs stood, or as they came to be there, each with a cursor (jsonl and csv)."),
  after: z.int().min(0).optional(),
  cursor: z
    .string()
    .optional()
    .describe("With order=completed: goes on where a line said; nothing is missed, some may be told again."),
  since: z.int().min(0).optional(),
  tag: z.string().optional(),
});
const file = {
  type: "application/octet-stream",
  words: "The file. Of jsonl each line is a Result.",
  schema: resultLine,
};

export const STREAMS: readonly Stream[] = [
  {
    ...{ method: "POST", path: "/projects/{slug}/versions", operationId: "publish", tag: "programs", scope: "publish" },
    summary: "Publishes a kernel package; its app is made where there is none of its name",
    description:
      "It is checked and its examples are computed first. What is wrong is told with file, line and remedy in faults. The same package again is fine.",
    conflict: "This version was published with other contents.",
    body: { type: "application/zip", words: "The kernel's folder, kernel.json at its top." },
    answer: { type: IN_JSON, words: "Published", schema: publishedAnswer },
  },
  {
    ...{ method: "PUT", path: "/projects/{slug}/files/{sha256}", operationId: "putFile", tag: "submitting" },
    ...{ scope: "submit", summary: "Stores a file that many workunits read, once" },
    description: "It goes again after a day unless a batch names it. The same file again is fine.",
    body: { type: "application/octet-stream", words: "The file." },
    answer: {
      ...{ type: IN_JSON, words: "Stored" },
      schema: z.looseObject({ sha256: z.string().describe("Its hash."), bytes: z.int().describe("Its size.") }),
    },
  },
  {
    ...{ method: "POST", path: "/versions/{id}/batches", operationId: "submit", tag: "submitting", scope: "submit" },
    summary: "Submits a whole file in one call, once for each key",
    description:
      "However long it is. Nothing is created when a line is bad, unless onBad says so. What breaks off is sent again under the same key, or goes in parts.",
    conflict: "The key was used for a batch with another name or other options, or the version takes no new work.",
    query: z.object({
      name: z.string(),
      key: z.string(),
      format: z.enum(["csv", "jsonl", "fasta", "fastq"]),
      source: z.string().optional(),
      options: z.string().optional(),
      flops: z.number().optional(),
      onBad: z.enum(["refuse", "skip"]).optional(),
      stopAbove: z.number().optional(),
      notifyMail: z.boolean().optional(),
    }),
    body: { type: "text/plain", words: "The lines, of any number." },
    answer: { type: IN_JSON, words: "Created, or found", schema: submittedAnswer },
  },
  {
    ...{ method: "PUT", path: "/batches/{id}/parts/{number}", operationId: "putPart", tag: "parts", step: 2 },
    ...{ scope: "submit", summary: "One part of a batch: JSON lines of workunits" },
    description: `At most ${PART_MAX_DRAFTS} workunits and ${PART_MAX_BYTES} bytes. The same part again is fine.`,
    conflict: "Another part has this number, or the batch was finished.",
    body: { type: "application/jsonl", words: "Each line is a Draft." },
    answer: { type: IN_JSON, words: "Stored", schema: partAnswer },
  },
  {
    ...{ method: "GET", path: "/batches/{id}/results.{format}", operationId: "results", tag: "results" },
    ...{ scope: "read", isOpen: true, query: results, answer: file },
    summary: "Confirmed results of a batch, while it runs and after",
    description:
      "In the order of the inputs, of any length. Of a batch that has ended jsonl, csv and bin have an ETag and take Range.",
  },
  {
    ...{ method: "GET", path: "/projects/{slug}/results.{format}", operationId: "projectResults", tag: "results" },
    ...{ scope: "read", isOpen: true, answer: file },
    summary: "Confirmed results of a whole project, by a query",
    query: results.extend({
      app: z.string().optional().describe("Only of this app."),
      version: z.string().optional().describe("Only of this version."),
    }),
  },
];
