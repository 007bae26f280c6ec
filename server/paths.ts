import { fileURLToPath } from "node:url";

/** The folder that has package.json, absolute, without a slash at its end. */
export const PROJECT_ROOT = fileURLToPath(new URL("..", import.meta.url)).replace(/[/\\]$/, "");

/** Absolute path of something inside the project. */
export function inProject(relativePath: string): string {
  return fileURLToPath(new URL(`../${relativePath}`, import.meta.url));
}
