import { createHash } from "node:crypto";
import { RateLimiterMemory } from "rate-limiter-flexible";
import { networkOf } from "../host/network.ts";
import { inWords, secondsToWait } from "../http/seconds-to-wait.ts";
import { Refusal } from "../refusal.ts";
import type { Services } from "../services.ts";

/**
 * How often anybody may try to get in. Counted in this process: with several processes there are as many times the
 * attempts, which is still a limit. What is counted for an address is counted whether an account has it or not.
 */
export type AccountLimits = {
  /** An attempt to sign in with a password. @throws {Refusal} `rate_limited`. */
  password(address: string | null, email: string): Promise<void>;
  /** It was the right one. */
  passwordWasRight(address: string | null, email: string): Promise<void>;
  /** A mail to this address. @throws {Refusal} `rate_limited`. */
  mail(address: string | null, email: string): Promise<void>;
  /** Another attempt that guessing could be made of: a code, a link, a passkey. @throws {Refusal} `rate_limited`. */
  attempt(address: string | null): Promise<void>;
};

const QUARTER_SECONDS = 900;
/** Wrong passwords for one account from one network; people mistype a few times. */
const PER_ACCOUNT_AND_NETWORK = 10;
/** From everywhere: enough that a few strangers cannot shut an owner out, too few to guess a password. */
const PER_ACCOUNT = 100;
/** More would be a way to fill somebody's mailbox. */
const MAILS_PER_ACCOUNT = 5;

const limits = new WeakMap<Services, AccountLimits>();

export function accountLimitsOf(services: Services): AccountLimits {
  let made = limits.get(services);
  if (made === undefined) {
    made = createAccountLimits(services.settings);
    limits.set(services, made);
  }
  return made;
}

export function createAccountLimits({ SIGN_INS_PER_HOUR }: { SIGN_INS_PER_HOUR: number }): AccountLimits {
  const everything = new RateLimiterMemory({ points: SIGN_INS_PER_HOUR, duration: 3_600 });
  const near = new RateLimiterMemory({ points: PER_ACCOUNT_AND_NETWORK, duration: QUARTER_SECONDS });
  const account = new RateLimiterMemory({ points: PER_ACCOUNT, duration: 3_600 });
  const mails = new RateLimiterMemory({ points: MAILS_PER_ACCOUNT, duration: 3_600 });
  return {
    async password(address, email) {
      await consume(everything, sourceOf(address));
      await consume(near, `${sourceOf(address)} ${keyOf(email)}`);
      await consume(account, keyOf(email));
    },
    async passwordWasRight(address, email) {
      await near.delete(`${sourceOf(address)} ${keyOf(email)}`);
    },
    async mail(address, email) {
      await consume(everything, sourceOf(address));
      await consume(mails, keyOf(email));
    },
    attempt: (address) => consume(everything, sourceOf(address)),
  };
}

/** A provider gives one household a /48 or more of IPv6: counting single addresses would count nothing. */
const sourceOf = (address: string | null) => (address === null ? "this machine" : (networkOf(address) ?? address));

/** Addresses are not kept in memory longer than the request, only what they hash to. */
const keyOf = (email: string) => createHash("sha256").update(email.trim().toLowerCase()).digest("base64url");

async function consume(limiter: RateLimiterMemory, key: string): Promise<void> {
  const wait = await secondsToWait(limiter, key);
  if (wait === null) return;
  throw new Refusal("rate_limited", `Too many attempts. Try again in ${inWords(wait)}.`, { retryAfterSeconds: wait });
}
