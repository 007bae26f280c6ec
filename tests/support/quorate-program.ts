import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** The packed program, installed as a scientist installs it: offline, in an empty folder, with the machine's own Node. */
export type Program = {
  folder: string;
  node: string;
  run(args: readonly string[], options?: { input?: string; env?: Record<string, string> }): Promise<Ran>;
};
export type Ran = { code: number | null; out: string; err: string };

/** The Node of the machine, not the one that npm put into this project: older, as people have it. */
export function machineNode(): string {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
  return folders.map((folder) => join(folder, "node")).find((path) => existsSync(path)) ?? process.execPath;
}

export async function installProgram(folder: string, tgz: Uint8Array): Promise<Program> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, "quorate.tgz");
  await writeFile(file, tgz);
  const node = machineNode();
  const path = (process.env["PATH"] ?? "").split(delimiter).filter((each) => !each.includes("node_modules"));
  const environment = { PATH: path.join(delimiter), HOME: folder, XDG_CONFIG_HOME: join(folder, "config") };
  const install = ["install", "--offline", "--no-audit", "--no-fund", "--ignore-scripts", file];
  const installed = spawnSync("npm", install, { cwd: folder, env: environment, encoding: "utf8" });
  if (installed.status !== 0) throw new Error(`npm install of the packed program failed:\n${installed.stderr}`);
  return {
    folder,
    node,
    async run(args, { input = "", env = {} } = {}) {
      const child = spawn(node, [join(folder, "node_modules/quorate/quorate.js"), ...args], {
        cwd: folder,
        env: { ...environment, ...env },
      });
      const ran: Ran = { code: null, out: "", err: "" };
      child.stdout.on("data", (chunk: Buffer) => {
        ran.out += chunk.toString();
      });
      child.stderr.on("data", (chunk: Buffer) => {
        ran.err += chunk.toString();
      });
      const closed = once(child, "close");
      // A program that refuses its arguments reads nothing.
      child.stdin.on("error", () => undefined);
      child.stdin.end(input);
      await closed;
      if (child.signalCode !== null)
        throw new Error(`quorate ${args.join(" ")} was ended by ${child.signalCode}: ${ran.err}`);
      return { ...ran, code: child.exitCode };
    },
  };
}
