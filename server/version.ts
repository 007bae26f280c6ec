import { readFileSync } from "node:fs";
import { inProject } from "./paths.ts";

/** Quorate's version, from package.json. */
export const VERSION: string = (JSON.parse(readFileSync(inProject("package.json"), "utf8")) as { version: string })
  .version;
