import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { fileKey } from "../../server/storage/storage.ts";
import { createToken } from "../../server/token/manage-tokens.ts";
import { accountViewer } from "../support/account-viewer.ts";
import { bearers, CALLERS, type CallerKind, idOf, lab, subjects } from "./access-world.ts";

/** Uploading a file for a project's workunits, as everybody, and in every way that it can go wrong. */

const slugOf = () => subjects.get("published, public")?.slug ?? "";
const sha256Of = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const isStored = (bytes: Uint8Array) => lab.engine.deps.storage.has(fileKey(sha256Of(bytes)));

async function put(caller: CallerKind | null, bytes: Buffer, change: { sha256?: string; token?: string } = {}) {
  const bearer = change.token ?? (caller === null ? null : bearers.get(caller));
  const response = await fetch(`${lab.base}/api/projects/${slugOf()}/files/${change.sha256 ?? sha256Of(bytes)}`, {
    method: "PUT",
    body: new Uint8Array(bytes),
    headers: bearer ? { authorization: `Bearer ${bearer}` } : {},
  });
  return { status: response.status, json: (await response.json()) as { message?: string; bytes?: number } };
}

describe("PUT /api/projects/:slug/files/:sha256", () => {
  test("is for members and operators", async () => {
    const said: Record<string, number> = {};
    for (const caller of CALLERS) said[caller] = (await put(caller, randomBytes(10))).status;
    expect(said).toEqual({
      nobody: 401,
      device: 401,
      stranger: 403,
      submitter: 201,
      admin: 201,
      owner: 201,
      operator: 201,
      "owner's token of another project": 403,
    });
  });

  test("stores what it is said to be, as often as it is sent, and counts it once", async () => {
    const bytes = randomBytes(100_000);
    const stored = async () =>
      (await lab.engine.row<{ n: number }>("select stored_bytes as n from project where slug = $1", [slugOf()])).n;
    const before = await stored();
    expect(await put("submitter", bytes)).toEqual({ status: 201, json: { sha256: sha256Of(bytes), bytes: 100_000 } });
    expect((await put("owner", bytes)).status).toBe(201);
    expect(await isStored(bytes)).toBe(true);
    expect(await stored()).toBe(before + 100_000);
  });

  test("refuses another hash, a name that is none, a token that may only read, and what is over the quota", async () => {
    const bytes = randomBytes(1_000);
    expect((await put("owner", bytes, { sha256: "0".repeat(64) })).json.message).toMatch("have the SHA-256");
    expect((await put("owner", bytes, { sha256: "..%2F..%2Fetc" })).status).toBe(400);
    const now = Math.floor(Date.now() / 1000);
    const wish = { name: "reads", scopes: ["read" as const], projectSlug: null, days: 1 };
    const { token } = await createToken(lab.engine.deps, accountViewer(idOf("owner")), wish, now);
    expect((await put(null, bytes, { token })).json.message).toBe('This token lacks the scope "submit".');
    await lab.engine.deps.pool.query("update project set storage_quota_bytes = stored_bytes + 500 where slug = $1", [
      slugOf(),
    ]);
    const over = await put("owner", bytes);
    await lab.engine.deps.pool.query("update project set storage_quota_bytes = null where slug = $1", [slugOf()]);
    expect(over).toMatchObject({ status: 413, json: { message: expect.stringContaining("Ask the site's operator") } });
    expect(await isStored(bytes)).toBe(false);
  });

  test("one that says it is huge is refused before it is read", async () => {
    const { hostname, port } = new URL(lab.base);
    const sent = httpRequest({
      hostname,
      port,
      method: "PUT",
      path: `/api/projects/${slugOf()}/files/${"0".repeat(64)}`,
      headers: { authorization: `Bearer ${bearers.get("owner")}`, "content-length": String(1024 ** 4) },
    });
    sent.on("error", () => undefined);
    sent.write(Buffer.alloc(1_000));
    const [answer] = (await once(sent, "response")) as [{ statusCode: number }];
    expect(answer.statusCode).toBe(413);
    sent.destroy();
  });

  test("one that is cut in the middle leaves nothing, neither bytes nor a row", async () => {
    const bytes = randomBytes(200_000);
    const { hostname, port } = new URL(lab.base);
    const sent = httpRequest({
      hostname,
      port,
      method: "PUT",
      path: `/api/projects/${slugOf()}/files/${sha256Of(bytes)}`,
      headers: { authorization: `Bearer ${bearers.get("owner")}`, "content-length": String(bytes.length) },
    });
    sent.on("error", () => undefined);
    sent.write(bytes.subarray(0, 100_000));
    const incoming = join(lab.engine.deps.dataFolder, "storage", "incoming");
    const underWay = () => readdir(incoming).catch(() => []);
    // It has arrived in part, and then the connection breaks.
    await vi.waitFor(async () => expect(await underWay()).toHaveLength(1), 10_000);
    sent.destroy();
    await vi.waitFor(async () => expect(await underWay()).toEqual([]), 10_000);
    expect(await isStored(bytes)).toBe(false);
    expect(await lab.engine.rows("select from file where sha256 = $1", [sha256Of(bytes)])).toEqual([]);
    expect((await put("owner", bytes)).status).toBe(201);
  });
});
