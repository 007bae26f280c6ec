import { KernelError, messageOf } from "./kernel-error.ts";
import { lineOf, type Token, tokenize } from "./wgsl-tokens.ts";

/** Bind group in which the runtime puts the guard's flag; kernels use group 0 only. */
export const GUARD_GROUP = 1;

const PREFIX = "quorate_";
const FLAG = `${PREFIX}loop_limit_reached`;
const LOOP_WORDS = new Set(["loop", "while", "for"]);

export interface GuardedShader {
  readonly code: string;
  /** How many loops got a bound. */
  readonly loops: number;
}

/**
 * Gives every loop of a shader an iteration counter, because a running dispatch cannot be stopped: a loop that reaches
 * `maxLoopIterations` raises a flag and is left. The runtime then reports `loop_limit`; nothing computed is kept.
 *
 * The counter is a local variable beside its loop, set to zero at each entry: WGSL's uniformity analysis can see that it
 * is uniform where the loop is, so that barriers inside loops stay legal (a module-scope counter would forbid them).
 * So nested loops multiply: the bound makes every dispatch end, it does not make it end soon. No line is added: the
 * compiler's line numbers stay the author's. Throws KernelError shader_invalid when the text cannot be followed.
 */
export function guardShader(source: string, maxLoopIterations: number): GuardedShader {
  const tokens = tokensOf(source);
  const reserved = tokens.find((token) => token.text.startsWith(PREFIX));
  if (reserved !== undefined) throw refused(source, reserved, `names beginning with ${PREFIX} are reserved`);

  const insertions: { at: number; text: string }[] = [];
  let loops = 0;
  tokens.forEach((token, index) => {
    if (!LOOP_WORDS.has(token.text)) return;
    const open = bodyStart(source, tokens, index);
    const close = matching(source, tokens, open, "{", "}");
    const counter = `${PREFIX}i${loops++}`;
    const check = `if (${counter} >= ${maxLoopIterations}u) { atomicStore(&${FLAG}, 1u); break; } ${counter} += 1u;`;
    insertions.push(
      { at: token.start, text: `{ var ${counter} = 0u; ` },
      { at: at(tokens, open).end, text: ` ${check}` },
      { at: at(tokens, close).end, text: " }" },
    );
  });
  const flag = `@group(${GUARD_GROUP}) @binding(0) var<storage, read_write> ${FLAG}: atomic<u32>;`;
  return { code: loops === 0 ? source : `${apply(source, insertions)}\n${flag}\n`, loops };
}

function tokensOf(source: string): Token[] {
  try {
    return tokenize(source);
  } catch (cause) {
    throw new KernelError("shader_invalid", messageOf(cause), { cause });
  }
}

/** Index of the `{` of a loop's body. Expressions hold no braces, so it is the next one after the loop's head. */
function bodyStart(source: string, tokens: readonly Token[], loop: number): number {
  const word = at(tokens, loop);
  let from = loop + 1;
  if (word.text === "for") {
    if (tokens[from]?.text !== "(") throw refused(source, word, "a `for` needs its parenthesis");
    from = matching(source, tokens, from, "(", ")") + 1;
  }
  const open = tokens.findIndex((token, index) => index >= from && (token.text === "{" || token.text === ";"));
  if (open === -1 || at(tokens, open).text === ";") throw refused(source, word, `this \`${word.text}\` has no body`);
  return open;
}

function matching(source: string, tokens: readonly Token[], from: number, opening: string, closing: string): number {
  let depth = 0;
  for (let index = from; index < tokens.length; index++) {
    const { text } = at(tokens, index);
    if (text === opening) depth += 1;
    if (text === closing) depth -= 1;
    if (depth === 0) return index;
  }
  throw refused(source, at(tokens, from), `this ${opening} is never closed`);
}

/** Insertions at one place keep the order in which outer loops come before inner ones. */
function apply(source: string, insertions: readonly { at: number; text: string }[]): string {
  const ordered = insertions.toSorted((a, b) => a.at - b.at);
  let result = "";
  let done = 0;
  for (const { at: position, text } of ordered) {
    result += source.slice(done, position) + text;
    done = position;
  }
  return result + source.slice(done);
}

function at(tokens: readonly Token[], index: number): Token {
  const token = tokens[index];
  if (token === undefined) throw new RangeError(`no token ${index}`);
  return token;
}

function refused(source: string, token: Token, why: string): KernelError {
  return new KernelError("shader_invalid", `line ${lineOf(source, token.start)}: ${why}`);
}
