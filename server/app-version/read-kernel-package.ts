import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { kernelManifestSchema } from "../core/wire/kernel-manifest.ts";
import { parseOrRefuse } from "../project/create-project.ts";
import { type KernelPackage, pathsOf } from "./publish-app-version.ts";

/** Reads a kernel package from a folder: kernel.json and the files it names; whatever else lies there is left out. */
export async function readKernelPackage(folder: string): Promise<KernelPackage> {
  const manifest: unknown = JSON.parse(await readFile(join(folder, "kernel.json"), "utf8"));
  const paths = [...pathsOf(parseOrRefuse(kernelManifestSchema, manifest, "kernel.json")).keys()];
  const files = await Promise.all(
    paths.map(async (path): Promise<[string, Uint8Array]> => [path, await readFile(join(folder, path))]),
  );
  return { manifest, files: new Map(files) };
}
