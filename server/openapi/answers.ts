import * as z from "zod";
import { HARMS } from "../core/submission/choose-policy.ts";
import { workunitDraftSchema } from "../core/submission/draft.ts";
import { policySchema } from "../core/wire/app-settings.ts";

/**
 * What the calls of the HTTP API answer, for their description: what a procedure answers is its own. Clients are to expect
 * fields that are not here yet. tests/published/documentation.test.ts holds real answers against these.
 */

const count = z.int().min(0);
const share = z.number().min(0).max(1);
const seconds = z.int().describe("Seconds since 1970, UTC.");
const batchId = z.int().describe("The batch's number.");
const state = z.enum(["draft", "creating", "open", "paused", "cancelled"]);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const fault = z.looseObject({
  line: z.int().describe("The line of what was sent, from 1."),
  message: z.string().describe("What is wrong with it."),
});
const faults = z.array(fault).describe("Lines that were left out, the first of them.");

export const whoAmIAnswer = z.looseObject({
  userId: z.int().describe("The account's number."),
  name: z.string().nullable().describe("Its public name."),
  scopes: z.array(z.string()).describe("What the token may do."),
  project: z.string().nullable().describe("The one project the token is for; null: all of yours."),
});

export const versionAnswer = z.looseObject({
  appVersionId: z.int().describe("Number of the version: VERSION in the examples."),
  app: z.string().describe("The app's name, as kernel.json has it."),
  version: z.string().describe("Its version, as kernel.json has it."),
  state: z.enum(["published", "deprecated", "withdrawn"]).describe("Only what is published takes new work."),
  hash: z.string().describe("SHA-256 of its document, which is at /api/files/HASH."),
  title: z.string().describe("What volunteers read."),
  summary: z.string().describe("What it computes."),
  flopsPerUnit: z.number().nullable().describe("Estimated floating point operations of one unit."),
  files: z.array(z.string()).describe("Files that every workunit needs beside its input."),
  input: z.looseObject({}).nullable().describe("What kernel.json says of inputs; null: nothing."),
  output: z.looseObject({}).describe("What kernel.json says of outputs."),
});

const parameters = z.looseObject({
  minQuorum: count.describe("So many must agree."),
  homogeneity: z.enum(["off", "same", "diverse"]).optional().describe("On which kinds of machines."),
});

export const choiceAnswer = z.looseObject({
  harm: z.enum(HARMS).describe("How bad a wrong answer is."),
  policy: policySchema.describe("Goes into options of a batch."),
  parameters: parameters.describe("Go into options of a batch."),
  reasons: z.array(z.string()).describe("Why it was chosen."),
});

export const planAnswer = z.looseObject({
  workunits: count.describe("Workunits that would be made."),
  resultsAtOnce: count.describe("Computations that are handed out at first."),
  executions: z.number().describe("Computations until all are confirmed, replacements included."),
  executionsPerWorkunit: z.number().describe("The same for each workunit."),
  computeSeconds: z.number().describe("Seconds of computing in all."),
  secondsPerExecution: z.number().describe("Seconds of one computation."),
  doneInSeconds: z.number().nullable().describe("With today's volunteers; null: nobody computed today."),
  isMeasured: z.boolean().describe("Whether that is of computations of the last day, or assumed."),
  choice: choiceAnswer.omit({ harm: true }).nullable().describe("Chosen for harm; null where none was given."),
  examples: z.array(workunitDraftSchema).describe("The first workunits as they would be made."),
  faults: faults.describe("What is wrong, the first of it."),
  nFaults: count.describe("How many lines are wrong."),
});

export const openedAnswer = z.looseObject({
  batchId,
  state: state.describe("draft: parts may be sent. Anything else: it is there already."),
  isNew: z.boolean().describe("False: this key was used before, and this is that batch."),
  parts: z.array(count).describe("Numbers of the parts that are here: send the others."),
});

export const partAnswer = z.looseObject({
  number: count.describe("The part's number."),
  drafts: count.describe("Workunits in it."),
  faults,
  nFaults: count.describe("How many lines are wrong."),
  isNew: z.boolean().describe("False: the same part was here already."),
});

