import { publishAppVersion } from "../../app-version/publish-app-version.ts";
import type { Deps } from "../../deps.ts";
import { createApp, createProject } from "../../project/create-project.ts";
import type { Setup } from "./timeline-file.ts";

/**
 * The smallest module that keeps the kernel ABI, as nothing is computed in a replay: one page of memory, every function
 * returns a constant (`step` 1, `save` and `output` no bytes).
 */
const KERNEL_WASM = Buffer.from(
  "AGFzbQEAAAABFQRgAX8Bf2ACf38Bf2ABfwF8YAABfgMHBgABAgMDAQUEAQEBAQc3BwZtZW1vcnkCAAVhbGxvYwAABGluaXQAAQRzdGVwAAIGb3V0cHV0AAME" +
    "c2F2ZQAEBGxvYWQABQonBgUAQYAICwQAQQALCwBEAAAAAAAA8D8LBABCAAsEAEIQCwQAQQAL",
  "base64",
);

const MANIFEST = {
  format: 1,
  name: "replay",
  version: "1.0.0",
  title: "Replay",
  summary: "Stands for an app whose outputs are compared exactly.",
  licence: "MIT",
  backends: { wasm: { module: "kernel.wasm", maxMemoryPages: 1 } },
  checkpointFormat: "replay-1",
  exactness: "exact",
  comparator: { type: "exact" },
  // Records of four bytes, so that there are outputs that do not fit.
  output: { format: "binary", record: [{ name: "value", type: "u32" }] },
  limits: { inputBytes: 16, outputBytes: 65_536 },
  examples: [{ name: "nothing", input: "empty", output: "empty" }],
};

/** Output bytes that stand for a word of the notation: equal words, equal bytes. */
export function outputOf(word: string): Buffer {
  const bytes = Buffer.from(word, "utf8");
  return Buffer.concat([bytes, Buffer.alloc(4 - (bytes.length % 4))]);
}

/** Fits no whole number of records. */
export const MALFORMED_OUTPUT = Buffer.from("odd");

/** Publishes the app of a replay in a project of its own. */
export async function publishReplayApp(
  deps: Deps,
  { setup, slug }: { setup: Setup; slug: string },
  nowSeconds: number,
): Promise<{ appVersionId: number }> {
  const about = {
    name: "Replay",
    summary: "Replay of a timeline.",
    description: "Replay of a timeline.",
    organisation: "Quorate",
  };
  const { projectId } = await createProject(deps, { slug, ...about, retentionSeconds: 0 }, nowSeconds);
  // A level below two raises nothing, which is what policy full does.
  const policy =
    setup.adaptiveLevel >= 2 ? { type: "adaptive" as const, level: setup.adaptiveLevel } : { type: "full" as const };
  const app = { projectId, name: "replay", title: "Replay", summary: "Replay of a timeline.", settings: { policy } };
  const { appId } = await createApp(deps, app, nowSeconds);
  const files = new Map([
    ["kernel.wasm", Uint8Array.from(KERNEL_WASM)],
    ["empty", new Uint8Array()],
  ]);
  return await publishAppVersion(deps, { appId, package: { manifest: MANIFEST, files } }, nowSeconds);
}
