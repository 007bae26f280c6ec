import type { IncomingMessage, ServerResponse } from "node:http";
import type { Services } from "../services.ts";

export type RouteRequest = {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  /** What stood where the path has `:name`, decoded. */
  params: Readonly<Record<string, string>>;
  /** Where the request comes from; see client-address.ts. */
  address: string;
  services: Services;
};

/** A plain HTTP route, for what is no tRPC call: files, downloads, health. Errors are thrown as `HttpError`. */
export type Route = {
  method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** For example "/api/files/:sha256"; a parameter is one segment. */
  path: string;
  handle(route: RouteRequest): Promise<void>;
};

export type Match = { route: Route; params: Record<string, string> } | { allowed: Set<string> } | undefined;

/** Finds the route; `allowed` when the path exists with other methods, undefined when it does not exist. */
export function matchRoute(routes: readonly Route[], method: string, pathname: string): Match {
  const allowed = new Set<string>();
  for (const route of routes) {
    const params = matchPath(route.path, pathname);
    if (params === undefined) continue;
    // A GET route answers HEAD too; Node leaves the body out.
    if (route.method === method || (method === "HEAD" && route.method === "GET")) return { route, params };
    allowed.add(route.method);
  }
  return allowed.size > 0 ? { allowed } : undefined;
}

function matchPath(pattern: string, pathname: string): Record<string, string> | undefined {
  const wanted = pattern.split("/");
  const given = pathname.split("/");
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const value = given[index] ?? "";
    if (!segment.startsWith(":")) {
      if (segment !== value) return undefined;
      continue;
    }
    try {
      params[segment.slice(1)] = decodeURIComponent(value);
    } catch {
      return undefined; // Broken percent-encoding names nothing.
    }
  }
  return params;
}
