import { createServer, type Server } from "node:http";
import type { Settings } from "../settings.ts";
import { StartError } from "../start/start-error.ts";

type Where = Pick<Settings, "PORT" | "HOST">;

/** Makes `server` listen where the settings say. @returns the port. @throws {StartError} when that cannot be. */
export function listen(server: Server, { PORT, HOST }: Where): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(explain(error, { PORT, HOST }));
    server.once("error", fail);
    server.listen({ port: PORT, ...(HOST !== undefined && { host: HOST }) }, () => {
      server.off("error", fail);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : PORT);
    });
  });
}

/** Asks whether `listen` would succeed, so that a taken port is told before minutes of preparing. @throws {StartError} */
export async function checkPort(where: Where): Promise<void> {
  const server = createServer();
  await listen(server, where);
  await new Promise((resolve) => server.close(resolve));
}

function explain(error: NodeJS.ErrnoException, { PORT, HOST }: Where): Error {
  switch (error.code) {
    case "EADDRINUSE":
      return new StartError(`Port ${PORT} is in use; stop what uses it, or choose another: PORT=${PORT + 1} npm start`);
    case "EACCES":
      return new StartError(`Port ${PORT} may only be used by root; choose one above 1023: PORT=3000 npm start`);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new StartError(`HOST=${HOST} is not an address of this machine; leave it out to listen on all of them.`);
    default:
      return error;
  }
}
