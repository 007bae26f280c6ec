import { type AnswerMessage, type JobMessage, sandboxJobs } from "./sandbox-jobs.ts";

/** The process in which somebody else's bytes are looked at and run (sandbox.ts starts it). It ends with the one that asks. */

process.on("message", (message: JobMessage) => {
  const reply = (answer: AnswerMessage): void => void process.send?.(answer);
  const { id } = message;
  run(message).then(
    (answer) => reply({ id, answer }),
    (error: unknown) => reply({ id, failure: error instanceof Error ? error.message : String(error) }),
  );
});
process.on("disconnect", () => process.exit());
// Ctrl-C and the end of a service reach all its processes: what the one that asks still finishes is finished here.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);

function run({ name, task }: JobMessage) {
  // The message's type ties a task to its name; the call through the table cannot show it.
  const job = sandboxJobs[name] as (task: JobMessage["task"]) => ReturnType<(typeof sandboxJobs)[JobMessage["name"]]>;
  return job(task);
}
