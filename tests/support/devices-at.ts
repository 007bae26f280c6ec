import { type LabHost, outputOf, outputReport } from "../db/engine/lab.ts";
import type { AccountsSite, Browser } from "./accounts-site.ts";

/** `keyName`: whoever starts with the same one has the same key. */
export type Device = Browser & { host: LabHost; keyName: string };

/** Devices that compute at a site with accounts, and the people who sign in on them. */
export function devicesAt(site: AccountsSite) {
  let count = 0;

  /** A browser that pressed Start. */
  async function device(): Promise<Device> {
    count += 1;
    const browser = site.browser();
    const keyName = `device ${count}`;
    const host = await browser.start(keyName);
    return Object.assign(browser, { host, keyName });
  }

  const email = () => `owner${count}@example.org`;

  /** A workunit that each of the hosts takes; those of `answers` report. @returns its id. */
  async function workunit(hosts: readonly LabHost[], answers: readonly LabHost[], minQuorum = 2): Promise<number> {
    const lab = site.now;
    const { appVersionId } = await lab.app({ settings: { parameters: { minQuorum, targetNResults: hosts.length } } });
    const [id = 0] = await lab.submit(appVersionId, 1);
    const leases = new Map<LabHost, Awaited<ReturnType<typeof lab.claim>>>();
    for (const host of hosts) leases.set(host, await lab.claim(host));
    for (const host of answers) {
      const [lease] = leases.get(host) ?? [];
      if (lease === undefined) throw new Error("nothing was handed out");
      await lab.report(host, outputReport(lease, outputOf(1)));
    }
    return id;
  }

  const total = async (browser: Browser): Promise<number> =>
    (await browser.ask<{ totalMicro: number }>("credit.mine")).totalMicro;

  /** Signs a device in on an account that is new, or was made before. */
  async function signIn(browser: Device, address: string): Promise<string> {
    const signedIn = await site.signUp(address).catch(async () => {
      const again = site.browser();
      const answer = await again.signIn(address, "correct horse battery");
      if (answer.status !== 200) throw new Error(answer.text);
      return again;
    });
    for (const [name, value] of signedIn.cookies) browser.cookies.set(name, value);
    return (await browser.call<{ outcome: string }>("account.attachDevice")).outcome;
  }

  return { device, email, workunit, total, signIn };
}
