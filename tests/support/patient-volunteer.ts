import { createHash, randomBytes } from "node:crypto";
import {
  type ExchangeRequest,
  type ExchangeResponse,
  type Lease,
  PROTOCOL_VERSION,
  type SessionResponse,
} from "../../server/core/wire/exchange.ts";

/** A volunteer over real HTTP that is told what to say, and keeps what it holds until its report is acknowledged. */
export type PatientVolunteer = {
  token: string;
  held(): readonly Lease[];
  /** SHA-256 of its answer. */
  sha256(lease: Lease): string;
  /** Reports everything it holds and asks for `want` results. @returns status, and the sentence of a refusal. */
  exchange(options: { want: number }): Promise<{ status: number; message: string }>;
};

/** A new user with one host; `answer` knows what its kernel would compute. */
export async function openVolunteer(url: string, answer: (lease: Lease) => Buffer): Promise<PatientVolunteer> {
  let held: Lease[] = [];
  const post = (procedure: string, body: unknown, token = "") =>
    fetch(`${url}/api/trpc/${procedure}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
  const credential = { kind: "secret", secret: randomBytes(32).toString("hex") };
  const opened = await post("volunteer.session", { protocol: PROTOCOL_VERSION, credential });
  if (opened.status !== 200) throw new Error(`no session: ${opened.status} ${await opened.text()}`);
  const { result } = (await opened.json()) as { result: { data: SessionResponse } };
  const { token } = result.data;
  const sha256 = (lease: Lease) => createHash("sha256").update(answer(lease)).digest("hex");
  return {
    token,
    held: () => held,
    sha256,
    async exchange({ want }) {
      const request: ExchangeRequest = {
        protocol: PROTOCOL_VERSION,
        device: { cores: 4, backends: [{ kind: "wasm", class: "patient", label: "", knownAnswerOk: true }] },
        reports: held.map((lease) => ({
          kind: "output" as const,
          resultId: lease.resultId,
          leaseToken: lease.leaseToken,
          outputBase64: answer(lease).toString("base64"),
          outputSha256: sha256(lease),
          timing: { backend: "wasm" as const, elapsedMs: 100 },
        })),
        want: { results: want, backends: ["wasm"] },
      };
      const response = await post("volunteer.exchange", request, token);
      const body: unknown = await response.json();
      if (response.status !== 200) {
        return { status: response.status, message: (body as { error: { message: string } }).error.message };
      }
      const { acknowledgements, leases } = (body as { result: { data: ExchangeResponse } }).result.data;
      const refused = acknowledgements.find(({ status }) => status !== "recorded" && status !== "duplicate");
      if (refused !== undefined) throw new Error(`a report was ${refused.status}: ${refused.message ?? ""}`);
      held = [...leases];
      return { status: 200, message: "" };
    },
  };
}
