import * as z from "zod";
import {
  batchAnswer,
  choiceAnswer,
  controlledAnswer,
  detailsAnswer,
  finishedAnswer,
  openedAnswer,
  planAnswer,
  reducedAnswer,
  retriedAnswer,
  versionAnswer,
  whoAmIAnswer,
  workunitAnswer,
} from "./answers.ts";

/** What the endpoints are about, in the order in which a scientist comes across it. */
export const TAGS = {
  token: "Your token",
  programs: "Programs",
  submitting: "Submitting work",
  parts: "Submitting in parts",
  watching: "Watching it",
  steering: "Steering it",
  results: "Getting results",
} as const;
export type Tag = keyof typeof TAGS;

/** What every endpoint says of itself, whatever it does. */
export type About = {
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** Of the address below /api; a name in braces is a field of the input. */
  path: `/${string}`;
  tag: Tag;
  summary: string;
  /** More than the summary: what follows from it, what to watch out for. */
  description?: string;
  /** What everybody sees needs no token. */
  isOpen?: true;
  /** When it is refused with `conflict`. */
  conflict?: string;
  /** Its place among those of its tag, where streams stand between endpoints. */
  step?: number;
};

/** A procedure at an address of its own, for curl, Python and whatever else speaks HTTP. */
export type Endpoint = About & {
  method: "GET" | "POST" | "DELETE";
  procedure: string;
  /** What the answer has, for the description; the answer is what the procedure answers. */
  answer: z.ZodType;
};

const ENDED = "The batch has ended, or is in no state for it.";

/** What a scientist needs, in the order in which it is needed. */
export const ENDPOINTS: readonly Endpoint[] = [
  {
    ...{ method: "GET", path: "/whoami", procedure: "token.whoami", tag: "token", answer: whoAmIAnswer },
    summary: "Whose token this is, and what it may do",
  },
  {
    ...{ method: "GET", path: "/projects/{slug}/versions", procedure: "version.list", tag: "programs", isOpen: true },
    summary: "What can be computed in a project, the newest first",
    answer: versionAnswer.array(),
  },
  {
    ...{ method: "GET", path: "/versions/{appVersionId}/choices", procedure: "batch.choices", tag: "submitting" },
    summary: "How bad is a wrong answer? The redundancy for each answer",
    description: "Policy and parameters of the choice go into the options of a batch.",
    answer: choiceAnswer.array(),
  },
  {
    ...{ method: "POST", path: "/batches/plan", procedure: "batch.plan", tag: "submitting", answer: planAnswer },
    summary: "What submitting would do and cost; creates nothing",
    conflict: "The version takes no new work.",
  },
  {
    ...{ method: "POST", path: "/batches", procedure: "batch.open", tag: "parts", step: 1, answer: openedAnswer },
    summary: "Begins a batch whose workunits follow in parts, or finds the one with this key",
    description:
      "Then send the parts that are not among parts, and finish. What breaks off is gone on with: the same call again says what is missing.",
    conflict: "The key was used for a batch with another name or other options, or the version takes no new work.",
  },
  {
    ...{ method: "POST", path: "/batches/{batchId}/finish", procedure: "batch.finish", tag: "parts", step: 3 },
    summary: "Says that all parts were sent: the workunits are made, all or none",
    answer: finishedAnswer,
  },
  {
    ...{ method: "DELETE", path: "/batches/{batchId}", procedure: "batch.discard", tag: "parts", step: 4 },
    ...{ summary: "Throws away a batch that was not finished", conflict: "The batch was finished: cancel it instead." },
    answer: z.null(),
  },
  {
    ...{ method: "GET", path: "/projects/{slug}/batches", procedure: "batch.list", tag: "watching", isOpen: true },
    ...{ summary: "A project's batches, the newest first", answer: batchAnswer.array() },
  },
  {
    ...{ method: "GET", path: "/batches/{batchId}", procedure: "batch.get", tag: "watching", isOpen: true },
    summary: "How a batch is doing",
    description: "Done is a batch whose completed and failed workunits are all of its workunits.",
    answer: batchAnswer,
  },
  {
    ...{ method: "GET", path: "/batches/{batchId}/details", procedure: "batch.details", tag: "watching", isOpen: true },
    ...{ summary: "Pace, redundancy, disagreements and failures by reason", answer: detailsAnswer },
  },
  {
    ...{ method: "GET", path: "/batches/{batchId}/workunits", procedure: "batch.workunits", tag: "watching" },
    ...{ isOpen: true, summary: "Its workunits in the order of the inputs, page by page" },
    answer: workunitAnswer.array(),
  },
  {
    ...{ method: "POST", path: "/batches/{batchId}/pause", procedure: "batch.pause", tag: "steering" },
    ...{ summary: "Hands out nothing more; what is out may be reported", answer: controlledAnswer, conflict: ENDED },
  },
  {
    ...{ method: "POST", path: "/batches/{batchId}/resume", procedure: "batch.resume", tag: "steering" },
    ...{
      summary: "Goes on; a batch that stopped itself does not do so again",
      answer: controlledAnswer,
      conflict: ENDED,
    },
  },
  {
    ...{ method: "POST", path: "/batches/{batchId}/priority", procedure: "batch.setPriority", tag: "steering" },
    ...{ summary: "Higher goes first", answer: controlledAnswer, conflict: ENDED },
  },
  {
    ...{ method: "POST", path: "/batches/{batchId}/notices", procedure: "batch.setNotices", tag: "steering" },
    ...{ summary: "When it stops itself, and whether you get a mail", answer: batchAnswer, conflict: ENDED },
  },
  {
    ...{ method: "POST", path: "/batches/{batchId}/cancel", procedure: "batch.cancel", tag: "steering" },
    ...{ summary: "Ends a batch, 30 seconds later", answer: controlledAnswer, conflict: ENDED },
    description: "What is confirmed until then stays.",
  },
  {
    ...{ method: "POST", path: "/batches/{batchId}/undo-cancel", procedure: "batch.undoCancel", tag: "steering" },
    ...{ summary: "Takes a cancellation back within its 30 seconds", answer: controlledAnswer, conflict: ENDED },
  },
  {
    ...{ method: "POST", path: "/batches/{batchId}/retry", procedure: "batch.retryFailed", tag: "steering" },
    ...{ summary: "New workunits for those that failed, in a batch of their own", answer: retriedAnswer },
    conflict: "No failed workunit is left that was not tried again.",
  },
  {
    ...{ method: "POST", path: "/batches/{batchId}/reduce", procedure: "batch.reduce", tag: "results", isOpen: true },
    ...{ summary: "All outputs as one answer: sum, least, most, top-k, histogram", answer: reducedAnswer },
    description: "All outputs one after the other are results.bin.",
  },
];