export const finishedAnswer = z.looseObject({
  batchId,
  state: state.describe("creating: the workunits are being made. open: they can be computed."),
  workunits: count.describe("Workunits made so far."),
  faults,
  nFaults: count.describe("How many lines were left out."),
});

export const submittedAnswer = finishedAnswer.extend({
  isNew: z.boolean().describe("False: this key was used before, and nothing was created."),
});

export const batchAnswer = z.looseObject({
  batchId,
  projectId: z.int().describe("The project's number."),
  project: z.string().describe("The project's name in addresses."),
  app: z.string().describe("The app's name."),
  version: z.string().describe("The app's version."),
  name: z.string().describe("What the submitter called it."),
  key: z.string().nullable().describe("The submitter's key; null for others than members."),
  state: state.describe("draft: parts are being sent. creating: the workunits are being made."),
  createdSeconds: seconds.describe("When it was submitted, in seconds since 1970."),
  parts: count.describe("Parts that are here, while it is a draft."),
  created: count.describe("Workunits made so far."),
  workunits: count.describe("Workunits in all."),
  completed: count.describe("Confirmed workunits, those among them that were recalled later."),
  failed: count.describe("Workunits that ended without an answer. Done: completed + failed = workunits."),
  cancelSeconds: seconds.nullable().describe("When it is cancelled, unless that is undone; null: not at all."),
  priority: z.int().nullable().describe("Priority that was set for all of it; null: as submitted."),
  stopReason: z.string().nullable().describe("failure_rate: it paused itself. Null: it did not."),
  stopAbove: share.nullable().describe("It pauses itself when more than this share fails; null: never."),
  doneSeconds: seconds.nullable().describe("When all of it had ended, in seconds since 1970; null: not yet."),
  isSettled: z.boolean().describe("False: what was asked of it is still reaching its workunits."),
  retryOf: z.int().nullable().describe("The batch whose failed workunits it tries again."),
  retries: z.array(z.int()).describe("Batches that try its failed workunits again."),
  nowSeconds: seconds.describe("The server's clock, in seconds since 1970."),
  mailsMe: z.boolean().nullable().describe("Whether a mail tells you of its end; null: somebody else submitted it."),
});

export const detailsAnswer = z.looseObject({
  perSecond: z.number().nullable().describe("Workunits that end per second, over the last hour; null: none did."),
  doneInSeconds: z.number().nullable().describe("Until the last one, at this pace; null: not to be said."),
  sent: count.describe("Computations handed out."),
  inProgress: count.describe("Out with volunteers now."),
  waiting: count.describe("Not handed out yet."),
  succeeded: count.describe("Computations with an answer."),
  errors: count.describe("Computations without one."),
  disagreed: count.describe("Answers that were judged wrong."),
  recalled: count.describe("Confirmed workunits that were recalled later: their answers are in no results."),
  redundancy: z.number().nullable().describe("Computations for each confirmed workunit; null: none is confirmed."),
  failures: z
    .array(
      z.looseObject({
        reason: z.string().describe("Why they ended, as in reason of the list of workunits."),
        workunits: count.describe("How many did."),
      }),
    )
    .describe("Why workunits failed, the most frequent first."),
  resultErrors: z
    .array(
      z.looseObject({
        code: z.string().describe("What went wrong."),
        results: count.describe("How often."),
      }),
    )
    .describe("Why computations had no answer; each was replaced."),
  tail: z
    .looseObject({
      workunits: count.describe("Open workunits that are out with volunteers."),
      oldestSeconds: z.number().nullable().describe("How long the oldest answer has been awaited."),
    })
    .describe("What the end waits for."),
  history: z
    .array(
      z.looseObject({
        atSeconds: seconds.describe("Beginning of the stretch, in seconds since 1970."),
        completed: count.describe("Confirmed in it."),
        failed: count.describe("Failed in it."),
      }),
    )
    .describe("What ended when, in equal stretches."),
});

