import { RateLimiterMemory } from "rate-limiter-flexible";
import { inWords, secondsToWait } from "../http/seconds-to-wait.ts";
import { Refusal } from "../refusal.ts";
import type { Services } from "../services.ts";
import { networkOf } from "./network.ts";

/**
 * How often volunteers may call. Counted in this process: with several processes a volunteer gets as many times the limit,
 * which is still a limit.
 */
export type RateLimits = {
  /** One more anonymous identity from this address' network. @throws {Refusal} `rate_limited`. */
  newIdentity(address: string | null): Promise<void>;
  /** One more exchange of this host. @throws {Refusal} `rate_limited`. */
  exchange(hostId: number): Promise<void>;
};

const limits = new WeakMap<Services, RateLimits>();

export function limitsOf(services: Services): RateLimits {
  const known = limits.get(services);
  if (known !== undefined) return known;
  const made = createRateLimits(services.settings);
  limits.set(services, made);
  return made;
}

export function createRateLimits(settings: { ANONYMOUS_PER_HOUR: number; EXCHANGES_PER_MINUTE: number }): RateLimits {
  const identities = new RateLimiterMemory({ points: settings.ANONYMOUS_PER_HOUR, duration: 3_600 });
  const exchanges = new RateLimiterMemory({ points: settings.EXCHANGES_PER_MINUTE, duration: 60 });
  return {
    async newIdentity(address) {
      if (address === null) return;
      // A provider gives one household a /48 or more of IPv6: counting single addresses would count nothing.
      const wait = await secondsToWait(identities, networkOf(address) ?? address);
      if (wait === null) return;
      throw new Refusal("rate_limited", `Many new volunteers came from your network. Try again in ${inWords(wait)}.`, {
        retryAfterSeconds: wait,
      });
    },
    async exchange(hostId) {
      const wait = await secondsToWait(exchanges, String(hostId));
      if (wait === null) return;
      throw new Refusal("rate_limited", `This device calls too often. Try again in ${inWords(wait)}.`, {
        retryAfterSeconds: wait,
      });
    },
  };
}
