import { expect, it } from "vitest";
import { securityHeaders } from "../../../server/http/security-headers.ts";

const production = { development: false, https: false };
const policyOf = (path: string, options = production) =>
  securityHeaders(path, options).headers["content-security-policy"] ?? "";

it("gives pages a policy with a nonce of this request, and no eval", () => {
  const first = securityHeaders("/", production);
  const second = securityHeaders("/", production);
  expect(first.nonce).not.toBe(second.nonce);
  expect(first.headers["content-security-policy"]).toContain(`'nonce-${first.nonce}'`);
  expect(policyOf("/")).not.toContain("'unsafe-eval'");
  expect(policyOf("/")).not.toMatch(/script-src[^;]*'unsafe-inline'/);
});

it("lets scripts of workers compute and talk to this server only", () => {
  expect(policyOf("/_next/static/chunks/x.js")).toBe(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'",
  );
});

it("lets answers for programs do nothing in a browser", () => {
  expect(policyOf("/api/files/x")).toContain("sandbox");
});

it("promises https only where the site is reached by it", () => {
  expect(securityHeaders("/", production).headers["strict-transport-security"]).toBeUndefined();
  expect(securityHeaders("/", { ...production, https: true }).headers["strict-transport-security"]).toBeDefined();
});

it("lets other sites show the pictures that people share, and nothing else", () => {
  const policy = (path: string) => securityHeaders(path, production).headers["cross-origin-resource-policy"];
  expect(policy("/card/12")).toBe("cross-origin");
  for (const path of ["/", "/people/12", "/cards", "/api/files/x"]) expect(policy(path)).toBe("same-origin");
});
