import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Report } from "../../../server/core/wire/exchange.ts";
import { getWorkunitStory } from "../../../server/evidence/get-workunit-story.ts";
import { putOutput } from "../../../server/file/put-output.ts";
import { Refusal } from "../../../server/refusal.ts";
import { type LabHost, outputOf, outputReport, withLab } from "./lab.ts";

const lab = withLab();

/** A workunit that ends with its only result, and so tells its story. */
const ONCE = { minQuorum: 1, maxTotalResults: 1, maxSuccessResults: 1 };

async function leased() {
  const { current } = lab;
  const { appVersionId } = await current.app();
  await current.submit(appVersionId, 1);
  const host = await current.host();
  const [lease] = await current.claim(host);
  if (!lease) throw new Error("no result");
  return { host, lease };
}

describe("reports that must not count", () => {
  test.each<[string, (report: Report) => Report, string]>([
    ["of a result that does not exist", (report) => ({ ...report, resultId: "999999999" }), "refused"],
    ["with a lease token of another result", (report) => ({ ...report, leaseToken: "0".repeat(32) }), "refused"],
    ["whose bytes have another hash", (report) => ({ ...report, outputSha256: "0".repeat(64) }) as Report, "refused"],
    [
      "of a large output that was never put here",
      (report) => {
        const { outputBase64: _left, ...rest } = report as Extract<Report, { kind: "output" }>;
        return { ...rest, outputSha256: "1".repeat(64) };
      },
      "refused",
    ],
  ])("%s", async (_title, change, status) => {
    const { host, lease } = await leased();
    const before = await lab.current.dump();
    const [answer] = await lab.current.report(host, change(outputReport(lease, outputOf(1))));
    expect(answer?.status).toBe(status);
    expect(answer?.message).toBeTruthy();
    expect(await lab.current.dump()).toBe(before);
  });

  test("of another user's result are acknowledged and ignored, whatever they say", async () => {
    const { lease } = await leased();
    const stranger = await lab.current.host();
    const before = await lab.current.dump();
    const { resultId, leaseToken } = lease;
    const reports: Report[] = [
      outputReport(lease, outputOf(1)),
      { kind: "error", resultId, leaseToken, code: "trapped", message: "" },
      { kind: "aborted", resultId, leaseToken, by: "user" },
      { kind: "returned", resultId, leaseToken },
    ];
    for (const report of reports) {
      expect((await lab.current.report(stranger, report))[0]?.status).toBe("ignored");
    }
    expect(await lab.current.dump()).toBe(before);
  });

  test("another host of the same user may report", async () => {
    const { host, lease } = await leased();
    const second: LabHost = await lab.current.secondHost(host);
    expect((await lab.current.report(second, outputReport(lease, outputOf(1))))[0]?.status).toBe("recorded");
  });

  test.each([
    [
      "does not fit the declared format",
      Buffer.from("odd"),
      "output_malformed",
      "3 bytes after the header are not whole records of 4",
      { code: "output_malformed", how: { code: "record_broken", bytes: 3, record: 4 } },
    ],
    [
      "is larger than the app allows",
      Buffer.alloc(40_004),
      "output_too_large",
      "the output has 40004 bytes, allowed are 40000",
      { code: "output_too_large", bytes: 40_004, most: 40_000 },
    ],
  ])(
    "an output that %s counts as an error, and its bytes are not kept",
    async (_title, bytes, code, errorMessage, why) => {
      const { current } = lab;
      const { appVersionId } = await current.app({
        manifest: { limits: { inputBytes: 10, outputBytes: 40_000 } },
        settings: { parameters: ONCE },
      });
      const [id = 0] = await current.submit(appVersionId, 1);
      const host = await current.host();
      const [lease] = await current.claim(host);
      if (!lease) throw new Error("no result");
      expect((await current.report(host, outputReport(lease, bytes)))[0]?.status).toBe("recorded");
      const row = await current.row("select outcome, validation, error_code from result where id = $1", [
        lease.resultId,
      ]);
      expect(row).toEqual({ outcome: "valerr", validation: "invalid", error_code: code });
      expect(await current.rows("select from result_output where result_id = $1", [lease.resultId])).toEqual([]);
      const story = await getWorkunitStory(current.deps.pool, String(id));
      expect(story?.results[0]).toMatchObject({ errorCode: code, errorMessage, why });
    },
  );

  test("what a device says is its own words, even where it looks like a reason of the server", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app({ settings: { parameters: ONCE } });
    const [id = 0] = await current.submit(appVersionId, 1);
    const host = await current.host();
    const [lease] = await current.claim(host);
    if (!lease) throw new Error("no result");
    const message = '{"code":"bytes_equal"}';
    const { resultId, leaseToken } = lease;
    await current.report(host, { kind: "error", resultId, leaseToken, code: "trapped", message });
    const story = await getWorkunitStory(current.deps.pool, String(id));
    expect(story?.results[0]).toMatchObject({ errorCode: "trapped", errorMessage: message, why: null });
  });

  test("a large output is put first, under its lease, and then reported by its hash", async () => {
    const { current } = lab;
    const { host, lease } = await leased();
    const bytes = Buffer.alloc(100_000, 1);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const upload = { userId: host.userId, resultId: Number(lease.resultId), leaseToken: lease.leaseToken, sha256 };
    async function* source() {
      yield bytes;
    }
    const stranger = await current.host();
    await expect(putOutput(current.deps, { ...upload, userId: stranger.userId, source: source() })).rejects.toThrow(
      Refusal,
    );
    await expect(putOutput(current.deps, { ...upload, sha256: "0".repeat(64), source: source() })).rejects.toThrow(
      /SHA-256/,
    );
    await putOutput(current.deps, { ...upload, source: source() });
    const { outputBase64: _large, ...report } = outputReport(lease, bytes) as Extract<Report, { kind: "output" }>;
    expect((await current.report(host, report))[0]?.status).toBe("recorded");
    const row = await current.row("select outcome, output_sha256, output_bytes from result where id = $1", [
      lease.resultId,
    ]);
    expect(row).toEqual({ outcome: "ok", output_sha256: sha256, output_bytes: 100_000 });
    await expect(putOutput(current.deps, { ...upload, source: source() })).rejects.toThrow(/ended/);
  });
});
