import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { inProject } from "../../server/paths.ts";

/** A headless volunteer: `npm run volunteer` as a process of its own. */
export type Headless = {
  readonly name: string;
  readonly child: ChildProcess;
  /** Everything it has written so far. */
  output(): string;
  /** Waits until it ends by itself. */
  ended(): Promise<void>;
  /** Asks it to stop and waits until it has. @returns its exit code. */
  stop(): Promise<number | null>;
  /** kill -9. */
  kill(): Promise<void>;
};

/**
 * Starts one with one compute thread. `identity`: its folder; the same folder is the same host. `link`: a code by which it
 * joins an account.
 */
export function startHeadless(options: {
  url: string;
  identity: string;
  name: string;
  once?: boolean;
  link?: string | undefined;
}): Headless {
  const { url, identity, name, link } = options;
  const joins = link === undefined ? [] : ["--link", link];
  const flags = ["--url", url, "--identity", identity, "--as", name, "--workers", "1", "--no-gpu", "--json", ...joins];
  const child = spawn(
    process.execPath,
    [inProject("worker/hosts/node/main.ts"), ...flags, ...(options.once === true ? ["--once"] : [])],
    { cwd: inProject("."), stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const exited = once(child, "exit");
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
  };
  return {
    name,
    child,
    output: () => output,
    ended: () => exited.then(),
    async stop() {
      await end("SIGTERM");
      return child.exitCode;
    },
    kill: () => end("SIGKILL"),
  };
}
