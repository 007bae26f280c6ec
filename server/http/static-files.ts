import { createReadStream, globSync } from "node:fs";
import { open } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { inProject } from "../paths.ts";

/** Only what a build names so: no dot at the start of a segment, so no way out of the folder. */
const PATH = /^\/_next\/static((?:\/[\w~-][\w.~-]*)+\.(js|css))$/;
const TYPES = { js: "application/javascript; charset=UTF-8", css: "text/css; charset=UTF-8" };

const PUBLIC = new Set(
  globSync("**/*.*", { cwd: inProject("public") }).map((path) => `/${path.replaceAll("\\", "/")}`),
);

/** Whether an address is a file's, so that nothing is rendered for it: of the build, or one that lies in public/. */
export function isFile(pathname: string): boolean {
  return pathname.startsWith("/_next/static/") || PUBLIC.has(pathname);
}

/**
 * Answers a request for a script or style sheet of the built site with the bytes that compress-static.ts left beside it.
 * @returns false when it is none of those, or the browser does not read Brotli: then Next answers, with gzip.
 */
export async function answerCompressed(
  request: IncomingMessage,
  response: ServerResponse,
  pathname: string,
  folder: string = inProject(".next/static"),
): Promise<boolean> {
  const [, path, kind] = PATH.exec(pathname) ?? [];
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (path === undefined || !isRead || !/\bbr\b/.test(String(request.headers["accept-encoding"] ?? ""))) return false;
  const file = await open(`${folder}${path}.br`).catch(() => null);
  if (file === null) return false;
  try {
    const { size } = await file.stat();
    response.writeHead(200, {
      "content-type": TYPES[kind === "css" ? "css" : "js"],
      "content-encoding": "br",
      "content-length": size,
      // Its name has the hash of what is in it.
      "cache-control": "public, max-age=31536000, immutable",
      vary: "accept-encoding",
    });
    if (request.method === "HEAD") response.end();
    else await pipeline(createReadStream("", { fd: file, autoClose: false }), response).catch(unlessGone);
    return true;
  } finally {
    await file.close();
  }
}

/** Who leaves a page while it loads closes the connection; that is no failure of ours. */
function unlessGone(error: NodeJS.ErrnoException): void {
  if (error.code !== "ERR_STREAM_PREMATURE_CLOSE" && error.code !== "ECONNRESET") throw error;
}
