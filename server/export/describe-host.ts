export type HostDescription = {
  vendor: string;
  model: string;
  osName: string;
  osVersion: string;
  /** BOINC's notation: `[kind|model|count|memory|driver]`; empty: none. */
  coprocessors: string;
};

type Rule = readonly [RegExp, string];

/** Order matters: Edge and Opera call themselves Chrome too, and everything calls itself Mozilla. */
const PROGRAMS: readonly (readonly [RegExp, string, string])[] = [
  [/\bEdg(?:e|A|iOS)?\/(\d+)/, "Microsoft", "Edge"],
  [/\bOPR\/(\d+)/, "Opera", "Opera"],
  [/\bSamsungBrowser\/(\d+)/, "Samsung", "Samsung Internet"],
  [/\b(?:Firefox|FxiOS)\/(\d+)/, "Mozilla", "Firefox"],
  [/\b(?:Headless)?(?:Chrome|CriOS)\/(\d+)/, "Google", "Chrome"],
  [/\bVersion\/(\d+)[\d.]* (?:Mobile\/\w+ )?Safari\//, "Apple", "Safari"],
  [/\b[Nn]ode(?:\.js)?\/v?(\d+)/, "OpenJS", "Node.js"],
];

const SYSTEMS: readonly Rule[] = [
  [/\bAndroid ([\d.]+)?/, "Android"],
  [/\b(?:iPhone|iPad)[^)]*? OS ([\d_]+)/, "iOS"],
  [/\bWindows NT ([\d.]+)/, "Microsoft Windows"],
  [/\bMac OS X ([\d_.]+)?/, "Darwin"],
  [/\bCrOS \S+ ([\d.]+)/, "ChromeOS"],
  [/\bLinux\b()/, "Linux"],
];

const OTHER = "Unknown";

/**
 * What a browser tells of itself, in the words that statistics sites know. A browser does not tell its processor: the program
 * that computes stands in its place.
 * @param backends as stored with the host: `[{kind, class}]`
 */
export function describeHost(userAgent: string | null, backends: unknown): HostDescription {
  const text = userAgent ?? "";
  const program = PROGRAMS.map(([pattern, vendor, name]) => ({ found: pattern.exec(text), vendor, name })).find(
    (each) => each.found !== null,
  );
  const system = SYSTEMS.map(([pattern, name]) => ({ found: pattern.exec(text), name })).find(
    (each) => each.found !== null,
  );
  return {
    vendor: program?.vendor ?? OTHER,
    model: program === undefined ? "Browser" : `${program.name} ${program.found?.[1] ?? ""}`.trim(),
    osName: system?.name ?? OTHER,
    osVersion: (system?.found?.[1] ?? "").replaceAll("_", "."),
    coprocessors: graphicsOf(backends),
  };
}

function graphicsOf(backends: unknown): string {
  const list: { kind?: unknown; class?: unknown }[] = Array.isArray(backends) ? backends : [];
  const graphics = list.find((each) => each.kind !== "wasm" && typeof each.class === "string");
  return graphics === undefined ? "" : `[WebGPU|${String(graphics.class)}|1|0MB|0]`;
}
