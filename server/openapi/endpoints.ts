import * as z from "zod";
import { PART_MAX_BYTES, PART_MAX_DRAFTS } from "../core/submission/draft.ts";

/** A procedure at an address of its own, for curl, Python and whatever else speaks HTTP. */
export type Endpoint = {
  method: "GET" | "POST" | "DELETE";
  /** Of the address below /api; a name in braces is a field of the procedure's input. */
  path: `/${string}`;
  procedure: string;
  summary: string;
  /** What the answer has, for the description; the answer is what the procedure answers. */
  answer: z.ZodType;
};

const id = z.int().describe("a batch's number");
const count = z.int().min(0);
const seconds = z.int().describe("seconds since 1970");
const fault = z.object({ line: z.int(), message: z.string() });
const done = z.looseObject({ batchId: id });
const batch = z.looseObject({
  batchId: id,
  project: z.string(),
  app: z.string(),
  version: z.string(),
  name: z.string(),
  state: z.enum(["draft", "creating", "open", "paused", "cancelled"]),
  createdSeconds: seconds,
  workunits: count,
  completed: count,
  failed: count,
  cancelSeconds: seconds.nullable(),
  stopReason: z.string().nullable(),
  doneSeconds: seconds.nullable(),
});
const version = z.looseObject({
  appVersionId: z.int(),
  app: z.string(),
  version: z.string(),
  state: z.enum(["published", "deprecated", "withdrawn"]),
  hash: z.string().describe("SHA-256 of its document, GET /api/files/HASH"),
  title: z.string(),
  input: z.looseObject({}).nullable().describe("what kernel.json says of inputs"),
  output: z.looseObject({}).describe("what kernel.json says of outputs"),
});
const workunit = z.looseObject({
  workunitId: z.int(),
  name: z.string(),
  state: z.enum(["open", "completed", "failed"]),
  errors: z.array(z.string()),
  retriedAs: z.int().nullable(),
});

/** What a scientist needs, in the order in which it is needed. */
export const ENDPOINTS: readonly Endpoint[] = [
  {
    ...{
      method: "GET",
      path: "/whoami",
      procedure: "token.whoami",
      summary: "Whose token this is, and what it may do",
    },
    answer: z.looseObject({
      userId: z.int(),
      name: z.string().nullable(),
      scopes: z.array(z.string()),
      project: z.string().nullable(),
    }),
  },
  {
    ...{ method: "GET", path: "/projects/{slug}/versions", procedure: "version.list" },
    ...{ summary: "What can be computed in a project, the newest first", answer: z.array(version) },
  },
  {
    ...{ method: "GET", path: "/versions/{appVersionId}/choices", procedure: "batch.choices" },
    summary: "How bad is a wrong answer? The redundancy for each answer",
    answer: z.array(z.looseObject({ harm: z.string(), policy: z.looseObject({}), parameters: z.looseObject({}) })),
  },
  {
    ...{ method: "POST", path: "/batches/plan", procedure: "batch.plan" },
    ...{ summary: "What submitting would do and cost; creates nothing", answer: z.looseObject({ nFaults: count }) },
  },
  {
    ...{ method: "POST", path: "/batches", procedure: "batch.open" },
    summary: "Begins a batch whose workunits follow in parts, or finds the one with this key",
    answer: z.looseObject({ batchId: id, state: z.string(), isNew: z.boolean(), parts: z.array(count) }),
  },
  {
    ...{ method: "POST", path: "/batches/{batchId}/finish", procedure: "batch.finish" },
    summary: "Says that all parts were sent: the workunits are made, all or none",
    answer: z.looseObject({ batchId: id, state: z.string(), workunits: count, faults: z.array(fault) }),
  },
  {
    ...{ method: "DELETE", path: "/batches/{batchId}", procedure: "batch.discard" },
    ...{ summary: "Throws away a batch that was not finished", answer: z.null() },
  },
  {
    ...{ method: "GET", path: "/projects/{slug}/batches", procedure: "batch.list" },
    ...{ summary: "A project's batches, the newest first", answer: z.array(batch) },
  },
  {
    ...{
      method: "GET",
      path: "/batches/{batchId}",
      procedure: "batch.get",
      summary: "How a batch is doing",
      answer: batch,
    },
  },
  {
    ...{ method: "GET", path: "/batches/{batchId}/details", procedure: "batch.details" },
    summary: "Pace, redundancy, disagreements and failures by reason",
    answer: z.looseObject({
      perSecond: z.number().nullable(),
      doneInSeconds: z.number().nullable(),
      redundancy: z.number().nullable(),
    }),
  },
  {
    ...{ method: "GET", path: "/batches/{batchId}/workunits", procedure: "batch.workunits" },
    ...{ summary: "Its workunits in the order of the inputs, page by page", answer: z.array(workunit) },
  },
  {
    ...{ method: "POST", path: "/batches/{batchId}/reduce", procedure: "batch.reduce" },
    summary: "All outputs as one answer: sum, least, most, top-k, concatenation, histogram",
    answer: z.looseObject({ outputs: count, malformed: count }),
  },
  {
    ...{ method: "POST", path: "/batches/{batchId}/pause", procedure: "batch.pause" },
    ...{ summary: "Hands out nothing more; what is out may be reported", answer: done },
  },
  {
    ...{
      method: "POST",
      path: "/batches/{batchId}/resume",
      procedure: "batch.resume",
      summary: "Goes on",
      answer: done,
    },
  },
  {
    ...{ method: "POST", path: "/batches/{batchId}/cancel", procedure: "batch.cancel" },
    ...{ summary: "Ends a batch, 30 seconds later", answer: done },
  },
  {
    ...{ method: "POST", path: "/batches/{batchId}/undo-cancel", procedure: "batch.undoCancel" },
    ...{ summary: "Takes a cancellation back within its 30 seconds", answer: done },
  },
  {
    ...{ method: "POST", path: "/batches/{batchId}/priority", procedure: "batch.setPriority" },
    ...{ summary: "Higher goes first", answer: done },
  },
  {
    ...{ method: "POST", path: "/batches/{batchId}/notices", procedure: "batch.setNotices" },
    ...{ summary: "When it stops itself, and whether you get a mail", answer: batch },
  },
  {
    ...{ method: "POST", path: "/batches/{batchId}/retry", procedure: "batch.retryFailed" },
    ...{
      summary: "New workunits for those that failed, in a batch of their own",
      answer: z.looseObject({ batchId: id, workunits: count }),
    },
  },
];

