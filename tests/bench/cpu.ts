import { readdirSync, readFileSync } from "node:fs";

/** CPU seconds that processes have used, from /proc; where there is none the shares are not measured. */

const TICKS_PER_SECOND = 100; // what Linux tells user space on every architecture

type Stat = { pid: number; parent: number; seconds: number; childSeconds: number };

function readStat(pid: number): Stat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined; // it has ended
  }
  // The name stands in brackets and may hold anything; what follows is numbers.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const ticks = (index: number) => Number(fields[index] ?? 0) / TICKS_PER_SECOND;
  return { pid, parent: Number(fields[1]), seconds: ticks(11) + ticks(12), childSeconds: ticks(13) + ticks(14) };
}

/** CPU seconds of a process and of all it started, those that have ended included. */
export function cpuSecondsOfTree(root: number): number {
  let pids: number[];
  try {
    pids = readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return Number.NaN;
  }
  const stats = pids.flatMap((pid) => readStat(pid) ?? []);
  const byParent = Map.groupBy(stats, (stat) => stat.parent);
  const own = stats.find((stat) => stat.pid === root);
  const sum = (stat: Stat): number =>
    stat.seconds + stat.childSeconds + (byParent.get(stat.pid) ?? []).reduce((total, child) => total + sum(child), 0);
  return own === undefined ? Number.NaN : sum(own);
}

/** CPU seconds of this process. */
export function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
