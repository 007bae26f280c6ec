import { hexadecimal } from "../../server/examples/atlas-tiles.ts";
import { ONE } from "../../server/examples/orbit.ts";
import type { Bytes } from "../../worker/compute/runtimes/runtime.ts";
import { spawnCompute } from "../../worker/hosts/node/spawn-compute.ts";
import type { ComputeTask } from "../../worker/protocol.ts";
import { bundledKernel } from "../kernels/bundled-kernels.ts";

/** Work of a wanted length: atlas tiles across the border of the set. */

/** Of the square from -1.5 + 0.5i, one wide, about this part lies inside the set and takes all iterations. */
const INSIDE_SHARE = 0.4;
const CALIBRATION_ITERATIONS = 20e6;
/** The fastest counts: what else the machine does only slows, and the first run is compiled while it runs. */
const CALIBRATION_RUNS = 8;

/** A tile with about so many iterations in all. Its output has 4 * side * side bytes. */
export function atlasInput(iterations: number, side: number): Bytes {
  const maxIterations = Math.max(50, Math.round(iterations / (side * side * INSIDE_SHARE)));
  const lines = [
    `left=${hexadecimal(-ONE - ONE / 2n)}`,
    `top=${hexadecimal(ONE / 2n)}`,
    `step=${hexadecimal(ONE / BigInt(side))}`,
    `width=${side}`,
    `height=${side}`,
    `max_iterations=${maxIterations}`,
  ];
  return new TextEncoder().encode(`${lines.join("\n")}\n`);
}

/** Pixel iterations in an output. */
export function iterationsOf(output: Uint8Array): number {
  const view = new DataView(output.buffer, output.byteOffset, output.byteLength);
  let sum = 0;
  for (let at = 0; at < output.byteLength; at += 4) sum += view.getUint32(at, true);
  return sum;
}

/** What `atlasInput` wants for a tile that one compute worker of this machine computes in `seconds`, measured now. */
export async function iterationsFor(seconds: number, side: number): Promise<number> {
  const { kernel } = await bundledKernel("atlas");
  const worker = spawnCompute();
  try {
    await worker.api.loadKernel("atlas", kernel);
    const input = atlasInput(CALIBRATION_ITERATIONS, side);
    const task: ComputeTask = { kernelKey: "atlas", backend: "wasm", input, files: {} };
    const silent = { onHeartbeat: nothing, onProgress: nothing, onCheckpoint: nothing };
    let computeMs = Number.POSITIVE_INFINITY;
    for (let run = 0; run < CALIBRATION_RUNS; run += 1) {
      const outcome = await worker.api.run(task, silent);
      if (outcome.type !== "finished") throw new Error(`the calibration was ${outcome.type}`);
      computeMs = Math.min(computeMs, outcome.timing.computeMs);
    }
    return (CALIBRATION_ITERATIONS * seconds * 1000) / computeMs;
  } finally {
    worker.terminate();
  }
}

function nothing(): void {
  // Nobody watches a calibration.
}
