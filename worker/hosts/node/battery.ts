import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Conditions } from "../../supervisor/core/types.ts";

const POWER_SUPPLIES = "/sys/class/power_supply";

/** The battery that this computer runs on, as Linux tells it; null where there is none or nobody tells. */
export async function readBattery(folder = POWER_SUPPLIES): Promise<Conditions["battery"]> {
  const supplies = await readdir(folder).catch(() => []);
  for (const name of supplies.sort()) {
    const fact = async (file: string): Promise<string> =>
      (await readFile(join(folder, name, file), "utf8").catch(() => "")).trim();
    // Mice and keyboards have batteries too; theirs have the scope of a device.
    if ((await fact("type")) !== "Battery" || (await fact("scope")) === "Device") continue;
    const percent = Number.parseInt(await fact("capacity"), 10);
    if (Number.isNaN(percent)) continue;
    return { charging: (await fact("status")) !== "Discharging", level: percent / 100 };
  }
  return null;
}
