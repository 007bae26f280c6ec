import { describe, expect, test } from "vitest";
import { publishAppVersion } from "../../../server/app-version/publish-app-version.ts";
import { submitBatch, type WorkunitInput } from "../../../server/batch/submit-batch.ts";
import { storeBytes } from "../../../server/file/store-file.ts";
import { type AppOptions, withLab } from "./lab.ts";

const lab = withLab();
const input = new Uint8Array([1, 2, 3]);

async function submitOne(workunit: Partial<WorkunitInput>, app: AppOptions = {}) {
  const { current } = lab;
  const { appVersionId } = await current.app(app);
  const workunits = [{ name: "one", input, flops: 1e9, ...workunit }];
  return await submitBatch(current.deps, { appVersionId, name: "Batch", key: "key", workunits }, current.now);
}

describe("submitting", () => {
  test("[R003.22] a workunit is created with exactly its target of results, unsent", async () => {
    const { workunitIds } = await submitOne({ parameters: { minQuorum: 2, targetNResults: 3 } });
    const rows = await lab.current.rows("select number, state from result where workunit_id = $1 order by number", [
      workunitIds[0],
    ]);
    expect(rows).toEqual([0, 1, 2].map((number) => ({ number, state: "unsent" })));
  });

  test.each<[string, Partial<WorkunitInput>, RegExp]>([
    [
      "a target below the quorum",
      { parameters: { minQuorum: 3, targetNResults: 2 } },
      /target_nresults 2 is below min_quorum 3/,
    ],
    ["fewer results in all than the target", { parameters: { maxTotalResults: 1 } }, /max_total_results 1 is below/],
    ["a quorum of none", { parameters: { minQuorum: 0 } }, /min_quorum is 0/],
    ["a fraction of a result", { parameters: { minQuorum: 1.5 } }, /min_quorum is 1\.5/],
    ["no time at all", { parameters: { delayBoundSeconds: 0 } }, /delay_bound is 0/],
    ["negative work", { flops: -1 }, /flops is -1/],
    ["work that is no number", { flops: Number.NaN }, /flops/],
    [
      "more successes forbidden than wanted",
      { parameters: { minQuorum: 3, maxSuccessResults: 2 } },
      /max_success_results 2 is below/,
    ],
    ["a verifier that is not there", { policy: { type: "verified" }, parameters: { minQuorum: 1 } }, /verify/],
    ["an input that is too large", { input: new Uint8Array(100_001) }, /takes 100000/],
    ["a file the app does not know", { files: { genome: "0".repeat(64) } }, /names the files/],
    ["an empty name", { name: "" }, /name/],
  ])("refuses %s with a clear sentence, and creates nothing", async (_title, workunit, message) => {
    await expect(submitOne(workunit)).rejects.toThrow(message);
    const version = await lab.current.row("select max(id) as id from app_version");
    expect(await lab.current.rows("select from batch where app_version_id = $1", [version["id"]])).toEqual([]);
  });

  test("a mission-critical app takes no single acceptance", async () => {
    const settings = { missionCritical: true } as never;
    await expect(submitOne({ parameters: { minQuorum: 1 } }, { settings })).rejects.toThrow(/min_quorum 2 or more/);
    await expect(submitOne({ policy: { type: "adaptive", level: 2 } }, { settings })).rejects.toThrow(
      /mission-critical/,
    );
  });

  test("the same key again is the same batch, with something else it is refused", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app();
    const batch = { appVersionId, name: "Batch", key: "key", workunits: [{ name: "one", input, flops: 1e9 }] };
    const [first, second] = await Promise.all([
      submitBatch(current.deps, batch, 1),
      submitBatch(current.deps, batch, 2),
    ]);
    expect([first.isNew, second.isNew].sort()).toEqual([false, true]);
    expect(second.workunitIds).toEqual(first.workunitIds);
    const other = { ...batch, workunits: [{ name: "two", input, flops: 1e9 }] };
    await expect(submitBatch(current.deps, other, 3)).rejects.toMatchObject({ code: "conflict" });
  });

  test("a file that is not stored is refused, a stored one is taken", async () => {
    const manifest = {
      files: ["genome"],
      examples: [{ name: "one", input: "empty", files: { genome: "empty" }, output: "empty" }],
    };
    await expect(submitOne({ files: { genome: "0".repeat(64) } }, { manifest })).rejects.toThrow(/is not stored here/);
    const genome = await storeBytes(lab.current.deps, Buffer.from("ACGT"), 1);
    expect((await submitOne({ files: { genome } }, { manifest })).isNew).toBe(true);
  });

  test("large inputs become files, small ones travel with the lease", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app({ settings: { parameters: { minQuorum: 1 } } });
    await current.submit(appVersionId, 1, { input: new Uint8Array(20_000) });
    await current.submit(appVersionId, 1, { input });
    const leases = await current.claim(await current.host(), 2);
    expect(leases.map((lease) => lease.inputBase64)).toEqual([undefined, Buffer.from(input).toString("base64")]);
    expect(await current.rows("select bytes from file where sha256 = $1", [leases[0]?.inputSha256])).toEqual([
      { bytes: 20_000 },
    ]);
  });
});

describe("publishing", () => {
  test("the same package is the same version; another one under its number is refused", async () => {
    const { current } = lab;
    const { appVersionId } = await current.app();
    const { app_id, manifest } = await current.row<{ app_id: number; manifest: Record<string, unknown> }>(
      "select app_id, manifest from app_version where id = $1",
      [appVersionId],
    );
    const wasm = await current.deps.storage.read(await keyOf(appVersionId, "kernel.wasm"));
    const files = new Map<string, Uint8Array>([
      ["kernel.wasm", wasm],
      ["empty", new Uint8Array()],
    ]);
    const publish = (changed: object, more: [string, Uint8Array][] = []) =>
      publishAppVersion(
        current.deps,
        { appId: app_id, package: { manifest: { ...manifest, ...changed }, files: new Map([...files, ...more]) } },
        current.now,
      );
    expect(await publish({})).toMatchObject({ appVersionId, isNew: false });
    await expect(publish({ title: "Other" })).rejects.toMatchObject({ code: "conflict" });
    expect(await publish({ title: "Other", version: "1.0.1" })).toMatchObject({ isNew: true });
    await expect(publish({ name: "other" })).rejects.toThrow(/must agree/);
    await expect(publish({ version: "1.0.2" }, [["stray", new Uint8Array()]])).rejects.toThrow(/stray is not named/);
    await expect(
      publish({ version: "1.0.2" }, [["kernel.wasm", new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])]]),
    ).rejects.toThrow(/declares no memory/);
    await expect(publish({ version: "1.0" })).rejects.toThrow(/three numbers/);
  });
});

async function keyOf(appVersionId: number, path: string): Promise<string> {
  const { files } = await lab.current.row<{ files: Record<string, string> }>(
    "select files from app_version where id = $1",
    [appVersionId],
  );
  const sha256 = files[path] ?? "";
  return `files/${sha256.slice(0, 2)}/${sha256}`;
}
