import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Which messages source files use, read from their text: `const t = useTranslations("part")` and every `t(...)` after
 * it. A use is a path; `*` stands for one or more keys that only running would tell.
 */
export function usesIn(source: string): string[] {
  const uses = [...source.matchAll(/\(await getTranslations\("([\w.]+)"\)\)\(\s*"([\w.]+)"/g)].map(
    ([, part, key]) => `${part}.${key}`,
  );
  const declared = [...declarations(source)].sort((a, b) => a.at - b.at);
  for (const [index, { name, part, at }] of declared.entries()) {
    // Up to where the same name is declared anew, as each component of a file does.
    const until = declared.slice(index + 1).find((other) => other.name === name)?.at ?? source.length;
    const text = source.slice(at, until);
    for (const call of text.matchAll(new RegExp(`(?<![\\w.])${name}(?:\\.(?:rich|has|markup))?\\(`, "g"))) {
      const argument = firstArgument(text, call.index + call[0].length);
      for (const key of keysOf(argument)) uses.push(`${part}.${key}`);
    }
  }
  return uses;
}

function* declarations(source: string): Generator<{ name: string; part: string; at: number }> {
  for (const found of source.matchAll(/const (\w+) = (?:await )?(?:use|get)Translations\("([\w.]+)"\)/g)) {
    yield { name: found[1] ?? "", part: found[2] ?? "", at: found.index };
  }
  for (const found of source.matchAll(/const \[([\w, ]+)[^\]]*\] = await Promise\.all\(\[/g)) {
    const names = (found[1] ?? "").split(",").map((name) => name.trim());
    let rest = found.index + found[0].length;
    for (const name of names) {
      const argument = firstArgument(source, rest);
      const part = /^\s*getTranslations\("([\w.]+)"\)/.exec(argument)?.[1];
      if (part !== undefined) yield { name, part, at: found.index };
      rest += argument.length + 1;
    }
  }
}

/** From `at` to the comma or bracket that ends the argument there. */
function firstArgument(source: string, at: number): string {
  let depth = 0;
  let quote = "";
  for (let index = at; index < source.length; index += 1) {
    const letter = source[index] ?? "";
    if (quote !== "") {
      if (letter === quote) quote = "";
    } else if (`"'\``.includes(letter)) quote = letter;
    else if ("([{".includes(letter)) depth += 1;
    else if (")]}".includes(letter) || (letter === "," && depth === 0)) {
      if (depth === 0) return source.slice(at, index);
      depth -= 1;
    }
  }
  return source.slice(at);
}

/** "key", `key.${x}`, `a ? "b" : "c"`; anything else may be any key. */
function keysOf(expression: string): string[] {
  const text = expression.trim();
  const literal = /^"([\w.]+)"$/.exec(text)?.[1];
  if (literal !== undefined) return [literal];
  if (/^`[^`]*`$/.test(text)) return [text.slice(1, -1).replaceAll(/\$\{[^}]*\}/g, "*")];
  const choice = /^[^?]*[^?]\?(?![?.])\s*(.+?)\s*:\s*(.+)$/s.exec(text);
  if (choice !== null) return [...keysOf(choice[1] ?? ""), ...keysOf(choice[2] ?? "")];
  return ["*"];
}

/** True when `use` may mean `key`. */
export function covers(use: string, key: string): boolean {
  const pattern = use.replaceAll(".", "\\.").replaceAll("*", ".+");
  return new RegExp(`^${pattern}$`).test(key);
}

/** The messages that the browser needs for the page in `file`: those of client components and of all they import. */
export function clientUses(file: string): string[] {
  const uses = new Set<string>();
  const seen = new Set<string>();
  const visit = (path: string, inClient: boolean) => {
    const source = readFileSync(path, "utf8");
    const isClient = inClient || /^\s*["']use client["']/.test(source);
    const mark = `${path} ${isClient}`;
    if (seen.has(mark)) return;
    seen.add(mark);
    if (isClient) for (const use of usesIn(source)) uses.add(use);
    for (const found of source.matchAll(/(?:from|import\()\s*"(\.[^"]+\.tsx?)"/g)) {
      const target = join(dirname(path), found[1] ?? "");
      if (existsSync(target) && target.includes("/app/")) visit(target, isClient);
    }
  };
  visit(file, false);
  return [...uses];
}

/** The parts that a file's `<Messages parts={[...]}>` sends. */
export function partsSent(source: string): string[] {
  return [...source.matchAll(/parts=\{\[([^\]]*)\]\}/g)].flatMap(([, list = ""]) =>
    [...list.matchAll(/"([\w.]+)"/g)].map(([, part = ""]) => part),
  );
}
