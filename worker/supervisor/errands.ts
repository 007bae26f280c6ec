import type { ExchangeRequest } from "../../server/core/wire/exchange.ts";
import type { ParkRequest } from "../../server/core/wire/http.ts";
import { messageOf } from "../compute/kernel-error.ts";
import type { Event, State } from "./core/types.ts";
import { checkDevice } from "./device-check.ts";
import type { Host } from "./host.ts";
import { CallFailed, type ServerClient } from "./server-client.ts";
import type { Workbench } from "./workbench.ts";

/** What the machine commands that takes a while and ends in an event, whatever happens. None of these rejects. */
export interface Errands {
  checkDevice(): Promise<void>;
  exchange(request: ExchangeRequest): Promise<void>;
  upload(resultId: string, sha256: string): Promise<void>;
  /** Ends in no event: leases run out by themselves, parking only says when. */
  park(request: ParkRequest): Promise<void>;
}

export interface ErrandOptions {
  readonly host: Host;
  readonly server: ServerClient;
  readonly bench: Pick<Workbench, "takeInputs">;
  dispatch(event: Event): void;
  state(): State;
  /** Resolves when everything commanded so far is stored. */
  written(): Promise<void>;
}

export function createErrands({ host, server, bench, dispatch, state, written }: ErrandOptions): Errands {
  return {
    async checkDevice() {
      try {
        const backends = await checkDevice(host, server, state().settings.useGpu);
        for (const { kind, state: found, label, detail } of backends) {
          host.log("info", "device check", { kind, found, label, detail });
        }
        dispatch({ type: "device_checked", backends });
      } catch (error) {
        const message = messageOf(error);
        host.log("warn", "the device could not be checked", { error: message });
        dispatch({ type: "device_check_failed", unreachable: !isWorkerFailure(error), message });
      }
    },

    async exchange(request) {
      try {
        const { response, roundTripMs } = await server.exchange(request);
        bench.takeInputs(response.leases);
        dispatch({ type: "exchange_answered", response, roundTripMs, wallMs: host.wallMs() });
      } catch (error) {
        const message = messageOf(error);
        const failure = error instanceof CallFailed ? error.failure : { kind: "server_error" as const, message };
        host.log("warn", "the server did not take an exchange", { kind: failure.kind, error: message });
        dispatch({ type: "exchange_failed", failure });
      }
    },

    async upload(resultId, sha256) {
      try {
        await written();
        const bytes = await host.store.get("outputs", resultId);
        const leaseToken = state().reports.get(resultId)?.report.leaseToken;
        if (bytes === undefined || leaseToken === undefined) throw gone();
        await server.putOutput({ resultId, leaseToken, sha256, bytes });
        dispatch({ type: "uploaded", resultId });
      } catch (error) {
        const permanent = error instanceof CallFailed && error.failure.kind === "bad_request";
        host.log("warn", "an output could not be sent", { resultId, error: messageOf(error) });
        dispatch({ type: "upload_failed", resultId, permanent, message: messageOf(error) });
      }
    },

    async park(request) {
      try {
        await server.park(request);
      } catch (error) {
        host.log("debug", "leases could not be parked", { error: messageOf(error) });
      }
    },
  };
}

function gone(): CallFailed {
  const message = "the stored output is gone";
  return new CallFailed({ kind: "bad_request", message }, message);
}

function isWorkerFailure(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "worker_failed";
}
