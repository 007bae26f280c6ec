/** How much of the time a volunteer's compute workers compute. Times in milliseconds, on any one clock. */

/** One computed workunit: from the start of its first step to the end of its last. */
export interface Computed {
  readonly endMs: number;
  /** By the compute worker's own clock. */
  readonly elapsedMs: number;
}

export interface Busy {
  /** Of the time of all workers; 0..1. */
  readonly share: number;
  readonly workers: number;
  readonly workunits: number;
  readonly meanMs: number;
  /** Mean pause between two workunits of one worker. */
  readonly gapMs: number;
}

/** Ends are taken down by another thread than the one that computes: they may be this late. */
const TOLERANCE_MS = 20;

/**
 * Sum of computing over wall time, of each worker from the end of its workunit number `skip` to the end of its last one.
 * Who computed what is not recorded, but a worker does one thing at a time, so that it follows.
 */
export function busyShare(computed: readonly Computed[], skip: number): Busy {
  const timelines = byWorker(computed).filter((timeline) => timeline.length > skip);
  let [wallMs, busyMs, workunits] = [0, 0, 0];
  for (const timeline of timelines) {
    const inside = timeline.slice(skip);
    wallMs += (inside.at(-1)?.endMs ?? 0) - (timeline[skip - 1]?.endMs ?? 0);
    busyMs += inside.reduce((sum, one) => sum + one.elapsedMs, 0);
    workunits += inside.length;
  }
  return {
    share: busyMs / wallMs,
    workers: timelines.length,
    workunits,
    meanMs: busyMs / workunits,
    gapMs: (wallMs - busyMs) / workunits,
  };
}

function byWorker(computed: readonly Computed[]): Computed[][] {
  const startOf = (one: Computed) => one.endMs - one.elapsedMs;
  const timelines: Computed[][] = [];
  for (const one of computed.toSorted((a, b) => startOf(a) - startOf(b))) {
    const free = timelines.filter((timeline) => (timeline.at(-1)?.endMs ?? 0) <= startOf(one) + TOLERANCE_MS);
    const latest = free.toSorted((a, b) => (b.at(-1)?.endMs ?? 0) - (a.at(-1)?.endMs ?? 0))[0];
    if (latest === undefined) timelines.push([one]);
    else latest.push(one);
  }
  return timelines;
}
