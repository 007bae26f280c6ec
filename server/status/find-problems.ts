import { DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS } from "../core/limits.ts";

/** Something that is wrong, as the status page says it in words. Seconds are ages, except where they say at what time. */
export type Problem =
  | { kind: "disk_full" }
  /** The sweeper has not counted for this long: what only time does is late. */
  | { kind: "sweeper_late"; forSeconds: number }
  | { kind: "clock_jump"; atSeconds: number; bySeconds: number }
  /** Of so many projects messages wait that are not delivered: of their own receivers it says nothing about the site. */
  | { kind: "told_late"; projects: number }
  | { kind: "handler_failing"; project: string; forSeconds: number }
  | { kind: "no_volunteers"; unsent: number }
  | { kind: "no_work" }
  /** Answers wait for somebody to confirm them. */
  | { kind: "waiting_long"; forSeconds: number };

export type Observed = {
  nowSeconds: number;
  /** When the site was counted last; null: never, the server has only just started for the first time. */
  countedSeconds: number | null;
  unsent: number;
  inProgress: number;
  hostsOnline: number;
  oldestWaitingSeconds: number | null;
  diskFull: boolean;
  clockJump: { atSeconds: number; bySeconds: number } | null;
  handlers: readonly HandlerObserved[];
};

export type HandlerObserved = {
  project: string;
  /** Switched off nothing is late: its messages wait because its project wants it. */
  enabled: boolean;
  failingSinceSeconds: number | null;
  /** How long its oldest message has waited; null: none waits. */
  oldestSeconds: number | null;
};

/** Counted once a minute; twice in vain is an accident, five times is not. */
export const SWEEPER_LATE_SECONDS = 5 * MINUTE_SECONDS;
/** A handler that is away for an hour is its owner's affair; for a day it is something visitors may know. */
export const HANDLER_FAILING_SECONDS = DAY_SECONDS;
/** Messages go out within seconds: one that has waited this long has been put off, even if its handler works again. */
export const TOLD_LATE_SECONDS = 5 * MINUTE_SECONDS;
export const CLOCK_JUMP_SHOWN_SECONDS = 6 * HOUR_SECONDS;
/** The usual deadline of a result is a day: a success older than two has been let down twice. */
export const WAITING_LONG_SECONDS = 2 * DAY_SECONDS;

/** What is wrong, worst first. */
export function findProblems(observed: Observed): Problem[] {
  const { nowSeconds, countedSeconds, unsent, inProgress, hostsOnline, clockJump, oldestWaitingSeconds } = observed;
  const problems: Problem[] = [];
  if (observed.diskFull) problems.push({ kind: "disk_full" });
  const uncounted = countedSeconds === null ? 0 : nowSeconds - countedSeconds;
  // Counted in the future: the clock was put back, which is said below.
  if (uncounted >= SWEEPER_LATE_SECONDS) problems.push({ kind: "sweeper_late", forSeconds: uncounted });
  if (clockJump !== null && Math.abs(nowSeconds - clockJump.atSeconds) < CLOCK_JUMP_SHOWN_SECONDS) {
    problems.push({ kind: "clock_jump", ...clockJump });
  }
  if (unsent > 0 && hostsOnline === 0) problems.push({ kind: "no_volunteers", unsent });
  if (unsent === 0 && inProgress === 0) problems.push({ kind: "no_work" });
  if (oldestWaitingSeconds !== null && oldestWaitingSeconds >= WAITING_LONG_SECONDS) {
    problems.push({ kind: "waiting_long", forSeconds: oldestWaitingSeconds });
  }
  const on = observed.handlers.filter(({ enabled }) => enabled);
  const late = new Set(on.filter(isLate).map(({ project }) => project));
  if (late.size > 0) problems.push({ kind: "told_late", projects: late.size });
  for (const { project, failingSinceSeconds } of on) {
    const forSeconds = failingSinceSeconds === null ? 0 : nowSeconds - failingSinceSeconds;
    if (forSeconds >= HANDLER_FAILING_SECONDS) problems.push({ kind: "handler_failing", project, forSeconds });
  }
  return problems;
}

/** A handler that fails is late from its first failure: what is meant for it waits. */
function isLate({ failingSinceSeconds, oldestSeconds }: HandlerObserved): boolean {
  return failingSinceSeconds !== null || (oldestSeconds !== null && oldestSeconds >= TOLD_LATE_SECONDS);
}
