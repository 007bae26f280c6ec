import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { publishAppVersion } from "../../server/app-version/publish-app-version.ts";
import { submitBatch } from "../../server/batch/submit-batch.ts";
import { buildKernelFolder } from "../../server/cli/build-kernels.ts";
import { nowSeconds } from "../../server/clock.ts";
import { openPackageZip } from "../../server/kernel-package/open-zip.ts";
import { inProject } from "../../server/paths.ts";
import { createApp, createProject } from "../../server/project/create-project.ts";
import { readOutput } from "../../server/result/read-output.ts";
import { createKey, signAppVersion } from "../../worker/client/sign-version.ts";
import { hashOfVersion } from "../../worker/client/version-hash.ts";
import { isMersennePrime, lucasLehmerRes64, MERSENNE_EXPONENTS } from "../oracles/lucas-lehmer.ts";
import { type Headless, startHeadless } from "../support/headless.ts";
import { openSite, type Site } from "../support/site.ts";

/**
 * A kernel that nothing here knows of: its package is uploaded as anybody's is, proven, signed, published, and computed by
 * real volunteers until people agree. Nothing that is bundled is special.
 */
const MOST = process.env["QUORATE_TEST_SIZE"] === "full" ? 9_941 : 1_279;
/** Exponents of Mersenne primes, and odd numbers between them that give none, prime ones and others. */
const PRIMES = MERSENNE_EXPONENTS.filter((p) => p > 2 && p <= MOST);
const OTHERS = [9, 11, 15, 23, 33, 67, 257, 1_277];

let site: Site;
let folder = "";
let files: Record<string, Uint8Array> = {};
let volunteers: Headless[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "quorate-mersenne-"));
  site = await openSite({ adminUrl: inject("postgresUrl"), environment: { PAGES: "off" } });
  const built = await buildKernelFolder(inProject("tests/published/mersenne"), join(folder, "mersenne"));
  const entries = await readdir(built.folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const packed = paths.map(
    async (file) => [file.slice(folder.length + 1), new Uint8Array(await readFile(file))] as const,
  );
  files = Object.fromEntries(await Promise.all(packed));
}, 120_000);
afterAll(async () => {
  for (const volunteer of volunteers) await volunteer.stop();
  await site?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A good signature, of something else. */
function foreign(): Record<string, Uint8Array> {
  return {
    "mersenne/signature.json": Buffer.from(JSON.stringify(signAppVersion(createKey().privateKey, "0".repeat(64)))),
  };
}

describe("mersenne", () => {
  let appVersionId = 0;

  it("is published as a signed zip; another package's signature is refused", async () => {
    const now = nowSeconds();
    const about = { summary: "Primes of the form 2^p - 1.", description: "Primes.", organisation: "Tests" };
    const { projectId } = await createProject(site.deps, { slug: "mersenne", name: "Mersenne", ...about }, now);
    const settings = { policy: { type: "full" as const }, parameters: { minQuorum: 2 } };
    const app = { projectId, name: "mersenne", title: "Lucas-Lehmer", summary: about.summary, settings };
    const { appId } = await createApp(site.deps, app, now);
    const opened = await openPackageZip(zipSync({ ...files, ...foreign() }));
    await expect(publishAppVersion(site.deps, { appId, package: opened }, now)).rejects.toThrow(
      "not one over this package",
    );
    const { manifest, files: named } = await openPackageZip(zipSync(files));
    const key = createKey();
    const signature = signAppVersion(key.privateKey, hashOfVersion(manifest, named));
    const signed = await openPackageZip(
      zipSync({ ...files, "mersenne/signature.json": Buffer.from(JSON.stringify(signature)) }),
    );
    const published = await publishAppVersion(site.deps, { appId, package: signed }, now);
    expect(published).toMatchObject({ isNew: true, hash: hashOfVersion(manifest, named) });
    appVersionId = published.appVersionId;
    const stored = await site.pool.query("select hash, signature, signer_key from app_version where id = $1", [
      appVersionId,
    ]);
    expect(stored.rows).toEqual([{ hash: published.hash, signature: signature.signature, signer_key: key.publicKey }]);
    // Once more, without its signature: the same version, signed as it is.
    const again = { appId, package: { manifest, files: named } };
    expect(await publishAppVersion(site.deps, again, now)).toEqual({ ...published, isNew: false });
  });

  it("is computed by volunteers until two of them agree, and every residue is the known one", async () => {
    const exponents = [...PRIMES, ...OTHERS];
    const workunits = exponents.map((p) => ({
      name: `2^${p} - 1`,
      input: new TextEncoder().encode(`exponent=${p}\n`),
      flops: 1e9,
    }));
    const batch = { appVersionId, name: "exponents", key: "exponents", workunits };
    const { workunitIds } = await submitBatch(site.deps, batch, nowSeconds());
    await site.start();
    volunteers = ["ada", "emmy"].map((name) => startHeadless({ url: site.url, identity: join(folder, name), name }));
    const states = async () => {
      const { rows } = await site.pool.query<{ state: string; n: number }>(
        "select state, count(*)::int as n from workunit group by state order by state",
      );
      return rows;
    };
    const said = () => volunteers.map((volunteer) => volunteer.output()).join("\n");
    await expect
      .poll(states, { timeout: 240_000, message: said() })
      .toEqual([{ state: "completed", n: exponents.length }]);
    for (const [index, p] of exponents.entries()) {
      const { rows } = await site.pool.query<{ canonical: number; confirmed: number }>(
        "select canonical_result_id as canonical, cardinality(confirmed_by) as confirmed from workunit where id = $1",
        [workunitIds[index]],
      );
      expect(rows[0]?.confirmed, `2^${p} - 1`).toBe(2);
      const output = await readOutput(site.deps, rows[0]?.canonical ?? 0);
      const residue = output.readBigUInt64LE(8).toString(16).toUpperCase().padStart(16, "0");
      const found = { p: output.readUInt32LE(0), isPrime: output.readUInt32LE(4) === 1, residue };
      expect(found).toEqual({ p, isPrime: isMersennePrime(p), residue: lucasLehmerRes64(p) });
    }
    expect(PRIMES.every(isMersennePrime)).toBe(true);
  }, 300_000);
});
