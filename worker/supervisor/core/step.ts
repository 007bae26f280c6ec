import { changeTask, draftOf, forgetTask, type Turn } from "./draft.ts";
import { applyAnswer, wantedResults } from "./exchange.ts";
import { plan } from "./governor.ts";
import { beginStopping, deviceChecked, deviceCheckFailed, fail, started, stopAsked } from "./life.ts";
import { exchangeFailed, uploadEnded } from "./outgoing.ts";
import {
  checkpointRefused,
  finished,
  prepared,
  prepareFailed,
  progressed,
  runFailed,
  runStopped,
  slotFailed,
  slotReady,
} from "./runs.ts";
import { settle, wakeAtMs } from "./settle.ts";
import type { At, Event, State, Transition } from "./types.ts";

/**
 * One event: what changed, what is to be done about it, and when to look again. Events about a slot, a task or an
 * exchange that is not there any more change nothing, so a late answer of a terminated worker is harmless.
 */
export function step(state: State, event: Event, at: At): Transition {
  const turn: Turn = { draft: draftOf(state), at, commands: [] };
  (HANDLERS[event.type] as (turn: Turn, event: Event) => void)(turn, event);
  settle(turn);
  return { state: turn.draft, commands: turn.commands, wakeAtMs: wakeAtMs(turn) };
}

/** When to call again was said by a server that knew of less room for work, or was not asked for any. */
function askAtOnceIfMore(turn: Turn, change: () => void): void {
  const { draft, at } = turn;
  const wanted = (): number => wantedResults(draft, plan(draft), at.nowMs);
  const before = wanted();
  change();
  if (wanted() > before) draft.callAgainAtMs = Math.min(draft.callAgainAtMs, at.nowMs);
}

type Handlers = { readonly [Type in Event["type"]]: (turn: Turn, event: Extract<Event, { type: Type }>) => void };

const HANDLERS: Handlers = {
  start_asked({ draft, commands }) {
    // The last stop is still being told to the server, which the volunteer does not see: as after a rest.
    if (draft.mode === "stopping" && draft.stopTo === "off") draft.stopTo = "resting";
    if (draft.mode !== "off") return;
    draft.mode = "standby";
    draft.storageTrouble = null;
    commands.push({ type: "begin" });
  },
  started,
  storage_unavailable: (turn, event) => fail(turn, "storage_unavailable", event.message),
  storage_trouble({ draft }, event) {
    draft.storageTrouble = event.message;
  },
  stop_asked: stopAsked,
  turn_lost(turn) {
    if (turn.draft.mode === "on" || turn.draft.mode === "checking_device") beginStopping(turn, "resting");
  },
  settings_changed(turn, event) {
    const { draft, commands } = turn;
    const gpuAllowed = !draft.settings.useGpu && event.settings.useGpu;
    const otherProjects = JSON.stringify(draft.settings.shares) !== JSON.stringify(event.settings.shares);
    askAtOnceIfMore(turn, () => {
      draft.settings = event.settings;
      // With these settings it may be able to.
      draft.wantHeldUntilMs = turn.at.nowMs;
    });
    if (otherProjects) draft.callAgainAtMs = Math.min(draft.callAgainAtMs, turn.at.nowMs);
    // A GPU that was not to be touched has not been looked at.
    if (gpuAllowed && draft.mode === "on") commands.push({ type: "check_device" });
  },
  conditions_changed(turn, event) {
    const { draft, at } = turn;
    // The server's clients must not all come back in the same instant in which a network does.
    const back = event.conditions.online && !draft.conditions.online;
    if (back) draft.backoffUntilMs = Math.min(draft.backoffUntilMs, at.nowMs + 1000 * at.random);
    askAtOnceIfMore(turn, () => {
      draft.conditions = event.conditions;
    });
  },
  beacon_sent(turn, event) {
    for (const id of event.returned) if (turn.draft.tasks.get(id)?.state.at !== "running") forgetTask(turn, id);
  },
  device_checked: deviceChecked,
  device_check_failed: deviceCheckFailed,
  slot_ready: slotReady,
  slot_failed: slotFailed,
  prepared,
  prepare_failed: prepareFailed,
  progress: progressed,
  checkpointed(turn, event) {
    changeTask(turn, event.resultId, { checkpoint: event.checkpoint });
  },
  checkpoint_refused: checkpointRefused,
  finished,
  run_failed: runFailed,
  run_stopped: runStopped,
  uploaded: uploadEnded,
  upload_failed: uploadEnded,
  exchange_answered(turn, event) {
    if (turn.draft.exchange.at === "running") applyAnswer(turn, event.response, event.roundTripMs);
  },
  exchange_failed(turn, event) {
    if (turn.draft.exchange.at === "running") exchangeFailed(turn, event.failure);
  },
  tick: () => undefined,
};
