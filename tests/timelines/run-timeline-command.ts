import { spawn } from "node:child_process";
import { inProject } from "../../server/paths.ts";

export interface CommandResult {
  status: number | null;
  lines: string[];
  errors: string;
}

/** Runs the real `timeline` command on a scratch database beside `databaseUrl`. */
export function runTimelineCommand(databaseUrl: string, args: readonly string[]): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [inProject("server/cli/timeline.ts"), ...args], {
      cwd: inProject("."),
      env: { ...process.env, DATABASE_URL: databaseUrl, INIT_CWD: inProject("."), LOG_LEVEL: "silent" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let errors = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.once("error", reject);
    child.once("close", (status) =>
      resolve({ status, lines: output.split("\n").filter((line) => line !== ""), errors }),
    );
  });
}
