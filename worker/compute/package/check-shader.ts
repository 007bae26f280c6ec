import type { KernelManifest } from "../../../server/core/wire/kernel-manifest.ts";
import type { PackageFault } from "../../../server/core/wire/package-fault.ts";
import { KernelError } from "../kernel-error.ts";
import type { Bytes } from "../runtimes/runtime.ts";
import { GUARD_GROUP, guardShader } from "../wgsl-guard.ts";
import { lineOf, type Token, tokenize } from "../wgsl-tokens.ts";
import type { PlaceOf } from "./check-package.ts";

type WgslBackend = NonNullable<KernelManifest["backends"]["wgsl"]>;

const MANIFEST = "kernel.json";
/** The runtime asks for no optional features: most devices lack them. */
const DIRECTIVES = new Set(["enable", "requires"]);

/**
 * What can be said about a shader without a GPU: that every loop can be given its bound, that it has the entry points
 * and bindings that kernel.json names and no others, and that it needs no optional feature. Its compiler is the
 * browser's (`proveKernel` asks it).
 */
export function shaderFaults(wgsl: WgslBackend, bytes: Bytes, placeOf?: PlaceOf): PackageFault[] {
  const file = wgsl.shader;
  let source: string;
  try {
    source = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return [{ file, problem: "the shader is not UTF-8 text", remedy: "save it as UTF-8" }];
  }
  if (source.includes("\u0000")) return [{ file, problem: "the shader holds a zero byte", remedy: "remove it" }];
  const loops = loopFaults(file, source, wgsl.maxLoopIterations);
  if (loops.length > 0) return loops;
  const tokens = tokenize(source);
  const bindings = bindingsOf(tokens);
  return [
    ...directiveFaults(file, source, tokens),
    ...entryFaults(wgsl, tokens, placeOf),
    ...declaredFaults(wgsl, bindings, placeOf),
    ...bindings.flatMap((binding) => undeclaredFaults(wgsl, source, binding)),
  ];
}

/** Where the text cannot be followed, no loop can be bounded for certain. */
function loopFaults(file: string, source: string, maxLoopIterations: number): PackageFault[] {
  try {
    guardShader(source, maxLoopIterations);
    return [];
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    const at = /^line (\d+): (.*)$/s.exec(error.message);
    const inside = /line (\d+)/.exec(error.message);
    const line = Number(at?.[1] ?? inside?.[1] ?? 1);
    const remedy = "correct it: every loop must be given its bound, as a running shader cannot be stopped";
    return [{ file, line, problem: at?.[2] ?? error.message, remedy }];
  }
}

function directiveFaults(file: string, source: string, tokens: readonly Token[]): PackageFault[] {
  return tokens.flatMap((token, index): PackageFault[] => {
    const begins = index === 0 || [";", "}"].includes(tokens[index - 1]?.text ?? "");
    if (!begins || !DIRECTIVES.has(token.text)) return [];
    const what = tokens[index + 1]?.text ?? "";
    const problem = `\`${token.text} ${what}\` asks for a feature that not every device has`;
    return [{ file, ...placeIn(source, token), problem, remedy: "compute without it" }];
  });
}

function entryFaults({ shader, passes }: WgslBackend, tokens: readonly Token[], placeOf?: PlaceOf): PackageFault[] {
  const entries = entryPointsOf(tokens);
  return passes.flatMap(({ entryPoint, workgroups }, index): PackageFault[] => {
    const size = entries.get(entryPoint);
    const place = placeOf?.(["backends", "wgsl", "passes", index]);
    if (size === undefined) {
      const known = [...entries.keys()].join(", ");
      const problem = `${shader} has no entry point ${entryPoint}`;
      const remedy = known === "" ? "mark it: @compute @workgroup_size(64) fn ..." : `its entry points are ${known}`;
      return [{ file: MANIFEST, ...place, problem, remedy }];
    }
    if (size === null || typeof workgroups === "number" || size === workgroups.workgroupSize) return [];
    const problem = `${entryPoint} has @workgroup_size(${size}), kernel.json says ${workgroups.workgroupSize}`;
    return [{ file: MANIFEST, ...place, problem, remedy: "make them equal" }];
  });
}

/** Entry point -> its workgroup's size in all, null where it is not written in plain numbers. */
function entryPointsOf(tokens: readonly Token[]): Map<string, number | null> {
  const entries = new Map<string, number | null>();
  tokens.forEach((token, index) => {
    if (token.text !== "fn") return;
    const name = tokens[index + 1]?.text ?? "";
    const attributes = attributesBefore(tokens, index);
    if (attributes.has("compute")) entries.set(name, sizeOf(attributes.get("workgroup_size")));
  });
  return entries;
}

