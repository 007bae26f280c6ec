import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { kernelManifestSchema } from "../core/wire/kernel-manifest.ts";
import { PROBE_PATH, type ProbeBundle } from "../core/wire/probe.ts";
import { inProject } from "../paths.ts";
import type { Route } from "./route.ts";

const FOLDER = inProject(".build/kernels/probe");

/** The device probe, read once: it changes only with the program. */
let bundle: Promise<string> | undefined;

export const probeRoute: Route = {
  method: "GET",
  path: PROBE_PATH,
  async handle({ response }) {
    bundle ??= loadBundle();
    const body = await bundle.catch((error: unknown) => {
      bundle = undefined; // Not built yet: ask again next time.
      throw error;
    });
    response.writeHead(200, {
      "content-type": "application/json; charset=utf-8",
      "content-length": Buffer.byteLength(body),
      "cache-control": "public, max-age=300",
    });
    response.end(body);
  },
};

async function loadBundle(): Promise<string> {
  const manifest = kernelManifestSchema.parse(JSON.parse(await readFile(join(FOLDER, "kernel.json"), "utf8")));
  const { wasm, wgsl } = manifest.backends;
  const examples = manifest.examples.flatMap((example) => [example.input, example.output]);
  const paths = [wasm?.module, wgsl?.shader, ...examples].filter((path) => path !== undefined);
  const read = paths.map(async (path) => [path, (await readFile(join(FOLDER, path))).toString("base64")] as const);
  return JSON.stringify({ manifest, files: Object.fromEntries(await Promise.all(read)) } satisfies ProbeBundle);
}
