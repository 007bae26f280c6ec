import { describe, expect, test } from "vitest";
import { nowSeconds } from "../../server/clock.ts";
import { createPageLimiter } from "../../server/http/rate-limit.ts";
import { flushRefusals } from "../../server/operator/count-refusals.ts";
import { listRefusals } from "../../server/operator/look-at-site.ts";
import { readSettings } from "../../server/settings.ts";
import { withAccountsSite } from "../support/accounts-site.ts";

/** Somebody who opens pages as fast as they can: each is rendered, which costs more than any call. */
const site = withAccountsSite({ PAGES_PER_MINUTE: 3, CALLS_PER_MINUTE: 50 });

const AHEAD = { "next-router-prefetch": "1" };
/** What the entrance hands on is answered with 404 here, where no pages are. */
const HANDED_ON = 404;

const statuses = async (paths: readonly string[], headers: Record<string, string> = {}) => {
  const browser = site.browser(headers);
  const all: number[] = [];
  for (const path of paths) all.push((await browser.fetch(path)).status);
  return all;
};

describe("pages of one address", () => {
  test("are refused beyond the limit, and files and calls are not", async () => {
    const under = ["/", "/projects?_rsc=abc", "/icons/none.png"];
    expect(await statuses(under)).toEqual(under.map(() => HANDED_ON));
    const refused = await site.browser({ "x-forwarded-for": "198.51.100.9" }).fetch("/projects");
    const seconds = Number(refused.headers.get("retry-after"));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect([refused.status, refused.json()]).toEqual([
      429,
      { error: `Too many pages for your network; try again in ${seconds} s.` },
    ]);
    // None of these is a file, however much it looks like one.
    const disguised = [
      "/icons",
      "/icons/../projects",
      "/favicon.ico/x",
      "/_next/image?url=/icon.svg",
      "/none.js",
      "/card/1",
    ];
    expect(await statuses(disguised)).toEqual(disguised.map(() => 429));
    const files = ["/favicon.ico", "/icons/icon-192.png", "/_next/static/chunks/none.js"];
    expect(await statuses(files)).toEqual(files.map(() => HANDED_ON));
    expect(await statuses(["/api/health", "/api/openapi.json", "/api/trpc/health.get"])).toEqual([200, 200, 200]);
  });

  test("that are loaded ahead of a click take nothing from those that are clicked, and have a limit too", async () => {
    const ahead = await statuses(Array(16).fill("/teams"), AHEAD);
    expect([new Set(ahead.slice(0, 15)), ahead[15]]).toEqual([new Set([HANDED_ON]), 429]);
    const limit = createPageLimiter(1);
    for (let loaded = 0; loaded < 5; loaded += 1) await limit("198.51.100.1", AHEAD);
    await expect(limit("198.51.100.1", AHEAD)).rejects.toMatchObject({ status: 429 });
    await limit("198.51.100.1", {});
    await expect(limit("198.51.100.1", {})).rejects.toMatchObject({ status: 429 });
    await limit("198.51.100.2", {});
  });

  test("are enough for a class behind one address", async () => {
    const { PAGES_PER_MINUTE } = readSettings({});
    const limit = createPageLimiter(PAGES_PER_MINUTE);
    const [pupils, pages, ahead] = [30, 20, 15];
    for (let opened = 0; opened < pupils * pages; opened += 1) await limit("198.51.100.1", {});
    for (let loaded = 0; loaded < pupils * ahead; loaded += 1) await limit("198.51.100.1", AHEAD);
    await expect(limit("198.51.100.1", {})).rejects.toMatchObject({ status: 429 });
  });

  test("are among the refusals that operators see, as calls are", async () => {
    const { pool } = site.now.deps;
    const seen = async () => {
      await flushRefusals({ pool }, nowSeconds());
      const all = await listRefusals(pool, nowSeconds() - 3_600, nowSeconds());
      return Object.fromEntries(all.map(({ path, code, n }) => [`${path} ${code}`, n]));
    };
    await statuses(Array(3).fill("/"));
    await statuses(Array(15).fill("/"), AHEAD);
    const before = await seen();
    expect(await statuses(["/projects", "/teams"])).toEqual([429, 429]);
    expect(await statuses(["/projects"], AHEAD)).toEqual([429]);
    expect((await statuses(Array(51).fill("/api/trpc/health.get"))).at(-1)).toBe(429);
    expect(await seen()).toEqual({
      "pages rate_limited": (before["pages rate_limited"] ?? 0) + 2,
      "pages loaded ahead rate_limited": (before["pages loaded ahead rate_limited"] ?? 0) + 1,
      "/api rate_limited": expect.any(Number),
    });
  });
});
