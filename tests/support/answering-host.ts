import { createHash } from "node:crypto";
import { nowSeconds } from "../../server/clock.ts";
import { exchangeRequestSchema, PROTOCOL_VERSION, type Report } from "../../server/core/wire/exchange.ts";
import type { Deps } from "../../server/deps.ts";
import { openSession } from "../../server/host/open-session.ts";
import { exchange } from "../../server/volunteer/exchange.ts";

/** A host of a person of its own, that says what a test wants it to say. */
export async function newHost(deps: Deps, name: string): Promise<number> {
  const secret = createHash("sha256").update(name).digest("hex");
  const request = { protocol: PROTOCOL_VERSION, credential: { kind: "secret" as const, secret } };
  const mayCreate = () => Promise.resolve();
  const session = await openSession(deps, { request, address: null, userAgent: null, mayCreate }, nowSeconds());
  return Number(session.hostId);
}

/** An output, or the code and the words of an error. */
export type Said = Uint8Array | { code: string; message: string };

/** The host takes one result and says this of it. @throws where it gets none, or its report is not recorded. */
export async function answerAs(deps: Deps, hostId: number, said: Said): Promise<void> {
  const call = (what: object) =>
    exchange(
      deps,
      {
        hostId,
        address: null,
        request: exchangeRequestSchema.parse({
          protocol: PROTOCOL_VERSION,
          device: { cores: 4, backends: [{ kind: "wasm", class: "default", knownAnswerOk: true }] },
          ...what,
        }),
      },
      nowSeconds(),
    );
  const [lease] = (await call({ want: { results: 1, backends: ["wasm"] } })).leases;
  if (!lease) throw new Error(`host ${hostId} got nothing`);
  const { resultId, leaseToken } = lease;
  const report: Report =
    said instanceof Uint8Array
      ? {
          ...{ kind: "output", resultId, leaseToken },
          outputBase64: Buffer.from(said).toString("base64"),
          outputSha256: createHash("sha256").update(said).digest("hex"),
          timing: { backend: "wasm", elapsedMs: 1000 },
        }
      : { kind: "error", resultId, leaseToken, ...said };
  const [taken] = (await call({ reports: [report] })).acknowledgements;
  if (taken?.status !== "recorded") throw new Error(`the report of host ${hostId} was ${taken?.status}`);
}
