import { genericOAuth } from "better-auth/plugins";
import type { Settings } from "../settings.ts";

/** What a sign-in page offers beside e-mail and passkeys. */
export type Provider = { id: string; name: string };

/** The providers whose settings are complete. */
export function offeredProviders(settings: Settings): Provider[] {
  const offered: Provider[] = [];
  if (google(settings)) offered.push({ id: "google", name: "Google" });
  if (github(settings)) offered.push({ id: "github", name: "GitHub" });
  if (oidc(settings)) offered.push({ id: "oidc", name: settings.OIDC_NAME });
  return offered;
}

const google = ({ GOOGLE_CLIENT_ID: clientId, GOOGLE_CLIENT_SECRET: clientSecret }: Settings) =>
  clientId === undefined || clientSecret === undefined ? undefined : { clientId, clientSecret };

const github = ({ GITHUB_CLIENT_ID: clientId, GITHUB_CLIENT_SECRET: clientSecret }: Settings) =>
  clientId === undefined || clientSecret === undefined ? undefined : { clientId, clientSecret };

const oidc = ({ OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret }: Settings) =>
  issuer === undefined || clientId === undefined || clientSecret === undefined
    ? undefined
    : { issuer, clientId, clientSecret };

/** The same, as the library wants it. */
export function providersOf(settings: Settings) {
  const [googleClient, githubClient, oidcClient] = [google(settings), github(settings), oidc(settings)];
  return {
    social: { ...(googleClient && { google: googleClient }), ...(githubClient && { github: githubClient }) },
    plugin:
      oidcClient === undefined
        ? []
        : [
            genericOAuth({
              config: [
                {
                  providerId: "oidc",
                  name: settings.OIDC_NAME,
                  discoveryUrl: `${oidcClient.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`,
                  clientId: oidcClient.clientId,
                  clientSecret: oidcClient.clientSecret,
                  scopes: ["openid", "email"],
                  requireIdTokenVerification: true,
                },
              ],
            }),
          ],
  };
}