function sizeOf(words: readonly string[] | undefined): number | null {
  if (words === undefined) return null;
  const numbers = words
    .filter((word) => word !== ",")
    .map((word) => (/^\d+[ui]?$/.test(word) ? Number.parseInt(word, 10) : null));
  return numbers.reduce<number | null>(
    (product, number) => (product === null || number === null ? null : product * number),
    1,
  );
}

/** Attributes that stand right before a declaration: name -> the words in its parentheses. */
function attributesBefore(tokens: readonly Token[], declaration: number): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let end = declaration;
  for (;;) {
    let at = end - 1;
    let words: string[] = [];
    if (tokens[at]?.text === ")") {
      const close = at;
      for (let depth = 0; at >= 0; at--) {
        if (tokens[at]?.text === ")") depth += 1;
        if (tokens[at]?.text === "(") depth -= 1;
        if (depth === 0) break;
      }
      words = tokens.slice(at + 1, close).map(({ text }) => text);
      at -= 1;
    }
    const name = tokens[at]?.text;
    if (name === undefined || tokens[at - 1]?.text !== "@") return found;
    found.set(name, words);
    end = at - 1;
  }
}

interface Binding {
  readonly group: string;
  readonly binding: string;
  /** Words between `var<` and `>`. */
  readonly space: readonly string[];
  readonly token: Token;
}

function bindingsOf(tokens: readonly Token[]): Binding[] {
  return tokens.flatMap((token, index): Binding[] => {
    if (token.text !== "var") return [];
    const attributes = attributesBefore(tokens, index);
    const [binding] = attributes.get("binding") ?? [];
    const [group] = attributes.get("group") ?? [];
    if (binding === undefined || group === undefined) return [];
    const close = tokens.findIndex(({ text }, at) => at > index && text === ">");
    const space = tokens[index + 1]?.text === "<" ? tokens.slice(index + 2, close).map(({ text }) => text) : [];
    return [{ group, binding, space: space.filter((word) => word !== ","), token }];
  });
}

const numberOf = (word: string): number => Number.parseInt(word, 10);

/** What kernel.json lists and the shader never declares is legal for WebGPU, and always a mistake. */
function declaredFaults(
  { shader, buffers }: WgslBackend,
  bindings: readonly Binding[],
  placeOf?: PlaceOf,
): PackageFault[] {
  if (bindings.some(({ binding, group }) => Number.isNaN(numberOf(binding)) || Number.isNaN(numberOf(group))))
    return [];
  const seen = new Set<number>();
  return buffers.flatMap(({ binding, kind }, index): PackageFault[] => {
    const place = placeOf?.(["backends", "wgsl", "buffers", index]);
    const twice = seen.has(binding);
    seen.add(binding);
    if (twice) {
      return [{ file: MANIFEST, ...place, problem: `two buffers have the binding ${binding}`, remedy: "number them" }];
    }
    if (bindings.some((one) => numberOf(one.binding) === binding && numberOf(one.group) === 0)) return [];
    const problem = `${shader} declares no buffer for @group(0) @binding(${binding}), which is ${kind}`;
    return [{ file: MANIFEST, ...place, problem, remedy: "declare it in the shader, or remove it here" }];
  });
}

const SPACES = { params: "uniform", state: "storage read_write", file: "storage read", scratch: "storage read_write" };

function undeclaredFaults({ shader: file, buffers }: WgslBackend, source: string, one: Binding): PackageFault[] {
  const [group, binding] = [numberOf(one.group), numberOf(one.binding)];
  if (Number.isNaN(group) || Number.isNaN(binding)) return [];
  const place = placeIn(source, one.token);
  const at = `@group(${group}) @binding(${binding})`;
  if (group !== 0) {
    const why = group === GUARD_GROUP ? "is the loop guard's" : "is not used here";
    return [{ file, ...place, problem: `${at}: this group ${why}`, remedy: "use @group(0)" }];
  }
  const buffer = buffers.find((candidate) => candidate.binding === binding);
  if (buffer === undefined) {
    return [
      { file, ...place, problem: `kernel.json names no buffer for ${at}`, remedy: "add it to backends.wgsl.buffers" },
    ];
  }
  const wanted = SPACES[buffer.kind];
  const [space = "", access = space === "storage" ? "read" : ""] = one.space;
  const found = access === "" ? space : `${space} ${access}`;
  if (found === wanted) return [];
  const problem = `${at} is var<${one.space.join(", ")}>, and kernel.json's buffer is ${buffer.kind}`;
  return [{ file, ...place, problem, remedy: `declare it as var<${wanted.replace(" ", ", ")}>` }];
}

function placeIn(source: string, token: Token): { line: number; column: number } {
  const before = source.slice(0, token.start);
  const lineStart = Math.max(
    ...["\n", "\r", "\u2028", "\u2029", "\u0085", "\v", "\f"].map((end) => before.lastIndexOf(end)),
  );
  return { line: lineOf(source, token.start), column: token.start - lineStart };
}
