/** A token of WGSL, as far as finding loops needs it: comments are gone, everything else is a word or one character. */
export interface Token {
  readonly text: string;
  /** Index of its first character in the source. */
  readonly start: number;
  readonly end: number;
}

/**
 * What ends a line comment: WGSL specification, "Blankspace and Line Breaks". All of them, so that no code can hide
 * behind a break that only the compiler sees.
 */
const LINE_BREAK = /[\n\v\f\r\u0085\u2028\u2029]/g;
const WORD = /[\p{XID_Start}_][\p{XID_Continue}]*/uy;
const NUMBER = /[0-9][0-9A-Za-z_.]*/y;
const BLANK = /[\p{Pattern_White_Space}]+/uy;

/** Throws SyntaxError for a block comment without an end. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    if (source.startsWith("//", at)) at = endOfLine(source, at);
    else if (source.startsWith("/*", at)) at = endOfBlockComment(source, at);
    else {
      const blank = match(BLANK, source, at);
      if (blank > at) at = blank;
      else {
        const end = Math.max(match(WORD, source, at), match(NUMBER, source, at), at + 1);
        tokens.push({ text: source.slice(at, end), start: at, end });
        at = end;
      }
    }
  }
  return tokens;
}

export function lineOf(source: string, index: number): number {
  return (source.slice(0, index).match(/\r\n|[\n\v\f\r\u0085\u2028\u2029]/g)?.length ?? 0) + 1;
}

function match(pattern: RegExp, source: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(source) ? pattern.lastIndex : at;
}

function endOfLine(source: string, at: number): number {
  LINE_BREAK.lastIndex = at;
  return LINE_BREAK.test(source) ? LINE_BREAK.lastIndex : source.length;
}

/** Block comments nest in WGSL. */
function endOfBlockComment(source: string, start: number): number {
  let depth = 0;
  for (let at = start; at < source.length; ) {
    if (source.startsWith("/*", at)) {
      depth += 1;
      at += 2;
    } else if (source.startsWith("*/", at)) {
      depth -= 1;
      at += 2;
      if (depth === 0) return at;
    } else at += 1;
  }
  throw new SyntaxError(`the comment that begins in line ${lineOf(source, start)} never ends`);
}
