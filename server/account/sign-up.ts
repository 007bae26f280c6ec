import { randomBytes } from "node:crypto";
import { mailerOf } from "../mail/mailer.ts";
import { MAILS, type MailLanguage } from "../mail/texts.ts";
import { Refusal } from "../refusal.ts";
import type { Services } from "../services.ts";
import { authOf, PASSWORD_LENGTH } from "./auth.ts";

/** How long a link to choose a password works. */
const LINK_MS = 3_600_000;

/**
 * Somebody wants an account: a mail goes to the address, in the background, with a link to choose a password, or, where
 * there is an account already, with where to sign in. The answer and the work are the same. Nothing is stored that somebody
 * who does not own the address could use: the password comes with the link.
 */
export async function requestSignUp(
  services: Services,
  { email, language, link }: { email: string; language: MailLanguage; link: (path: string) => string },
): Promise<void> {
  const { internalAdapter } = await (await authOf(services)).$context;
  const address = email.toLowerCase();
  const token = randomBytes(24).toString("base64url");
  const [known] = await Promise.all([
    internalAdapter.findUserByEmail(address),
    internalAdapter.createVerificationValue({
      identifier: `sign-up:${token}`,
      value: address,
      expiresAt: new Date(Date.now() + LINK_MS),
    }),
  ]);
  const texts = MAILS[language];
  const content =
    known === null ? texts.signUp(link(`/sign-in/finish#${token}`)) : texts.alreadyThere(link("/sign-in"));
  mailerOf(services).send({ to: address, ...content });
}

/**
 * Makes the account of whoever has the link. @returns its address, to sign in with.
 * @throws {Refusal} `bad_request` where the link does not work any more; `conflict` where there is an account meanwhile.
 */
export async function finishSignUp(
  services: Services,
  { token, password }: { token: string; password: string },
): Promise<{ email: string }> {
  const { internalAdapter, password: passwords } = await (await authOf(services)).$context;
  if (password.length < PASSWORD_LENGTH.min || password.length > PASSWORD_LENGTH.max) {
    throw new Refusal("bad_request", `A password has ${PASSWORD_LENGTH.min} to ${PASSWORD_LENGTH.max} characters.`);
  }
  const proof = await internalAdapter.consumeVerificationValue(`sign-up:${token}`);
  if (proof === null) {
    throw new Refusal("bad_request", "This link was used already, or is older than an hour. Ask for a new one.");
  }
  const email = proof.value;
  if ((await internalAdapter.findUserByEmail(email)) !== null) {
    throw new Refusal("conflict", "There is an account with this address already: sign in.");
  }
  const hash = await passwords.hash(password);
  const user = await internalAdapter.createUser({ email, name: "", emailVerified: true }, { method: "email-password" });
  await internalAdapter.linkAccount({
    userId: user.id,
    providerId: "credential",
    accountId: user.id,
    password: hash,
  });
  return { email };
}
