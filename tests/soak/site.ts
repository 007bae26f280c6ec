import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { inProject } from "../../server/paths.ts";
import { allProcesses, familyOf, memoryMib, memoryOfMib } from "./processes.ts";

/** The whole site as `npm start` starts it, in a data folder of its own, on one port over all its lives. */
export interface SoakSite {
  readonly url: string;
  readonly pid: number;
  start(): Promise<void>;
  /** In order, as before an update. */
  stop(): Promise<void>;
  /** kill -9 of the server; its database lives on and is found again. */
  kill(): Promise<void>;
  /** MiB of the server and of its PostgreSQL. */
  memory(): Promise<{ server: number; database: number }>;
}

export function createSoakSite(options: { port: number; dataFolder: string; logFile: string }): SoakSite {
  const { port, dataFolder, logFile } = options;
  let child: ChildProcess | null = null;

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  };

  return {
    url: `http://localhost:${port}`,
    get pid() {
      return child?.pid ?? 0;
    },
    async start() {
      const started = spawn(process.execPath, [inProject("server/start/start.ts")], {
        cwd: inProject("."),
        env: { ...process.env, DATA_FOLDER: dataFolder, PORT: String(port), LOG_FORMAT: "json" },
        stdio: ["ignore", "pipe", "pipe"],
      });
      child = started;
      await new Promise<void>((resolve, reject) => {
        let written = "";
        for (const stream of [started.stdout, started.stderr]) {
          stream.on("data", (bytes: Buffer) => {
            appendFileSync(logFile, bytes);
            written = (written + bytes.toString()).slice(-5000);
            if (written.includes("Quorate is running at")) resolve();
          });
        }
        started.once("exit", () => reject(new Error(`the site ended before it served:\n${written}`)));
      });
    },
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    async memory() {
      const all = await allProcesses();
      const postgres = all.find(({ command }) => command.includes("postgres") && command.includes(dataFolder));
      return {
        server: child?.pid === undefined ? 0 : await memoryMib(child.pid),
        database: postgres === undefined ? 0 : await memoryOfMib(familyOf(postgres.pid, all)),
      };
    },
  };
}
