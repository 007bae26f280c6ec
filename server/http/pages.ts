import type { Server } from "node:http";
import { PROJECT_ROOT } from "../paths.ts";
import type { RenderPage } from "./handler.ts";
import { HttpError } from "./http-error.ts";

/** What of Next is used here. Its own types would change the globals of everything on the server. */
type NextApp = { prepare(): Promise<void>; getRequestHandler(): RenderPage; close(): Promise<void> };
type NextFactory = (options: {
  dev: boolean;
  dir: string;
  hostname: string;
  port: number;
  httpServer: Server;
}) => NextApp;

export type Pages = { render: RenderPage; close(): Promise<void> };

/** Next as one handler among others: the built site, or in development its compiler with hot reload. */
export async function openPages(httpServer: Server, port: number, development: boolean): Promise<Pages> {
  // Next and React decide at import time what they are.
  Object.assign(process.env, { NODE_ENV: development ? "development" : "production", NEXT_TELEMETRY_DISABLED: "1" });
  const packageName: string = "next";
  const { default: next } = (await import(packageName)) as { default: NextFactory };
  const app = next({ dev: development, dir: PROJECT_ROOT, hostname: "localhost", port, httpServer });
  await app.prepare();
  const render = app.getRequestHandler();
  return { render: (request, response) => render(request, response), close: () => app.close() };
}

/** For a process that answers calls only. */
export const noPages: Pages = {
  render: () => Promise.reject(new HttpError(404, "This server has no pages.")),
  close: () => Promise.resolve(),
};
