import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loginPath, readLogin, storeLogin } from "../../../worker/client/cli/config.ts";
import { barOf } from "../../../worker/client/cli/terminal.ts";

const BATCH = {
  ...{
    batchId: 1,
    project: "a",
    app: "b",
    version: "1.0.0",
    name: "n",
    cancelSeconds: null,
    stopReason: null,
    doneSeconds: null,
  },
  ...{ state: "open" as const, created: 20, workunits: 20, completed: 9, failed: 1 },
};

describe("the progress bar", () => {
  test("says how far it is, within the width of the terminal", () => {
    expect(barOf(BATCH, 200)).toBe(`[${"#".repeat(20)}${".".repeat(20)}]  50 % 9 of 20, 1 failed`);
    expect(barOf({ ...BATCH, state: "paused" }, 60)).toContain("paused");
    for (const columns of [20, 30, 40, 80])
      expect(barOf(BATCH, columns).length).toBeLessThanOrEqual(Math.max(columns, 24));
    expect(barOf({ ...BATCH, state: "creating", created: 5 }, 80)).toContain(" 25 % 5 of 20 made");
  });
});

describe("the stored login", () => {
  test("is its owner's alone, gives way to the environment, and its token is for its site alone", async () => {
    const folder = await mkdtemp(join(tmpdir(), "quorate-config-"));
    try {
      const environment = { XDG_CONFIG_HOME: folder };
      expect(await readLogin(environment)).toBeNull();
      await storeLogin(environment, { url: "https://a.test", token: "stored" });
      expect((await stat(loginPath(environment))).mode & 0o777).toBe(0o600);
      expect(await readLogin(environment)).toEqual({ url: "https://a.test", token: "stored" });
      expect(await readLogin({ ...environment, QUORATE_TOKEN: "other" })).toEqual({
        url: "https://a.test",
        token: "other",
      });
      expect(await readLogin({ ...environment, QUORATE_URL: "https://b.test" })).toEqual({ url: "https://b.test" });
      expect(await readLogin({ ...environment, QUORATE_URL: "https://a.test/" })).toMatchObject({ token: "stored" });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
