import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import type * as z from "zod";
import { PROTOCOL_VERSION, type SessionResponse, type sessionRequestSchema } from "../core/wire/exchange.ts";
import { cleanPublicName } from "../core/wire/public-name.ts";
import type { Deps } from "../deps.ts";
import { Refusal } from "../refusal.ts";
import { isUniqueViolation } from "../sql/errors.ts";
import { networkOf } from "./network.ts";

/** How long a session's token serves; a client opens a new one when it is refused. */
export const SESSION_SECONDS = 12 * 3_600;
/** How far a client's clock may be off, either way, when it signs. */
const CLOCK_TOLERANCE_SECONDS = 24 * 3_600;

export type SessionArgs = {
  request: z.output<typeof sessionRequestSchema>;
  /** Network address of the caller; null when there is none to know. */
  address: string | null;
  userAgent: string | null;
  /** Asked before a new identity is made; throws `rate_limited`. */
  mayCreate: () => Promise<void>;
};

/**
 * Finds the host that a credential belongs to, or makes a new anonymous user with one, and gives it a token for exchanges.
 * @throws {Refusal}
 */
export async function openSession(deps: Deps, args: SessionArgs, nowSeconds: number): Promise<SessionResponse> {
  const { request } = args;
  if (request.protocol !== PROTOCOL_VERSION) throw outdated();
  const credential = proveCredential(request.credential, nowSeconds);
  const known = await findHost(deps, credential);
  const host = known ?? (await createHost(deps, credential, args, nowSeconds));
  return {
    token: deps.secrets.sessionToken(host.id, nowSeconds + SESSION_SECONDS),
    expiresInSeconds: SESSION_SECONDS,
    hostId: String(host.id),
    userId: String(host.user_id),
    userName: host.name,
    isNew: known === null,
  };
}

export function outdated(): Refusal {
  return new Refusal(
    "client_outdated",
    "This client is of another version than the server. Reload the page, or update it.",
  );
}

/** How a host is found: exactly one of the two. */
type Credential = { publicKey: string; secretHash: null } | { publicKey: null; secretHash: string };

function proveCredential(credential: SessionArgs["request"]["credential"], nowSeconds: number): Credential {
  if (credential.kind === "secret") {
    return { publicKey: null, secretHash: createHash("sha256").update(credential.secret).digest("hex") };
  }
  const { publicKey, issuedSeconds, signature } = credential;
  if (Math.abs(issuedSeconds - nowSeconds) > CLOCK_TOLERANCE_SECONDS) {
    throw new Refusal(
      "unauthenticated",
      "The signature is too old, or this device's clock is wrong by more than a day.",
    );
  }
  const key = readKey(publicKey);
  const signed = Buffer.from(`quorate-session:${publicKey}:${issuedSeconds}`);
  const bytes = Buffer.from(signature, "base64");
  const isGenuine = bytes.length === 64 && verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, bytes);
  if (!isGenuine) throw new Refusal("unauthenticated", "The signature does not fit the key.");
  return { publicKey, secretHash: null };
}

function readKey(publicKey: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.from(publicKey, "base64"), format: "der", type: "spki" });
  } catch (cause) {
    throw new Refusal("bad_request", "The public key cannot be read; it must be SPKI in base64.", { cause });
  }
  if (key.asymmetricKeyType !== "ec" || key.asymmetricKeyDetails?.namedCurve !== "prime256v1") {
    throw new Refusal("bad_request", "The public key must be an ECDSA key on the curve P-256.");
  }
  // One spelling only, or one key could pose as many hosts.
  if (key.export({ format: "der", type: "spki" }).toString("base64") !== publicKey) {
    throw new Refusal(
      "bad_request",
      "The public key must be SPKI in plain base64, uncompressed, with nothing after it.",
    );
  }
  return key;
}

type HostRow = { id: number; user_id: number; name: string | null };

async function findHost(deps: Deps, { publicKey, secretHash }: Credential): Promise<HostRow | null> {
  const { rows } = await deps.pool.query<HostRow>(
    `select h.id, h.user_id, u.name from host h join app_user u on u.id = h.user_id where h.public_key = $1 or h.secret_hash = $2`,
    [publicKey, secretHash],
  );
  return rows[0] ?? null;
}

async function createHost(deps: Deps, credential: Credential, args: SessionArgs, nowSeconds: number): Promise<HostRow> {
  const name = cleanPublicName(args.request.name ?? "");
  if (!name.ok) throw new Refusal("bad_request", name.message);
  await args.mayCreate();
  const network = args.address === null ? null : networkOf(args.address);
  try {
    const { rows } = await deps.pool.query<HostRow>(
      `with someone as (insert into app_user (name, created_seconds) values ($1, $2) returning id, name)
       insert into host (user_id, public_key, secret_hash, network, user_agent, created_seconds, last_seen_seconds)
       select id, $3, $4, $5, $6, $2, $2 from someone returning id, user_id, (select name from someone)`,
      [
        name.name,
        nowSeconds,
        credential.publicKey,
        credential.secretHash,
        network,
        args.userAgent?.slice(0, 300) ?? null,
      ],
    );
    const host = rows[0];
    if (host === undefined) throw new Error("inserting a host returned no row");
    return host;
  } catch (error) {
    // Two tabs of one browser came at the same moment.
    const other = isUniqueViolation(error) ? await findHost(deps, credential) : null;
    if (other === null) throw error;
    return other;
  }
}
