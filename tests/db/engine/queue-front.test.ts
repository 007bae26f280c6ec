import { beforeAll, expect, test, vi } from "vitest";
import { DEFAULT_RULES } from "../../../server/deps.ts";
import { type Lab, withLab } from "./lab.ts";

const lab = withLab();
let current: Lab;
beforeAll(() => {
  current = lab.current.with({ rules: { ...DEFAULT_RULES, quotas: false } });
});

const SINGLE = { settings: { policy: { type: "full" as const }, parameters: { minQuorum: 1 } } };
const CLAIM = 64;
/** So many claims hand out more than it takes for the front of the queue to be remembered. */
const CLAIMS = 17;

async function handOutMany(): Promise<void> {
  // A host that does not say what it holds is given that again: another one for each claim.
  for (let claim = 0; claim < CLAIMS; claim += 1) {
    expect(await current.claim(await current.host(), CLAIM)).toHaveLength(CLAIM);
  }
}

test("after very much was handed out, what came before the front of the queue is found as soon as nothing else waits", async () => {
  const { appVersionId } = await current.app(SINGLE);
  await current.submit(appVersionId, CLAIMS * CLAIM + 5);
  await handOutMany();
  const [urgent] = await current.submit(appVersionId, 1, { priority: 5 });

  const leases = await current.claim(await current.host(), 10);
  expect(leases).toHaveLength(6);
  expect(leases.map(({ workunitId }) => workunitId)).toContain(String(urgent));
});

test("a higher priority goes first again a second later", async () => {
  const { appVersionId } = await current.app(SINGLE);
  await current.submit(appVersionId, 2 * CLAIMS * CLAIM);
  await handOutMany();
  const [urgent] = await current.submit(appVersionId, 1, { priority: 5 });
  const next = async () => (await current.claim(await current.host()))[0]?.workunitId;
  await vi.waitFor(async () => expect(await next()).toBe(String(urgent)), { timeout: 10_000, interval: 50 });
});
