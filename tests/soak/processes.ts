import { readdir, readFile } from "node:fs/promises";

/** What the processes of a machine use, as Linux tells it. */

export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Every process that can be seen. Linux only. */
export async function allProcesses(): Promise<Process[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(processOf));
  return found.filter((one) => one !== null);
}

/** Null when it is gone by now. */
async function processOf(pid: number): Promise<Process | null> {
  try {
    const [stat, command] = await Promise.all([
      readFile(`/proc/${pid}/stat`, "utf8"),
      readFile(`/proc/${pid}/cmdline`, "utf8"),
    ]);
    // "pid (name) state ppid ...": the name may hold spaces and brackets.
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    return { pid, parent, command: command.replaceAll("\0", " ") };
  } catch {
    return null;
  }
}

/** A process and all that descend from it. */
export function familyOf(root: number, all: readonly Process[]): Process[] {
  const family = all.filter(({ pid }) => pid === root);
  for (const member of family) family.push(...all.filter(({ parent }) => parent === member.pid));
  return family;
}

/** Memory that would be free without this process, in MiB: what it shares is counted in parts. 0 when it is gone. */
export async function memoryMib(pid: number): Promise<number> {
  try {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
    return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

export async function memoryOfMib(processes: readonly Process[]): Promise<number> {
  const parts = await Promise.all(processes.map(({ pid }) => memoryMib(pid)));
  return parts.reduce((sum, part) => sum + part, 0);
}
