import type { PageConditions } from "../hosts/browser/supervisor-api.ts";
import { watchPageLag } from "./page-lag.ts";

/** What only a page sees and a worker cannot: visibility, battery, network, how smoothly the page itself runs. */

interface BatteryManager extends EventTarget {
  readonly charging: boolean;
  readonly level: number;
}

interface NetworkInformation extends EventTarget {
  readonly saveData?: boolean;
}

const extras = navigator as Navigator & {
  getBattery?: () => Promise<BatteryManager>;
  connection?: NetworkInformation;
};

function visibility(): Pick<PageConditions, "hidden" | "watched"> {
  const hidden = document.visibilityState === "hidden";
  return { hidden, watched: !hidden };
}

export function conditionsNow(): PageConditions {
  return {
    ...visibility(),
    battery: null,
    saveData: extras.connection?.saveData === true,
    online: navigator.onLine,
    pageLagMs: null,
  };
}

/** Calls back with every change until the returned function is called. */
export function relayConditions(relay: (change: Partial<PageConditions>) => void): () => void {
  const ended = new AbortController();
  const { signal } = ended;
  const on = (target: EventTarget, type: string, change: () => Partial<PageConditions>): void => {
    target.addEventListener(type, () => relay(change()), { signal });
  };
  on(document, "visibilitychange", visibility);
  // A page that was frozen or came back from the back/forward cache may have missed everything.
  for (const [target, type] of [
    [document, "resume"],
    [window, "pageshow"],
  ] as const) {
    on(target, type, () => ({ ...visibility(), online: navigator.onLine }));
  }
  for (const type of ["online", "offline"]) on(window, type, () => ({ online: navigator.onLine }));
  if (extras.connection !== undefined) {
    on(extras.connection, "change", () => ({ saveData: extras.connection?.saveData === true }));
  }
  void extras.getBattery?.().then(
    (battery) => {
      if (signal.aborted) return;
      const tell = (): void => relay({ battery: { charging: battery.charging, level: battery.level } });
      for (const type of ["chargingchange", "levelchange"]) battery.addEventListener(type, tell, { signal });
      tell();
    },
    () => undefined, // Refused by a permissions policy: as in browsers that never tell.
  );
  const endLag = watchPageLag((pageLagMs) => relay({ pageLagMs }));
  return () => {
    ended.abort();
    endLag();
  };
}
