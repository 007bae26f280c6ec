import { inSandbox, SandboxLostError } from "../../worker/hosts/node/sandbox.ts";
import type { AnswerOf, JobName, TaskOf } from "../../worker/hosts/node/sandbox-jobs.ts";
import { Refusal } from "../refusal.ts";

/**
 * `inSandbox` for somebody who waits and can be asked to come back.
 * @throws {Refusal} `conflict` when the package took the processes that looked at it with it.
 */
export async function packageInSandbox<Name extends JobName>(name: Name, task: TaskOf<Name>): Promise<AnswerOf<Name>> {
  try {
    return await inSandbox(name, task);
  } catch (error) {
    if (!(error instanceof SandboxLostError)) throw error;
    throw new Refusal(
      "conflict",
      `The package could not be looked at here just now: ${error.message}. Try again later.`,
    );
  }
}
