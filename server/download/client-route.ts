import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { HttpError } from "../http/http-error.ts";
import type { Route, RouteRequest } from "../http/route.ts";
import { CLIENT_PACKAGE } from "../start/build-client.ts";

/** What `npm install <site>/download/quorate.tgz` gets: the CLI and the TypeScript client, which `npm start` packs. */
async function download({ request, response }: RouteRequest): Promise<void> {
  const found = await stat(CLIENT_PACKAGE).catch(() => null);
  if (found === null) throw new HttpError(404, "The programs were not packed here; npm start does it.");
  response.writeHead(200, {
    "content-type": "application/gzip",
    "content-length": found.size,
    "content-disposition": 'attachment; filename="quorate.tgz"',
    "cache-control": "public, max-age=300",
  });
  if (request.method === "HEAD") return void response.end();
  await pipeline(createReadStream(CLIENT_PACKAGE), response);
}

export const clientRoute: Route = { method: "GET", path: "/download/quorate.tgz", handle: download };
