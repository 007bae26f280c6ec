import { open } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { HttpError } from "../http/http-error.ts";
import type { Route, RouteRequest } from "../http/route.ts";
import { STATISTICS_FILES, statisticsFolder } from "./export-statistics.ts";

type StatisticsFile = (typeof STATISTICS_FILES)[number];

async function sendFile(name: StatisticsFile, { request, response, services }: RouteRequest): Promise<void> {
  const file = await open(join(statisticsFolder(services.dataFolder), name)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT")
      throw new HttpError(404, "The statistics have not been written yet: look again later.");
    throw error;
  });
  try {
    // Of the open file: another may take its name at any moment.
    const { size, mtime, mtimeMs } = await file.stat();
    const etag = `"${size.toString(16)}-${Math.floor(mtimeMs).toString(16)}"`;
    const headers = {
      etag,
      "last-modified": mtime.toUTCString(),
      "cache-control": "public, max-age=3600",
      "access-control-allow-origin": "*",
    };
    if (request.headers["if-none-match"] === etag) return void response.writeHead(304, headers).end();
    // application/gzip and no content-encoding: the file is what is downloaded, as from every BOINC project.
    const type = name.endsWith(".gz") ? "application/gzip" : "text/xml; charset=us-ascii";
    response.writeHead(200, { ...headers, "content-type": type, "content-length": size });
    if (request.method === "HEAD") return void response.end();
    await pipeline(file.createReadStream({ autoClose: false }), response);
  } finally {
    await file.close();
  }
}

/** The statistics files, at the addresses where statistics sites look for them: /stats/tables.xml and its neighbours. */
export const statisticsRoutes: readonly Route[] = STATISTICS_FILES.map((name) => ({
  method: "GET",
  path: `/stats/${name}`,
  handle: (route) => sendFile(name, route),
}));
