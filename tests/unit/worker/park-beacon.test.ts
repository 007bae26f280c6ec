import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createParkBeacon } from "../../../worker/page/park-beacon.ts";

/** What a page says about its leases in its last moment: kept with a checkpoint, handed back at once without. */

const KEPT = { resultId: "1", leaseToken: "a", hasCheckpoint: true };
const BEGUN = { resultId: "2", leaseToken: "b", hasCheckpoint: false };
const named = ({ resultId, leaseToken }: typeof KEPT) => ({ resultId, leaseToken });

let page: EventTarget & { visibilityState: "visible" | "hidden" };
let sent: unknown[];
let takes: boolean;

beforeEach(() => {
  sent = [];
  takes = true;
  page = Object.assign(new EventTarget(), { visibilityState: "visible" as const });
  vi.stubGlobal("window", new EventTarget());
  vi.stubGlobal("document", page);
  vi.stubGlobal("navigator", {
    sendBeacon: (path: string, body: string) => {
      if (takes) sent.push([path, JSON.parse(body)]);
      return takes;
    },
  });
});
afterEach(() => vi.unstubAllGlobals());

function watching(options: { pausesWhenHidden?: boolean } = {}): { returned: string[]; end: () => void } {
  const beacon = createParkBeacon();
  beacon.hold([KEPT, BEGUN]);
  const returned: string[] = [];
  const end = beacon.watch({
    pausesWhenHidden: () => options.pausesWhenHidden ?? false,
    onSent: (ids) => returned.push(...ids),
  });
  return { returned, end };
}

function hide(): void {
  page.visibilityState = "hidden";
  page.dispatchEvent(new Event("visibilitychange"));
}

describe("the parking beacon", () => {
  test.each([
    ["freeze", () => page.dispatchEvent(new Event("freeze"))],
    ["unload", () => window.dispatchEvent(new Event("pagehide"))],
  ])("on %s parks what has a checkpoint and hands back the rest", (_, happen) => {
    const { returned } = watching();
    happen();
    expect(sent).toEqual([["/api/park", { park: [named(KEPT)], giveBack: [named(BEGUN)] }]]);
    expect(returned).toEqual(["2"]);
  });

  test("one that could not be sent changes nothing here", () => {
    takes = false;
    const { returned } = watching();
    window.dispatchEvent(new Event("pagehide"));
    expect(returned).toEqual([]);
  });

  test("on hide parks everything where hidden computing is off: checkpoints are being taken", () => {
    watching({ pausesWhenHidden: true });
    hide();
    expect(sent).toEqual([["/api/park", { park: [named(KEPT), named(BEGUN)] }]]);
  });

  test("on hide says nothing where it goes on, and nothing any more when the watch has ended", () => {
    const { end } = watching();
    hide();
    end();
    window.dispatchEvent(new Event("pagehide"));
    expect(sent).toEqual([]);
  });
});
