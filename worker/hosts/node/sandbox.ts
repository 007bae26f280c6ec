import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { READ_WITHIN_MS } from "./read-in-thread.ts";
import type { AnswerMessage, AnswerOf, JobMessage, JobName, TaskOf } from "./sandbox-jobs.ts";

/**
 * Somebody else's WASM and zips are handled in a process of their own. A thread would hold what loops or fills its memory,
 * but an engine that gives up takes its whole process with it: seen once with V8, in a thread that ran a module, where it
 * would have ended the server. The process knows none of the server's secrets, starts with the first job, and ends a
 * while after the last.
 */

/** Kept for the next job, which then need not wait for a start (0.1 s); about 60 MB. */
const IDLE_MS = 30_000;

/** So much longer than a job may take by its own rules the process may take to answer: it, too, can be stuck or starved. */
const MARGIN_MS = 30_000;

/** The process ended before it answered, and so did another that had only this job. It says nothing about the bytes. */
export class SandboxLostError extends Error {
  override name = "SandboxLostError";
}

type Pending = { resolve(answer: AnswerOf<JobName>): void; reject(error: Error): void; timer: NodeJS.Timeout };

class Sandbox {
  readonly #pending = new Map<number, Pending>();
  #child: ChildProcess | null = null;
  #lastId = 0;
  #idle: NodeJS.Timeout | undefined;

  run<Name extends JobName>(name: Name, task: TaskOf<Name>, marginMs: number): Promise<AnswerOf<Name>> {
    clearTimeout(this.#idle);
    this.#lastId += 1;
    const id = this.#lastId;
    const message = { id, name, task } as JobMessage;
    return new Promise<AnswerOf<Name>>((resolve, reject) => {
      const limitMs = ownLimitMs(message) + marginMs;
      const timer = setTimeout(() => this.end(`no answer within ${limitMs / 1000} s`), limitMs);
      this.#pending.set(id, { resolve: resolve as Pending["resolve"], reject, timer });
      try {
        const child = this.#child ?? this.#start();
        child.ref();
        child.channel?.ref();
        // What could not be sent is answered by the end of the process.
        child.send(message, () => undefined);
      } catch (error) {
        this.#taken(id);
        reject(new SandboxLostError(`the process could not be asked (${(error as Error).message})`));
      }
    });
  }

  end(why = "it was ended"): void {
    if (this.#child === null) return;
    this.#child.kill("SIGKILL");
    this.#lose(this.#child, why);
  }

  #start(): ChildProcess {
    const child = fork(fileURLToPath(new URL("./sandbox-process.ts", import.meta.url)), [], {
      serialization: "advanced",
      execArgv: [],
      env: {},
      // What an engine says when it gives up stands in the server's log.
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#child = child;
    live.add(child);
    child.on("message", (message: AnswerMessage) => this.#settle(message));
    child.once("error", (error) => this.#lose(child, error.message));
    child.once("exit", (code, signal) => this.#lose(child, signal ?? String(code)));
    return child;
  }

  #settle(message: AnswerMessage): void {
    const pending = this.#taken(message.id);
    if ("failure" in message) pending?.reject(new Error(message.failure));
    else pending?.resolve(message.answer);
    if (this.#pending.size > 0) return;
    // Nobody waits for it: it keeps no process alive.
    this.#child?.unref();
    this.#child?.channel?.unref();
    this.#idle = setTimeout(() => this.end(), IDLE_MS).unref();
  }

  #taken(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    clearTimeout(pending?.timer);
    return pending;
  }

  #lose(child: ChildProcess, how: string): void {
    live.delete(child);
    if (this.#child !== child) return;
    this.#child = null;
    clearTimeout(this.#idle);
    for (const id of [...this.#pending.keys()]) {
      this.#taken(id)?.reject(new SandboxLostError(`the process that ran it ended (${how})`));
    }
  }
}

/** What a job may take by its own rules. */
function ownLimitMs(message: JobMessage): number {
  if (message.name === "judge") return message.task.timeoutMs;
  return message.name === "prove" ? message.task.withinMs : READ_WITHIN_MS;
}

const live = new Set<ChildProcess>();
const shared = new Sandbox();

/** Identifiers of the processes there are now. */
export const sandboxPids = (): number[] => [...live].flatMap(({ pid }) => pid ?? []);

/**
 * Does a job in the sandbox. Where that process is lost, by this job or by one beside it, or does not answer, the job is done
 * once more in a process of its own.
 * @throws {SandboxLostError} when that one is lost too.
 */
export async function inSandbox<Name extends JobName>(
  name: Name,
  task: TaskOf<Name>,
  marginMs: number = MARGIN_MS,
): Promise<AnswerOf<Name>> {
  try {
    return await shared.run(name, task, marginMs);
  } catch (error) {
    if (!(error instanceof SandboxLostError)) throw error;
  }
  const own = new Sandbox();
  try {
    return await own.run(name, task, marginMs);
  } finally {
    own.end();
  }
}
