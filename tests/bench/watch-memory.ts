import { appendFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Loaded into a server before everything else (node --import): when it is asked (SIGUSR2), it writes what its memory holds after
 * everything that nobody needs was collected. Without that one would see how lazy the collector is, not what the server keeps.
 */
const path = process.env["QUORATE_MEMORY_FILE"];

if (path !== undefined) {
  // The flag may not stand in NODE_OPTIONS.
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  process.on("SIGUSR2", () => {
    collect();
    // What buffers held is given back when the next collection begins.
    collect();
    const { heapUsed, external } = process.memoryUsage();
    appendFileSync(path, `${heapUsed + external}\n`);
  });
}
