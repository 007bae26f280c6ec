import { ConfigError } from "./options.ts";

type Answer = { result?: { data?: { outcome?: string } }; error?: { message?: string } };

/**
 * Brings this client's identity, with its credit, to the account that made the code. @returns what became of it, as a
 * sentence. @throws {ConfigError} with the server's reason where the code does not work.
 */
export async function linkDevice(site: URL, token: string, code: string): Promise<string> {
  const response = await fetch(new URL("/api/trpc/account.useLinkCode", site), {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ code }),
  });
  const answer = (await response.json().catch(() => ({}))) as Answer;
  switch (answer.result?.data?.outcome) {
    case "joined":
      return "this device computes for the account now";
    case "was_there":
      return "this device was the account's already";
    case "of_another_account":
      throw new ConfigError(
        "This identity belongs to another account. Use --as NAME or --identity FOLDER for a new one.",
      );
    default:
      throw new ConfigError(answer.error?.message ?? `The site answered ${response.status} to the code.`);
  }
}
