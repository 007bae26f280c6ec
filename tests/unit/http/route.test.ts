import { expect, it } from "vitest";
import { matchRoute, type Route } from "../../../server/http/route.ts";

const route = (method: Route["method"], path: string): Route => ({ method, path, handle: () => Promise.resolve() });
const read = route("GET", "/api/files/:sha256");
const write = route("PUT", "/api/files/:sha256");
const routes = [read, write, route("GET", "/api/health")];

it.each([
  ["GET", "/api/files/ab", read, { sha256: "ab" }],
  ["HEAD", "/api/files/ab", read, { sha256: "ab" }],
  ["PUT", "/api/files/a%2Fb", write, { sha256: "a/b" }],
] as const)("%s %s is answered", (method, path, expected, params) => {
  expect(matchRoute(routes, method, path)).toEqual({ route: expected, params });
});

it("says which methods a path has", () => {
  expect(matchRoute(routes, "DELETE", "/api/files/ab")).toEqual({ allowed: new Set(["GET", "PUT"]) });
});

it.each(["/api/files", "/api/files/a/b", "/api/files/%E0%A4%A", "/", "/api/healthy"])("%s is no route", (path) => {
  expect(matchRoute(routes, "GET", path)).toBeUndefined();
});
