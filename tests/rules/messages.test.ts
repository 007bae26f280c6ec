import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { createTranslator } from "next-intl";
import { describe, expect, it } from "vitest";
import { inProject } from "../../server/paths.ts";
import { clientUses, covers, partsSent, usesIn } from "../support/message-use.ts";

const APP = inProject("app");
const sources = globSync("**/*.{ts,tsx}", { cwd: APP }).map((file) => join(APP, file));
const read = (file: string) => readFileSync(file, "utf8");
const en = messagesIn("en");
const de = messagesIn("de");
const english = flatten(en);
const german = flatten(de);

describe("the languages", () => {
  it("list each of their files", () => {
    for (const [locale, messages] of Object.entries({ en, de })) {
      const list = read(join(APP, `messages/${locale}.ts`));
      for (const part of Object.keys(messages)) {
        expect(list).toContain(`import ${part} from "./${locale}/${part}.json";`);
        expect(list).toMatch(new RegExp(`^  ${part},$`, "m"));
      }
    }
  });

  it("have the same keys", () => {
    const lacks = (here: Map<string, string>, there: Map<string, string>) =>
      [...there.keys()].filter((k) => !here.has(k));
    expect({ inGerman: lacks(german, english), inEnglish: lacks(english, german) }).toEqual({
      inGerman: [],
      inEnglish: [],
    });
  });

  it("have the same placeholders in each sentence", () => {
    const different = [...english].filter(([key, text]) => {
      const other = german.get(key);
      return other !== undefined && placeholders(text).join() !== placeholders(other).join();
    });
    expect(different.map(([key]) => key)).toEqual([]);
  });

  it("can be formatted in every sentence", () => {
    const faults: string[] = [];
    for (const [locale, messages] of [
      ["en", en],
      ["de", de],
    ] as const) {
      const t = createTranslator({ locale, messages, onError: (error) => faults.push(`${locale}: ${error.message}`) });
      for (const [key, text] of locale === "en" ? english : german) {
        const values = Object.fromEntries(
          placeholders(text).map((name) => [
            name.replace(/[<>]/g, ""),
            name.startsWith("<") ? (chunks: unknown) => chunks : 2,
          ]),
        );
        t.rich(key as never, values as never);
      }
    }
    expect(faults).toEqual([]);
  });

  it("speak in German of nobody's trade: no Quorum, no Sie", () => {
    const stiff = [...german].filter(([, text]) =>
      /\b(Quorum|Konsens|Workunit|Sie haben|Ihnen|Ihre[nmrs]?)\b/.test(text),
    );
    expect(stiff).toEqual([]);
  });
});

describe("the words on the pages", () => {
  const uses = sources.flatMap((file) => usesIn(read(file)).map((use) => ({ file: relative(APP, file), use })));

  it("all exist", () => {
    const keys = [...english.keys()];
    const missing = uses.filter(({ use }) => !keys.some((key) => covers(use, key)));
    expect(missing).toEqual([]);
  });

  it("are all used", () => {
    const unused = [...english.keys()].filter((key) => !uses.some(({ use }) => covers(use, key)));
    expect(unused).toEqual([]);
  });

  it("reach the browser where its components need them, by <Messages parts> of the page or a layout around it", () => {
    const pages = globSync("**/{page,error,not-found}.tsx", { cwd: APP }).map((file) => join(APP, file));
    const lacking = pages.flatMap((page) => {
      const files = [page, ...layoutsAround(page)];
      const parts = files.flatMap((file) => partsSent(read(file)));
      const needed = files.flatMap((file) => clientUses(file));
      const missing = needed.filter((use) => !parts.some((part) => use === part || use.startsWith(`${part}.`)));
      return missing.length === 0 ? [] : [`${relative(APP, page)} lacks ${partsOf(missing)}`];
    });
    expect(lacking).toEqual([]);
  });

  it("are read rightly from source", () => {
    expect(
      usesIn(`const t = useTranslations("a"); t("b", { c: t2("x") }); t(\`d.\${e}\`); t(f ? "g" : "h.i"); t(j);
        const [u, v] = await Promise.all([getTranslations("k"), load()]); u.rich("l");
        function Two() { const t = useTranslations("m"); t("n"); }
        (await getTranslations("o"))("p")`).sort(),
    ).toEqual(["a.*", "a.b", "a.d.*", "a.g", "a.h.i", "k.l", "m.n", "o.p"]);
    expect(covers("a.d.*", "a.d.e")).toBe(true);
    expect(covers("a.d.*", "a.e")).toBe(false);
  });
});

/** The groups that these messages stand in: what to write into `<Messages parts>`. */
function partsOf(uses: readonly string[]): string {
  return [...new Set(uses.map((use) => use.replace(/\.[^.]*$/, "")))].sort().join(", ");
}

function messagesIn(locale: string): Record<string, object> {
  const files = globSync("*.json", { cwd: join(APP, "messages", locale) });
  return Object.fromEntries(
    files.map((file) => [file.replace(".json", ""), JSON.parse(read(join(APP, "messages", locale, file)))]),
  );
}

function flatten(tree: object, before = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(tree) as [string, string | object][]) {
    const path = before === "" ? key : `${before}.${key}`;
    if (typeof value === "string") found.set(path, value);
    else for (const [inner, text] of flatten(value, path)) found.set(inner, text);
  }
  return found;
}

/** Names in braces and tags of a sentence in ICU's notation, sorted; words of plural forms are no names. */
function placeholders(text: string): string[] {
  const names = new Set<string>([...text.matchAll(/<(\w+)>/g)].map(([, tag]) => `<${tag}>`));
  const visit = (message: string) => {
    for (const group of groups(message)) {
      const [, name = "", kind = "", rest = ""] = /^\s*(\w+)\s*(?:,\s*(\w+)\s*(?:,(.*))?)?$/s.exec(group) ?? [];
      names.add(name);
      if (kind === "plural" || kind === "select" || kind === "selectordinal")
        for (const form of groups(rest)) visit(form);
    }
  };
  visit(text);
  return [...names].sort();
}

/** What stands in the outermost braces. */
function groups(text: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === "{" && depth++ === 0) from = at + 1;
    if (text[at] === "}" && --depth === 0) found.push(text.slice(from, at));
  }
  return found;
}

function layoutsAround(page: string): string[] {
  const found: string[] = [];
  for (let folder = dirname(page); folder.startsWith(APP); folder = dirname(folder)) {
    const layout = join(folder, "layout.tsx");
    if (existsSync(layout)) found.push(layout);
  }
  return found;
}
