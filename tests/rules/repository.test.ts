import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { PROJECT_ROOT } from "../../server/paths.ts";

/** Files above the limit, each with the reason why it is one file. */
const LONG_FILES: Record<string, string> = {};
const MOST_LINES = 400;

const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "-z"], {
  cwd: PROJECT_ROOT,
  encoding: "utf8",
})
  .split("\0")
  .filter((file) => file !== "" && existsSync(join(PROJECT_ROOT, file)));
const sources = files.filter((file) => /\.(ts|tsx|mjs|wgsl)$/.test(file));
const read = (file: string) => readFileSync(join(PROJECT_ROOT, file), "utf8");

describe("files", () => {
  it(`have at most ${MOST_LINES} lines, or a reason`, () => {
    const long = sources.filter((file) => read(file).split("\n").length > MOST_LINES + 1 && !(file in LONG_FILES));
    expect(long).toEqual([]);
  });

  it("are called in kebab-case", () => {
    const misnamed = sources.filter((file) => {
      const name = file.split("/").at(-1) ?? "";
      // Next's names for dynamic routes have brackets around them, and those folders are not files.
      return !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/.test(name);
    });
    expect(misnamed).toEqual([]);
  });

  it("leave nothing to be done, and no check switched off without saying so", () => {
    // Written apart so that this file does not find itself.
    const unfinished = new RegExp(["TO", "DO\\b|FIX", "ME\\b|\\.on", "ly\\("].join(""));
    const silenced = new RegExp(["@ts-", "ignore|@ts-", "nocheck"].join(""));
    // AssemblyScript's decorators are no TypeScript; editors are told so.
    const compiled = (file: string) => !file.startsWith("worker/kernels/");
    const found = sources.filter(
      (file) => unfinished.test(read(file)) || (compiled(file) && silenced.test(read(file))),
    );
    expect(found).toEqual([]);
  });
});

describe("realms", () => {
  /** Which folders (the most specific one counts) may import from which. Compilers and Biome hold parts of this too. */
  const REALMS: Record<string, readonly string[]> = {
    "server/core": [],
    "worker/compute": ["server/core"],
    "worker/supervisor": ["server/core", "worker/compute"],
    "worker/hosts/browser": ["server/core", "worker/compute", "worker/supervisor"],
    "worker/page": ["server/core", "worker/compute", "worker/supervisor", "worker/hosts/browser"],
    "worker/hosts/node": ["server/core", "worker/compute", "worker/supervisor"],
    "worker/client": ["server/core", "worker/compute", "worker/hosts/node"],
    "worker/kernels": [],
    server: ["server/core", "worker/compute", "worker/hosts/node", "prisma"],
    prisma: ["server/core", "server", "worker/compute", "worker/hosts/node"],
    app: ["server/core", "worker/page", "worker/compute", "worker/supervisor", "server/trpc/caller.ts"],
  };
  /** The neutral file that lies beside the realms. */
  const ALIASES: Record<string, string> = { "worker/protocol.ts": "worker/compute" };

  const realmOf = (file: string): string | undefined =>
    ALIASES[file] ??
    Object.keys(REALMS)
      .filter((realm) => file.startsWith(`${realm}/`))
      .sort((a, b) => b.length - a.length)[0];

  function importsOf(file: string): string[] {
    const specifiers = [
      ...read(file).matchAll(/(?:from|import|import\()\s*["'](\.[^"']+)["']|new URL\(["'](\.[^"']+)["']/g),
    ];
    return specifiers.map((match) => normalize(join(dirname(file), match[1] ?? match[2] ?? "")));
  }

  it("import only what they may", () => {
    const wrong: string[] = [];
    for (const file of sources) {
      const realm = realmOf(file);
      if (realm === undefined || file.startsWith("worker/kernels/")) continue;
      for (const target of importsOf(file)) {
        const other = realmOf(target);
        if (other === undefined || other === realm) continue;
        const allowed = REALMS[realm] ?? [];
        if (!allowed.includes(other) && !allowed.includes(target)) wrong.push(`${file} imports ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("sees an import that is wrong", () => {
    expect(realmOf("server/core/replication/decide.ts")).toBe("server/core");
    expect(realmOf("server/main.ts")).toBe("server");
    expect(REALMS["server/core"]).not.toContain("server");
  });
});
