import { describe, expect, test } from "vitest";
import { createPatience } from "../../../worker/hosts/node/patience.ts";
import { DEFAULT_SETTINGS, initialState, UNKNOWN_CONDITIONS } from "../../../worker/supervisor/core/initial.ts";
import { show } from "../../../worker/supervisor/core/show.ts";
import type { Phase, Reason, VolunteerState } from "../../../worker/supervisor/view.ts";

/** `--once` waits for a server that may come back, and not for ever for its own settings. */

const BASE = show(
  initialState({
    clientVersion: "test",
    cores: 1,
    memoryBytes: null,
    settings: DEFAULT_SETTINGS,
    conditions: UNKNOWN_CONDITIONS,
    once: true,
  }),
  { nowMs: 0, random: 0 },
  {
    wallOffsetMs: 0,
    secureContext: true,
    keepsAwakeWhenHidden: false,
    identity: null,
    storage: { usedBytes: 0, limitBytes: 0 },
    uploadedBytesToday: 0,
  },
);

function shown(phase: Phase, key?: Reason["key"], retryInSeconds: number | null = null): VolunteerState {
  const reason = key === undefined ? null : { key, values: {} };
  return { ...BASE, phase, reason, network: { ...BASE.network, retryInSeconds } };
}

describe("patience of --once", () => {
  test.each<[string, VolunteerState, null | object]>([
    ["computing", shown("computing"), null],
    ["no work", shown("waiting", "no_work"), null],
    ["fetching", shown("waiting", "fetching_work"), null],
    ["stopping", shown("stopping"), null],
    ["a silent server", shown("waiting", "server_unreachable", 5), { type: "unreachable" }],
    ["quiet hours", shown("paused", "paused_quiet_hours"), { type: "held", reason: { key: "paused_quiet_hours" } }],
    ["battery", shown("paused", "paused_on_battery"), { type: "held", reason: { key: "paused_on_battery" } }],
    ["no backend", shown("waiting", "nothing_allowed"), { type: "held", reason: { key: "nothing_allowed" } }],
    ["the day's megabytes", shown("waiting", "paused_daily_download"), { type: "held" }],
  ])("%s", (_, state, over) => {
    const patience = createPatience(10);
    patience.look(state, 1_000);
    patience.look(state, 5_000);
    expect(patience.over(10_999)).toBeNull();
    if (over === null) expect(patience.over(11_000)).toBeNull();
    else expect(patience.over(11_000)).toMatchObject(over);
  });

  test("begins anew when something could be done in between", () => {
    const patience = createPatience(10);
    patience.look(shown("paused", "paused_on_battery"), 0);
    patience.look(shown("computing"), 5_000);
    patience.look(shown("paused", "paused_on_battery"), 6_000);
    expect(patience.over(15_999)).toBeNull();
    expect(patience.over(16_000)).toMatchObject({ type: "held" });
  });
});
