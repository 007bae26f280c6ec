import { describe, expect, test } from "vitest";
import { COULDNT_SEND_WAIT_SECONDS } from "../../../server/core/limits.ts";
import { endUnsendable } from "../../../server/sweeper/end-unsendable.ts";
import { T0, withLab } from "./lab.ts";

const lab = withLab();

describe("S59 work that nobody can ever run", () => {
  test("[R003.7] hosts that never said what they can are no evidence; one that cannot is", async () => {
    const { current } = lab;
    current.now = T0;
    const { appVersionId } = await current.app({});
    const [id] = await current.submit(appVersionId, 1);
    const silent = await current.host();
    current.now = T0 + COULDNT_SEND_WAIT_SECONDS + 1;
    await current.rows("update host set last_seen_seconds = $1 where id = $2", [current.now, silent.hostId]);
    const state = async () => (await current.rows("select state from workunit where id = $1", [id]))[0];
    expect(await endUnsendable(current.deps, current.now)).toBe(0);
    expect(await state()).toEqual({ state: "open" });

    const wrong = JSON.stringify([{ kind: "wasm", class: "default", knownAnswerOk: false }]);
    await current.rows("update host set backends = $1 where id = $2", [wrong, silent.hostId]);
    expect(await endUnsendable(current.deps, current.now)).toBe(1);
    expect(await state()).toEqual({ state: "failed" });
  });
});
