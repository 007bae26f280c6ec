import type { Event, State } from "../../supervisor/core/types.ts";
import type { Host } from "../../supervisor/host.ts";
import type { VolunteerState } from "../../supervisor/view.ts";

/** What a headless volunteer prints: one line per thing that a person would want to know. */

export type Level = Parameters<Host["log"]>[0];
const ORDER: readonly Level[] = ["debug", "info", "warn", "error"];

export interface RunLog {
  readonly log: Host["log"];
  onEvent(event: Event, state: State): void;
  /** Says why it waits, pauses or goes slower, each time that changes. */
  onState(state: VolunteerState): void;
  summary(state: State, secondsRun: number): string;
}

export function createRunLog(options: { level: Level; json: boolean; write(line: string): void }): RunLog {
  const counts = { finished: 0, failed: 0, acknowledged: 0, computeMs: 0 };

  const log: Host["log"] = (level, message, facts = {}) => {
    if (ORDER.indexOf(level) < ORDER.indexOf(options.level)) return;
    const time = new Date().toISOString();
    if (options.json) {
      options.write(JSON.stringify({ time, level, message, ...facts }));
      return;
    }
    const details = Object.entries(facts).map(([name, value]) => `${name}=${quoted(value)}`);
    options.write([time.slice(11, 19), level.padEnd(5), message, ...details].join(" "));
  };

  let told = "";
  function onState({ phase, reason, pace }: VolunteerState): void {
    const waits = (phase === "paused" || phase === "waiting") && reason !== null;
    // Slower as its owner wants it is no news.
    const slower = pace.slower !== null && pace.slower.key !== "slower_preset" ? pace.slower : null;
    const now = waits ? `${phase} ${reason.key}` : slower === null ? "" : slower.key;
    if (now === told) return;
    told = now;
    if (waits) log("info", phase, { why: reason.key, ...reason.values });
    else if (slower !== null) log("info", "slower", { why: slower.key, ...slower.values });
    else if (phase === "computing") log("info", "computing");
  }

  function nameOf(state: State, resultId: string): string {
    const entry = state.history.get(resultId);
    if (entry !== undefined) return `${entry.projectSlug}/${entry.workunitName}`;
    const lease = state.tasks.get(resultId)?.lease;
    return lease === undefined ? `result ${resultId}` : `${lease.project.slug}/${lease.workunitName}`;
  }

  return {
    log,
    onState,
    onEvent(event, state) {
      switch (event.type) {
        case "finished":
          counts.finished += 1;
          counts.computeMs += event.elapsedMs;
          log("info", "computed", {
            workunit: nameOf(state, event.resultId),
            result: event.resultId,
            backend: event.report.timing.backend,
            seconds: event.elapsedMs / 1000,
          });
          return;
        // The first step is always told, the later ones now and then.
        case "progress":
          if (event.steps === 1)
            log("debug", "first step", { workunit: nameOf(state, event.resultId), result: event.resultId });
          return;
        case "run_failed":
          counts.failed += 1;
          return;
        case "exchange_answered": {
          const { acknowledgements, leases, abort, reason, usersOnline } = event.response;
          counts.acknowledged += acknowledgements.filter(
            ({ status }) => status === "recorded" || status === "duplicate",
          ).length;
          for (const { resultId, status, message } of acknowledgements) {
            if (status === "ignored" || status === "refused")
              log("warn", `a report was ${status}`, { result: resultId, why: message ?? "" });
          }
          log("info", "exchange", {
            reported: acknowledgements.length,
            received: leases.length,
            abort: abort.length,
            usersOnline,
            ...(reason === undefined || reason.code === "not_asked" ? {} : { why: reason.message }),
          });
          return;
        }
        default:
          return;
      }
    },
    summary(state, secondsRun) {
      const credit = (Number(BigInt(state.totals.creditMicro)) / 1e6).toFixed(3);
      return [
        `${counts.finished} computed`,
        `${counts.acknowledged} acknowledged`,
        `${counts.failed} failed runs`,
        `${state.totals.confirmed} confirmed so far (credit ${credit})`,
        `${(counts.computeMs / 1000).toFixed(1)} s of computing in ${secondsRun.toFixed(1)} s`,
      ].join(", ");
    },
  };
}

function quoted(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /[\s"]/.test(text) ? JSON.stringify(text) : text;
}
