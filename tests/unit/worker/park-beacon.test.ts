import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createParkBeacon } from "../../../worker/page/park-beacon.ts";
import type { HeldLease } from "../../../worker/supervisor/held-leases.ts";

/** What a page says about its leases in its last moment: kept where something of them is stored, handed back at once without. */

const KEPT: HeldLease = { resultId: "1", leaseToken: "a", is: "kept" };
const BEGUN: HeldLease = { resultId: "2", leaseToken: "b", is: "begun" };
/** Its report is on its way, heard or not. */
const RETURNED: HeldLease = { resultId: "3", leaseToken: "c", is: "returned" };
const named = ({ resultId, leaseToken }: HeldLease) => ({ resultId, leaseToken });

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

function watching(options: { pausesWhenHidden?: boolean; held?: readonly HeldLease[] } = {}): {
  returned: string[];
  end: () => void;
} {
  const beacon = createParkBeacon();
  beacon.hold(options.held ?? [KEPT, BEGUN, RETURNED]);
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
    expect(sent).toEqual([["/api/park", { park: [named(KEPT)], giveBack: [named(BEGUN), named(RETURNED)] }]]);
    expect(returned).toEqual(["2"]);
  });

  test("one that could not be sent changes nothing here", () => {
    takes = false;
    const { returned } = watching();
    window.dispatchEvent(new Event("pagehide"));
    expect(returned).toEqual([]);
  });

  test("on hide parks everything of its own where hidden computing is off: checkpoints are being taken", () => {
    watching({ pausesWhenHidden: true });
    hide();
    expect(sent).toEqual([["/api/park", { park: [named(KEPT), named(BEGUN)], giveBack: [named(RETURNED)] }]]);
  });

  test("on Stop parks everything: what is to be handed back is said by the worker, if there is time", () => {
    const beacon = createParkBeacon();
    beacon.parkNow();
    expect(sent).toEqual([]);
    beacon.hold([KEPT, BEGUN, RETURNED]);
    beacon.parkNow();
    expect(sent).toEqual([["/api/park", { park: [KEPT, BEGUN, RETURNED].map(named), giveBack: [] }]]);
  });

  test("says nothing where nothing is held", () => {
    watching({ held: [] });
    window.dispatchEvent(new Event("pagehide"));
    expect(sent).toEqual([]);
  });

  test("however much is held, what it says is what browsers take: 64 KiB", () => {
    const held = Array.from({ length: 1024 }, (_, at): HeldLease => {
      return { resultId: String(10 ** 17 + at), leaseToken: "f".repeat(32), is: at % 2 === 0 ? "kept" : "begun" };
    });
    watching({ held });
    window.dispatchEvent(new Event("pagehide"));
    expect(sent).toHaveLength(1);
    expect(JSON.stringify(sent[0]).length).toBeLessThan(64 * 1024);
  });

  test("on hide says nothing where it goes on, and nothing any more when the watch has ended", () => {
    const { end } = watching();
    hide();
    end();
    window.dispatchEvent(new Event("pagehide"));
    expect(sent).toEqual([]);
  });
});
