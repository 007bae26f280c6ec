import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import { Writable } from "node:stream";
import { pino } from "pino";
import { afterAll, beforeAll } from "vitest";
import { depsOf } from "../../server/deps.ts";
import { createHandler } from "../../server/http/handler.ts";
import { routes } from "../../server/http/routes.ts";
import type { Mail } from "../../server/mail/mailer.ts";
import { mailerOf } from "../../server/mail/mailer.ts";
import type { Services } from "../../server/services.ts";
import { readSettings, type Settings } from "../../server/settings.ts";
import { type Lab, withLab } from "../db/engine/lab.ts";

/** The site's HTTP entrance on a database of its own, and browsers that keep cookies. Mails are read from the log. */
export class AccountsSite {
  base = "";
  readonly mails: Mail[] = [];
  services: Services | undefined;
  lab: Lab | undefined;

  browser(headers: Record<string, string> = {}): Browser {
    return new Browser(this, headers);
  }

  /** The last mail to an address, when everything on its way has arrived. */
  async mailTo(address: string): Promise<Mail | undefined> {
    if (this.services !== undefined) await mailerOf(this.services).settled();
    return this.mails.filter((mail) => mail.to === address).at(-1);
  }

  /** What stands behind # in the link of the last mail. */
  async linkToken(address: string): Promise<string> {
    return /#([\w-]+)/.exec((await this.mailTo(address))?.text ?? "")?.[1] ?? "";
  }

  /** A new account, and a browser that is signed in. */
  async signUp(email: string, password = "correct horse battery"): Promise<Browser> {
    const browser = this.browser();
    await browser.call("account.signUp", { email });
    await browser.call("account.finishSignUp", { token: await this.linkToken(email), password });
    const answer = await browser.signIn(email, password);
    if (answer.status !== 200) throw new Error(`signing in: ${answer.status} ${answer.text}`);
    return browser;
  }

  get now(): Lab {
    if (this.lab === undefined) throw new Error("the site stands only while tests run");
    return this.lab;
  }
}

export type Answer = { status: number; text: string; headers: Headers; json: () => unknown };

export class Browser {
  readonly cookies = new Map<string, string>();
  readonly setCookies: string[] = [];
  device: string | null = null;
  readonly #site: AccountsSite;
  readonly #headers: Record<string, string>;

  constructor(site: AccountsSite, headers: Record<string, string>) {
    this.#site = site;
    this.#headers = headers;
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Answer> {
    const headers = new Headers({ origin: this.#site.base, ...this.#headers });
    if (this.cookies.size > 0)
      headers.set("cookie", [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; "));
    if (this.device !== null) headers.set("authorization", `Bearer ${this.device}`);
    for (const [name, value] of new Headers(init.headers)) headers.set(name, value);
    const answer = await fetch(new URL(path, this.#site.base), { redirect: "manual", ...init, headers });
    for (const line of answer.headers.getSetCookie()) {
      this.setCookies.push(line);
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "" || /max-age=0/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const text = await answer.text();
    return { status: answer.status, text, headers: answer.headers, json: () => JSON.parse(text) };
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.fetch(path, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json", ...headers },
    });
  }

  signIn(email: string, password: string): Promise<Answer> {
    return this.post("/api/auth/sign-in/email", { email, password });
  }

  /** A mutation. */
  mutate(procedure: string, input?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.post(`/api/trpc/${procedure}`, input ?? null, headers);
  }

  query(procedure: string, input?: unknown): Promise<Answer> {
    const query = input === undefined ? "" : `?input=${encodeURIComponent(JSON.stringify(input))}`;
    return this.fetch(`/api/trpc/${procedure}${query}`);
  }

  /** The data a mutation answers; throws when it is refused. */
  async call<T>(procedure: string, input?: unknown): Promise<T> {
    return dataOf<T>(procedure, await this.mutate(procedure, input));
  }

  async ask<T>(procedure: string, input?: unknown): Promise<T> {
    return dataOf<T>(procedure, await this.query(procedure, input));
  }

  /** Presses Start: an anonymous identity, which computes nothing. @returns its user's and host's number. */
  async start(name: string): Promise<{ userId: number; hostId: number }> {
    const secret = createHash("sha256").update(name).digest("hex");
    const input = {
      protocol: (await import("../../server/core/wire/exchange.ts")).PROTOCOL_VERSION,
      credential: { kind: "secret", secret },
    };
    const session = await this.call<{ token: string; userId: string; hostId: string }>("volunteer.session", input);
    this.device = session.token;
    return { userId: Number(session.userId), hostId: Number(session.hostId) };
  }
}

function dataOf<T>(procedure: string, answer: Answer): T {
  if (answer.status !== 200) throw new Error(`${procedure}: ${answer.status} ${answer.text}`);
  return (answer.json() as { result: { data: T } }).result.data;
}

/** For a test file: the site from its first test to its last. */
export function withAccountsSite(change: Partial<Settings> = {}): AccountsSite {
  const lab = withLab();
  const site = new AccountsSite();
  let server: Server;
  beforeAll(async () => {
    const { pool, prisma, dataFolder } = lab.current.deps;
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        const line = JSON.parse(chunk.toString()) as { mail?: Mail; level: number };
        // What nobody foresaw must be seen.
        if (line.level >= 50) console.error(chunk.toString());
        if (line.mail !== undefined) site.mails.push(line.mail);
        done();
      },
    });
    const services: Services = {
      settings: { ...readSettings({}), ...change },
      log: pino({ level: "info" }, sink),
      pool,
      prisma,
      dataFolder,
      stopping: new AbortController().signal,
    };
    await depsOf(services);
    const renderPage = (_request: unknown, response: { writeHead(status: number): { end(): unknown } }) =>
      Promise.resolve(void response.writeHead(404).end());
    server = createServer(createHandler({ services, routes, renderPage, development: false }));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    site.base = `http://localhost:${typeof address === "object" && address !== null ? address.port : 0}`;
    site.services = services;
    site.lab = lab.current;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return site;
}