/** A route that is no procedure: its body or its answer may be of any length. */
export type Stream = {
  method: "GET" | "POST" | "PUT";
  path: `/${string}`;
  operationId: string;
  summary: string;
  query?: z.ZodObject;
  /** Media type of what is sent. */
  body?: string;
  /** Absent: a file. */
  answer?: z.ZodType;
};

export const STREAMS: readonly Stream[] = [
  {
    ...{ method: "POST", path: "/projects/{slug}/versions", operationId: "publish", body: "application/zip" },
    summary: "Publishes a kernel package; its app is made where there is none of its name",
    answer: z.object({
      appVersionId: z.int(),
      app: z.string(),
      version: z.string(),
      hash: z.string(),
      isNew: z.boolean(),
    }),
  },
  {
    ...{ method: "POST", path: "/versions/{id}/batches", operationId: "submit", body: "text/plain" },
    summary: "Submits a whole file in one call, once for each key; at most two minutes",
    query: z.object({
      name: z.string(),
      key: z.string().describe("yours: the same key is the same batch"),
      format: z.enum(["csv", "jsonl", "fasta", "fastq"]),
      source: z.string().optional().describe("JSON: how lines become inputs, as in POST /batches/plan"),
      options: z.string().optional().describe("JSON, as in POST /batches"),
      flops: z.number().optional().describe("estimated floating point operations of one workunit"),
      onBad: z.enum(["refuse", "skip"]).optional(),
      stopAbove: z.number().optional(),
      notifyMail: z.boolean().optional(),
    }),
    answer: z.looseObject({
      batchId: id,
      state: z.string(),
      workunits: count,
      faults: z.array(fault),
      isNew: z.boolean(),
    }),
  },
  {
    ...{ method: "PUT", path: "/batches/{id}/parts/{number}", operationId: "putPart", body: "application/jsonl" },
    summary: `JSON lines of workunits: at most ${PART_MAX_DRAFTS} and ${PART_MAX_BYTES} bytes, numbered from 0. The same part again is fine`,
    answer: z.object({ number: z.int(), drafts: count, faults: z.array(fault), nFaults: count, isNew: z.boolean() }),
  },
  {
    ...{ method: "GET", path: "/batches/{id}/results.{format}", operationId: "results" },
    summary:
      "Confirmed results in the order of the inputs, while the batch runs and after: jsonl, csv, bin, parquet or zip",
    query: z.object({
      after: z.int().optional().describe("goes on after this workunit (jsonl, csv, bin)"),
      since: z.int().optional().describe("confirmed at this second or later"),
      tag: z.string().optional().describe("NAME:VALUE"),
    }),
  },
];
