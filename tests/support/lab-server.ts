import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll } from "vitest";
import type { Scope } from "../../server/account/viewer.ts";
import { depsOf } from "../../server/deps.ts";
import { createHandler } from "../../server/http/handler.ts";
import { routes } from "../../server/http/routes.ts";
import type { Services } from "../../server/services.ts";
import { readSettings } from "../../server/settings.ts";
import { type Lab, outputOf, outputReport, withLab } from "../db/engine/lab.ts";
import { createMember, type Member, type Role } from "./create-member.ts";

/** The lab's engine behind a real HTTP entrance, on the machine's own clock, for what goes over the wire. */
export type LabServer = {
  readonly engine: Lab;
  readonly base: string;
  readonly services: Services;
  /** A new member of a project with a personal token, and the header that shows it. */
  member(projectId: number, role: Role, scopes?: Scope[]): Promise<Member>;
};

export function withLabServer(): LabServer {
  const lab = withLab();
  let folder = "";
  let services: Services | undefined;
  let engine: Lab | undefined;
  let server: Server | undefined;
  let base = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "quorate-lab-server-"));
    const { pool, prisma } = lab.current.deps;
    const stopping = new AbortController().signal;
    services = {
      settings: readSettings({}),
      log: pino({ level: "silent" }),
      pool,
      prisma,
      dataFolder: folder,
      stopping,
    };
    const { storage, secrets } = await depsOf(services);
    engine = lab.current.with({ storage, secrets, dataFolder: folder });
    engine.now = Math.floor(Date.now() / 1000);
    const renderPage = (_request: unknown, response: { writeHead(status: number): { end(): unknown } }) =>
      Promise.resolve(void response.writeHead(404).end());
    server = createServer(createHandler({ services, routes, renderPage, development: false }));
    await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    base = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  });
  afterAll(async () => {
    server?.closeAllConnections();
    await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
    await rm(folder, { recursive: true, force: true });
  });
  const there = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error("the server exists only while tests run");
    return value;
  };
  return {
    get engine() {
      return there(engine);
    },
    get base() {
      return base;
    },
    get services() {
      return there(services);
    },
    member: (projectId, role, scopes) => createMember(there(engine).deps, { projectId, role, scopes }),
  };
}

/** Two volunteers compute everything that is there; the output is the number of the workunit. */
export async function computeAll(engine: Lab): Promise<void> {
  engine.now = Math.floor(Date.now() / 1000) + 1;
  const hosts = [await engine.host(), await engine.host()];
  for (;;) {
    let done = 0;
    for (const host of hosts) {
      const leases = await engine.claim(host, 50);
      done += leases.length;
      if (leases.length === 0) continue;
      await engine.report(
        host,
        ...leases.map((lease) => outputReport(lease, outputOf(Number(lease.workunitName.split(" ").at(-1))))),
      );
    }
    if (done === 0) break;
  }
  await engine.sweep();
}
