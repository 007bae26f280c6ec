import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { inProject } from "../../server/paths.ts";

export type ServerProcess = {
  url: string;
  port: number;
  child: ChildProcess;
  /** Everything it has written so far. */
  output(): string;
  /** Asks it to stop and waits until it has. @returns its exit code. */
  stop(): Promise<number | null>;
  /** kill -9. */
  kill(): Promise<void>;
};

/**
 * Starts `node server/main.ts` on a migrated database and waits until it listens. The site must be built when pages are
 * asked for (`buildSite`). `environment` adds settings; PORT is 0 (any) unless given.
 */
export async function startServerProcess(
  databaseUrl: string,
  environment: Record<string, string> = {},
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [inProject("server/main.ts")], {
    cwd: inProject("."),
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      PORT: "0",
      LOG_FORMAT: "json",
      // Vitest sets it to "test", which Next would take to heart.
      NODE_ENV: "production",
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stderr.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const listening = new Promise<{ url: string; port: number }>((resolve, reject) => {
    lines.on("line", (line) => {
      output += `${line}\n`;
      if (!line.includes('"listening"')) return;
      const { url, port } = JSON.parse(line) as { url: string; port: number };
      resolve({ url, port });
    });
    exited.then(() => reject(new Error(`the server ended before it listened:\n${output}`)), reject);
  });
  const { url, port } = await listening;
  return {
    url,
    port,
    child,
    output: () => output,
    async stop() {
      child.kill("SIGTERM");
      await exited;
      return child.exitCode;
    },
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
