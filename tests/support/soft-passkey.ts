import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";

const base64url = (bytes: Uint8Array | string) => Buffer.from(bytes).toString("base64url");

/** User present, user verified, credential data attached. */
const FLAGS = 0x45;

/**
 * What a browser answers when somebody adds a passkey: a new ES256 key without attestation (Web Authentication, level 2,
 * sections 6.1 and 6.5).
 */
export function newPasskey({ challenge, origin }: { challenge: string; origin: string }): object {
  const { x = "", y = "" } = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" });
  const id = randomBytes(16);
  // CBOR maps: the COSE key {1: 2, 3: -7, -1: 1, -2: x, -3: y}, and {fmt: "none", attStmt: {}, authData}.
  const key = [Buffer.from("a5010203262001215820", "hex"), Buffer.from(x, "base64url")];
  key.push(Buffer.from("225820", "hex"), Buffer.from(y, "base64url"));
  const rpIdHash = createHash("sha256").update(new URL(origin).hostname).digest();
  const head = Buffer.from([FLAGS, 0, 0, 0, 0, ...Buffer.alloc(16), 0, id.length]);
  const authData = Buffer.concat([rpIdHash, head, id, ...key]);
  const start = Buffer.from("a363666d74646e6f6e656761747453746d74a068617574684461746158", "hex");
  return {
    id: base64url(id),
    rawId: base64url(id),
    type: "public-key",
    clientExtensionResults: {},
    response: {
      clientDataJSON: base64url(JSON.stringify({ type: "webauthn.create", challenge, origin, crossOrigin: false })),
      attestationObject: base64url(Buffer.concat([start, Buffer.from([authData.length]), authData])),
    },
  };
}
