/** Calls to the sign-in part of the server, which answers plain JSON beside tRPC. */

export type AuthProblem = { ok: false; code: string; message: string };
export type AuthAnswer<T> = { ok: true; data: T } | AuthProblem;

/** `path`: below /api/auth. Never throws: a server that cannot be reached is the code `UNREACHABLE`. */
export async function authCall<T>(path: string, body?: unknown): Promise<AuthAnswer<T>> {
  try {
    const response = await fetch(
      `/api/auth/${path}`,
      body === undefined
        ? {}
        : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) },
    );
    const text = await response.text();
    const answer = (text === "" ? {} : JSON.parse(text)) as T & { code?: string; message?: string; error?: string };
    if (response.ok) return { ok: true, data: answer };
    return { ok: false, code: answer.code ?? "UNKNOWN", message: answer.message ?? answer.error ?? "" };
  } catch {
    return { ok: false, code: "UNREACHABLE", message: "" };
  }
}

/** What browsers that know passkeys as JSON have; older ones are offered none. */
type JsonKeys = typeof PublicKeyCredential & {
  parseCreationOptionsFromJSON(options: unknown): PublicKeyCredentialCreationOptions;
  parseRequestOptionsFromJSON(options: unknown): PublicKeyCredentialRequestOptions;
};

function jsonKeys(): JsonKeys | null {
  const known =
    typeof window !== "undefined" && "PublicKeyCredential" in window && "toJSON" in PublicKeyCredential.prototype;
  return known && "parseCreationOptionsFromJSON" in PublicKeyCredential ? (PublicKeyCredential as JsonKeys) : null;
}

/** Passkeys need a secure context and a name of the site that is no number. */
export function canUsePasskeys(): boolean {
  return jsonKeys() !== null && window.isSecureContext && !/^[\d.]+$|:/.test(window.location.hostname);
}

/** The person said no, or has none: nothing to complain about. */
const DECLINED: AuthProblem = { ok: false, code: "DECLINED", message: "" };

export async function signInWithPasskey(): Promise<AuthAnswer<unknown>> {
  const keys = jsonKeys();
  const options = await authCall<unknown>("passkey/generate-authenticate-options");
  if (!options.ok || keys === null) return options.ok ? DECLINED : options;
  const credential = await navigator.credentials
    .get({ publicKey: keys.parseRequestOptionsFromJSON(options.data) })
    .catch(() => null);
  if (credential === null) return DECLINED;
  return authCall("passkey/verify-authentication", { response: (credential as PublicKeyCredential).toJSON() });
}

export async function addPasskey(name: string): Promise<AuthAnswer<unknown>> {
  const keys = jsonKeys();
  const options = await authCall<unknown>("passkey/generate-register-options");
  if (!options.ok || keys === null) return options.ok ? DECLINED : options;
  const credential = await navigator.credentials
    .create({ publicKey: keys.parseCreationOptionsFromJSON(options.data) })
    .catch(() => null);
  if (credential === null) return DECLINED;
  return authCall("passkey/verify-registration", { response: (credential as PublicKeyCredential).toJSON(), name });
}
