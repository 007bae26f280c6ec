import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { findBrowser, NoBrowserError } from "./find-browser.ts";

/**
 * A Chromium of the test's own, as a person runs it: under Playwright no page ever becomes hidden. Looked at through
 * short visits of the DevTools protocol, with nobody attached in between.
 */
export type OwnChromium = {
  /** Evaluates an expression in the tab whose address begins so; a promise is awaited. */
  evaluate<T>(url: string, expression: string): Promise<T>;
  /** Opens a tab in front of the others. */
  openTab(url: string): Promise<void>;
  close(): Promise<void>;
};

type Target = { type: string; url: string; webSocketDebuggerUrl: string };

const START_WITHIN_MS = 60_000;

export async function openOwnChromium(url: string): Promise<OwnChromium> {
  const program = findBrowser();
  if (program === undefined) throw new NoBrowserError("no Chromium is installed");
  const profile = await mkdtemp(join(tmpdir(), "quorate-chromium-"));
  const flags = ["--headless=new", "--no-sandbox", "--remote-debugging-port=0", "--no-first-run"];
  const child = spawn(program, [...flags, `--user-data-dir=${profile}`, url], { stdio: "ignore" });
  const exited = once(child, "exit");
  const port = await portOf(child, profile);
  const at = `http://127.0.0.1:${port}`;

  async function evaluate<T>(prefix: string, expression: string): Promise<T> {
    const targets = (await (await fetch(`${at}/json/list`)).json()) as Target[];
    const target = targets.find(({ type, url: address }) => type === "page" && address.startsWith(prefix));
    if (target === undefined) throw new Error(`no tab shows ${prefix}`);
    return evaluateAt<T>(target.webSocketDebuggerUrl, expression);
  }

  return {
    evaluate,
    async openTab(address) {
      await fetch(`${at}/json/new?${encodeURIComponent(address)}`, { method: "PUT" });
    },
    async close() {
      child.kill("SIGTERM");
      await exited;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Chromium writes the port that it chose into its profile. */
async function portOf(child: ChildProcess, profile: string): Promise<string> {
  const endsAt = Date.now() + START_WITHIN_MS;
  while (Date.now() < endsAt) {
    const [port] = (await readFile(join(profile, "DevToolsActivePort"), "utf8").catch(() => "")).split("\n");
    if (port !== undefined && port !== "") return port;
    if (child.exitCode !== null) throw new Error(`Chromium ended with code ${child.exitCode}`);
    await delay(100);
  }
  throw new Error("Chromium did not start");
}

type Evaluated = {
  result?: { result: { value: unknown }; exceptionDetails?: { text: string; exception?: { description?: string } } };
};

async function evaluateAt<T>(address: string, expression: string): Promise<T> {
  const socket = new WebSocket(address);
  try {
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => reject(new Error("the tab does not answer"));
    });
    const answer = new Promise<Evaluated>((resolve) => {
      socket.onmessage = ({ data }) => resolve(JSON.parse(String(data)) as Evaluated);
    });
    const params = { expression, awaitPromise: true, returnByValue: true };
    socket.send(JSON.stringify({ id: 1, method: "Runtime.evaluate", params }));
    const { result } = await answer;
    if (result?.exceptionDetails !== undefined)
      throw new Error(result.exceptionDetails.exception?.description ?? result.exceptionDetails.text);
    return result?.result.value as T;
  } finally {
    socket.close();
  }
}
