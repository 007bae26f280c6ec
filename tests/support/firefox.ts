import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { isProgram } from "./find-browser.ts";

/**
 * A small driver of an ordinary Firefox by WebDriver BiDi. Playwright drives builds of its own, which Debian does not
 * have; its BiDi mode sends commands that Firefox ESR does not know yet (emulation.setMediaFeaturesOverride in 153).
 */
export type Firefox = {
  version: string;
  /** Opens a tab with storage of its own, as another person's browser would have. */
  newPage(): Promise<FirefoxPage>;
  close(): Promise<void>;
};

export type FirefoxPage = {
  /** Opens the address and waits until it has loaded. */
  goto(url: string): Promise<void>;
  /** Runs an expression in the page and gives its value (awaited), which must be JSON. */
  evaluate<T>(expression: string): Promise<T>;
  /** Clicks the middle of the first element that matches, as a person does: the page gets a trusted event. */
  click(selector: string): Promise<void>;
  /** Asks again until the expression's value is truthy. @throws after `timeoutMs`. */
  waitFor(expression: string, timeoutMs?: number): Promise<void>;
};

/** FIREFOX_PATH, or an installed Firefox, or undefined. */
export function findFirefox(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = environment["FIREFOX_PATH"];
  if (named) return isProgram(named) ? named : undefined;
  const folders = (environment["PATH"] ?? "").split(delimiter);
  const candidates = ["firefox-esr", "firefox"].flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...candidates, "/Applications/Firefox.app/Contents/MacOS/firefox"].find(isProgram);
}

export async function launchFirefox(executable: string): Promise<Firefox> {
  const profile = await mkdtemp(join(tmpdir(), "quorate-firefox-"));
  const flags = ["--headless", "--no-remote", "--remote-debugging-port", "0", "--profile", profile];
  const child = spawn(executable, flags, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, HOME: profile, MOZ_CRASHREPORTER_DISABLE: "1" },
  });
  const socket = await connect(await remoteAddress(child));
  const send = speak(socket);
  const { capabilities } = await send<{ capabilities: { browserVersion: string } }>("session.new", {
    capabilities: {},
  });
  return {
    version: capabilities.browserVersion,
    async newPage() {
      const { userContext } = await send<{ userContext: string }>("browser.createUserContext", {});
      const { context } = await send<{ context: string }>("browsingContext.create", { type: "tab", userContext });
      return page(send, context);
    },
    async close() {
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
      socket.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

type Send = <T>(method: string, params: object) => Promise<T>;
type Evaluated =
  | { type: "success"; result: { value?: string } }
  | { type: "exception"; exceptionDetails: { text: string } };

function page(send: Send, context: string): FirefoxPage {
  const self: FirefoxPage = {
    async goto(url) {
      await send("browsingContext.navigate", { context, url, wait: "complete" });
    },
    async evaluate<T>(expression: string): Promise<T> {
      const answer = await send<Evaluated>("script.evaluate", {
        expression: `(async () => JSON.stringify(await (${expression})) ?? "null")()`,
        target: { context },
        awaitPromise: true,
      });
      if (answer.type === "exception") throw new Error(`in Firefox: ${answer.exceptionDetails.text}`);
      return JSON.parse(answer.result.value ?? "null") as T;
    },
    async click(selector) {
      // Fonts and live numbers move a page while it settles: a click at where the element was a moment ago hits something else.
      const [x, y] = await self.evaluate<[number, number]>(`(async () => {
        const middle = () => {
          const element = document.querySelector(${JSON.stringify(selector)});
          element?.scrollIntoView({ block: "center", behavior: "instant" });
          const box = element?.getBoundingClientRect();
          const at = box && [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)];
          return at && element.contains(document.elementFromPoint(...at)) ? at : undefined;
        };
        for (let before = middle(); ; ) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          const now = middle();
          if (now && String(now) === String(before)) return now;
          before = now;
        }
      })()`);
      const press = [
        { type: "pointerMove", x, y },
        { type: "pointerDown", button: 0 },
        { type: "pointerUp", button: 0 },
      ];
      await send("input.performActions", { context, actions: [{ type: "pointer", id: "mouse", actions: press }] });
    },
    async waitFor(expression, timeoutMs = 10_000) {
      const giveUpAt = Date.now() + timeoutMs;
      while (!(await self.evaluate<boolean>(`Boolean(await (${expression}))`))) {
        if (Date.now() > giveUpAt) throw new Error(`in Firefox: ${expression} did not come true in ${timeoutMs} ms`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
  };
  return self;
}

/** Firefox writes its address to the error output once it listens. */
function remoteAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    createInterface({ input: child.stderr as NonNullable<ChildProcess["stderr"]> }).on("line", (line) => {
      said += `${line}\n`;
      const address = /WebDriver BiDi listening on (ws:\S+)/.exec(line)?.[1];
      if (address !== undefined) resolve(`${address}/session`);
    });
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`Firefox ended:\n${said}`)));
  });
}

async function connect(address: string): Promise<WebSocket> {
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve, { once: true });
    socket.addEventListener("error", () => reject(new Error(`cannot connect to ${address}`)), { once: true });
  });
  return socket;
}

type Answer = { id: number; type: "success"; result: unknown } | { id: number; type: "error"; message: string };

/** One command, one answer, matched by number. */
function speak(socket: WebSocket): Send {
  const waiting = new Map<number, (answer: Answer) => void>();
  let last = 0;
  socket.addEventListener("message", (event: MessageEvent<string>) => {
    const answer = JSON.parse(event.data) as Answer;
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  socket.addEventListener("close", () => {
    for (const [id, settle] of waiting) settle({ id, type: "error", message: "Firefox has gone" });
  });
  return <T>(method: string, params: object) =>
    new Promise<T>((resolve, reject) => {
      last += 1;
      waiting.set(last, (answer) => {
        if (answer.type === "success") resolve(answer.result as T);
        else reject(new Error(`${method}: ${answer.message}`));
      });
      socket.send(JSON.stringify({ id: last, method, params }));
    });
}
