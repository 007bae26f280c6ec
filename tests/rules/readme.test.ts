import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { inProject, PROJECT_ROOT } from "../../server/paths.ts";
import { readSettings } from "../../server/settings.ts";

const readme = readFileSync(inProject("README.md"), "utf8");
const { scripts } = JSON.parse(readFileSync(inProject("package.json"), "utf8")) as { scripts: Record<string, string> };
/** Run by npm before another script, never by a person. */
const isOwn = (name: string) => !(name.startsWith("pre") && name.slice(3) in scripts);
/** A file of every kernel's folder. */
const OF_A_KERNEL = "kernel.json";
const spans = [...readme.matchAll(/`([^`\n]+)`/g)].map(([, text = ""]) => text);

describe("README.md", () => {
  it("tells of every command, and of none that is not there", () => {
    const named = [...readme.matchAll(/npm (?:run (?:-s )?([a-z:]+)|(start|test)\b)/g)].map(
      ([, run, own]) => run ?? own,
    );
    expect([...new Set(named)].sort()).toEqual(Object.keys(scripts).filter(isOwn).sort());
  });

  it("names only paths that exist", () => {
    const ignored = (path: string) => {
      try {
        execFileSync("git", ["check-ignore", "-q", path], { cwd: PROJECT_ROOT });
        return true;
      } catch {
        return false;
      }
    };
    const links = [...readme.matchAll(/\]\(([^)#\s]+)\)/g)].map(([, target = ""]) => target);
    const inText = spans.filter(
      (span) => /^[\w.-]+(\/[\w.{},-]+)*\/?$/.test(span) && /\/|\.(md|ts|mjs|json)$/.test(span),
    );
    const paths = [...links.filter((link) => !link.startsWith("http")), ...inText].flatMap(expandBraces);
    expect(paths.length).toBeGreaterThan(40);
    const isThere = (path: string) => existsSync(inProject(path)) || withinFolders(path) || ignored(path);
    expect(paths.filter((path) => path !== OF_A_KERNEL && !isThere(path))).toEqual([]);
  });

  it("lists every setting of the server with its default", () => {
    const declared = [...readFileSync(inProject("server/settings.ts"), "utf8").matchAll(/^ {2}([A-Z][A-Z0-9_]+):/gm)];
    const listed = new Map(settingRows());
    expect([...listed.keys()].sort()).toEqual(declared.map(([, name]) => name).sort());
    const defaults: Record<string, unknown> = readSettings({});
    for (const [name, written] of listed) {
      if (defaults[name] !== undefined) expect([name, written]).toEqual([name, String(defaults[name])]);
    }
  });
});

/** `a/{b,c}.ts` is `a/b.ts` and `a/c.ts`. */
function expandBraces(path: string): string[] {
  const [whole, before = "", list, after = ""] = /^(.*?)\{(.*?)\}(.*)$/.exec(path) ?? [];
  return whole === undefined ? [path] : (list ?? "").split(",").flatMap((part) => expandBraces(before + part + after));
}

/** Folders and files that the text names as parts of the folder it just spoke of. */
function withinFolders(path: string): boolean {
  return ["app", "server", "server/core", "worker", "tests"].some((folder) =>
    existsSync(inProject(`${folder}/${path}`)),
  );
}

/** Names and the default's cell, of the table below "Settings". */
function settingRows(): [string, string][] {
  const section = readme.slice(readme.indexOf("\n## Settings"), readme.indexOf("\n## Licence"));
  return section.split("\n").flatMap((line) => {
    const [, names = "", written = ""] = line.split("|").map((cell) => cell.trim());
    return [...names.matchAll(/`([A-Z0-9_]+)`/g)].map(([, name = ""]): [string, string] => [name, written]);
  });
}
