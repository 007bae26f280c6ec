import { createHash, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { createServer } from "node:http";

/** A person as the provider knows them. */
export type OidcPerson = { sub: string; email: string; email_verified: boolean; name?: string };

export type OidcProvider = {
  issuer: string;
  /** Who is at the browser that comes to the provider's page next. */
  person: OidcPerson;
  close(): Promise<void>;
};

type Grant = { person: OidcPerson; nonce: string | null; challenge: string | null; redirectUri: string };

/**
 * A small OpenID Connect provider of one client: discovery, authorisation with PKCE, tokens signed with RS256. People say yes
 * at once.
 */
export async function startOidcProvider(client: { id: string; secret: string }): Promise<OidcProvider> {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const grants = new Map<string, Grant>();
  const provider = { issuer: "", person: { sub: "1", email: "one@example.org", email_verified: true } as OidcPerson };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", provider.issuer);
    const json = (status: number, value: unknown) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(value));
    };
    switch (url.pathname) {
      case "/.well-known/openid-configuration":
        return json(200, {
          issuer: provider.issuer,
          authorization_endpoint: `${provider.issuer}/authorize`,
          token_endpoint: `${provider.issuer}/token`,
          jwks_uri: `${provider.issuer}/keys`,
          response_types_supported: ["code"],
          subject_types_supported: ["public"],
          id_token_signing_alg_values_supported: ["RS256"],
          token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
        });
      case "/keys":
        return json(200, { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "1", alg: "RS256", use: "sig" }] });
      case "/authorize": {
        const wanted = url.searchParams;
        const redirectUri = wanted.get("redirect_uri") ?? "";
        if (wanted.get("client_id") !== client.id || redirectUri === "") return json(400, { error: "invalid_client" });
        const code = randomUUID();
        const { person } = provider;
        grants.set(code, { person, nonce: wanted.get("nonce"), challenge: wanted.get("code_challenge"), redirectUri });
        const back = new URL(redirectUri);
        back.searchParams.set("code", code);
        back.searchParams.set("state", wanted.get("state") ?? "");
        response.writeHead(302, { location: back.href });
        return response.end();
      }
      case "/token": {
        let body = "";
        for await (const chunk of request) body += String(chunk);
        const given = new URLSearchParams(body);
        const grant = grants.get(given.get("code") ?? "");
        grants.delete(given.get("code") ?? "");
        const basic = Buffer.from((request.headers.authorization ?? "").replace(/^Basic /, ""), "base64").toString();
        const isClient = given.get("client_secret") === client.secret || basic === `${client.id}:${client.secret}`;
        const verifier = createHash("sha256")
          .update(given.get("code_verifier") ?? "")
          .digest("base64url");
        if (!isClient || grant === undefined || grant.redirectUri !== given.get("redirect_uri")) {
          return json(400, { error: "invalid_grant" });
        }
        if (grant.challenge !== null && grant.challenge !== verifier) return json(400, { error: "invalid_grant" });
        const now = Math.floor(Date.now() / 1000);
        const claims = { iss: provider.issuer, aud: client.id, iat: now, exp: now + 300, ...grant.person };
        return json(200, {
          access_token: randomUUID(),
          token_type: "Bearer",
          expires_in: 300,
          id_token: signed(grant.nonce === null ? claims : { ...claims, nonce: grant.nonce }),
        });
      }
      default:
        return json(404, { error: "not_found" });
    }
  });
  function signed(claims: object): string {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const head = `${part({ alg: "RS256", kid: "1", typ: "JWT" })}.${part(claims)}`;
    return `${head}.${sign("sha256", Buffer.from(head), privateKey).toString("base64url")}`;
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  provider.issuer = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  return Object.assign(provider, {
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