export const workunitAnswer = z.looseObject({
  workunitId: z.int().describe("The workunit's number; its story is at /workunits/NUMBER."),
  name: z.string().describe("Its name."),
  state: z.enum(["open", "completed", "failed"]).describe("completed: confirmed, unless it was recalled."),
  recalledSeconds: seconds
    .nullable()
    .describe("Since when its answer must not be used any more, in seconds since 1970; null: it was not recalled."),
  errors: z.array(z.string()).describe("Why it failed."),
  tags: z.looseObject({}).describe("Its tags."),
  retriedAs: z.int().nullable().describe("The workunit that tries it again."),
});

const values = count.describe("Values.");
const place = z.looseObject({
  workunitId: z.int().describe("Whose output it is in."),
  row: count.describe("Its row in that output, from 0."),
  value: z.number().describe("The value."),
});

export const reducedAnswer = z.looseObject({
  outputs: count.describe("Outputs that were read."),
  malformed: count.describe("Those that are not what the app declares, left out."),
  reduced: z
    .union([
      z.looseObject({
        kind: z.literal("sum").describe("What was asked for."),
        count: values,
        sum: z.number().describe("Their sum."),
        mean: z.number().nullable().describe("Their mean; null: there are none."),
        exact: z.string().nullable().describe("The sum of whole numbers in full."),
      }),
      z.looseObject({
        kind: z.enum(["min", "max"]).describe("What was asked for."),
        count: values,
        place: place.nullable().describe("Where it stands; null: there are no values."),
      }),
      z.looseObject({
        kind: z.literal("top").describe("What was asked for."),
        count: values,
        places: z.array(place).describe("The best, best first."),
      }),
      z.looseObject({
        kind: z.literal("histogram").describe("What was asked for."),
        count: values,
        counts: z.array(count).describe("Values in each bin."),
        below: count.describe("Values below from."),
        above: count.describe("Values above to."),
        notNumbers: count.describe("Values that are not a number."),
      }),
    ])
    .describe("The answer, by kind."),
});

export const controlledAnswer = z.looseObject({
  state: state.describe("The batch's state now."),
  cancelSeconds: seconds.nullable().describe("When it is cancelled, in seconds since 1970; null: not at all."),
  priority: z.int().nullable().describe("Priority that was set for all of it; null: as submitted."),
});

export const retriedAnswer = z.looseObject({
  batchId: z.int().describe("The new batch's number."),
  workunits: count.describe("Workunits that are tried again."),
});

export const publishedAnswer = z.looseObject({
  appVersionId: z.int().describe("Number of the version."),
  app: z.string().describe("The app's name."),
  version: z.string().describe("Its version."),
  hash: sha256.describe("SHA-256 of its document."),
  isNew: z.boolean().describe("False: the same package was published before."),
});

/** One line of results.jsonl. */
export const resultLine = z.looseObject({
  workunit: z.int().describe("The workunit's number; goes into after."),
  name: z.string().describe("The workunit's name."),
  tags: z.looseObject({}).describe("Its tags."),
  batch: z.int().describe("The batch's number."),
  confirmedAt: z.string().describe("When it was confirmed, ISO 8601."),
  output: z.string().optional().describe("The output, where it is text."),
  outputBase64: z.string().optional().describe("The output in base64, where it is not."),
  provenance: z
    .looseObject({
      app: z.string().describe("The app's name."),
      version: z.string().describe("Its version."),
      kernelSha256: sha256.describe("What computed it: the version's hash."),
      inputSha256: sha256.describe("SHA-256 of the input."),
      files: z.looseObject({}).describe("SHA-256 of the other files, by name."),
      outputSha256: sha256.describe("SHA-256 of the output."),
      acceptedBy: z.string().describe("By which rule it was accepted."),
      confirmations: count.describe("So many different people computed it and agreed."),
      backends: z.array(z.string()).describe("On what it was computed."),
    })
    .describe("Where it comes from."),
  cursor: z.string().optional().describe("With order=completed: where to go on."),
});
