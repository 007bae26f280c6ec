import { describe, expect, it } from "vitest";
import { KernelError } from "../../../worker/compute/kernel-error.ts";
import { guardShader } from "../../../worker/compute/wgsl-guard.ts";
import { tokenize } from "../../../worker/compute/wgsl-tokens.ts";

const CHECK = (n: number, max = 9): string =>
  `if (quorate_i${n} >= ${max}u) { atomicStore(&quorate_loop_limit_reached, 1u); break; } quorate_i${n} += 1u;`;
const FLAG = "@group(1) @binding(0) var<storage, read_write> quorate_loop_limit_reached: atomic<u32>;";

function body(source: string): string {
  const { code } = guardShader(source, 9);
  expect(code.endsWith(`\n${FLAG}\n`)).toBe(true);
  return code.slice(0, -FLAG.length - 2);
}

describe("every loop of a shader gets a bound", () => {
  it.each([
    ["loop", "loop { a(); }", `{ var quorate_i0 = 0u; loop { ${CHECK(0)} a(); } }`],
    ["while", "while x < f(3) { a(); }", `{ var quorate_i0 = 0u; while x < f(3) { ${CHECK(0)} a(); } }`],
    [
      "for",
      "for (var i = 0; i < 3; i++) { a(); }",
      `{ var quorate_i0 = 0u; for (var i = 0; i < 3; i++) { ${CHECK(0)} a(); } }`,
    ],
    ["for without anything", "for (;;) {}", `{ var quorate_i0 = 0u; for (;;) { ${CHECK(0)}} }`],
    [
      "nested, without a blank between",
      "loop{loop{}}",
      `{ var quorate_i0 = 0u; loop{ ${CHECK(0)}{ var quorate_i1 = 0u; loop{ ${CHECK(1)}} }} }`,
    ],
    [
      "one after another",
      "loop{}for(;;){}",
      `{ var quorate_i0 = 0u; loop{ ${CHECK(0)}} }{ var quorate_i1 = 0u; for(;;){ ${CHECK(1)}} }`,
    ],
    [
      "with continuing",
      "loop { a(); continuing { break if b; } }",
      `{ var quorate_i0 = 0u; loop { ${CHECK(0)} a(); continuing { break if b; } } }`,
    ],
  ])("%s", (_, source, guarded) => {
    expect(body(source)).toBe(guarded);
  });

  it("words inside comments and longer names are no loops", () => {
    const source = "/* loop { /* nested */ for */ fn looped() { let whiles = 1; } // while x {\n";
    expect(guardShader(source, 9)).toEqual({ code: source, loops: 0 });
  });

  it.each(["\n", "\v", "\f", "\r", "\u0085", "\u2028", "\u2029"])("no loop hides behind line break %j", (lineBreak) => {
    expect(guardShader(`// comment${lineBreak}loop {}`, 9).loops).toBe(1);
  });

  it("no line is added or moved", () => {
    const source = "fn f() {\n  loop {\n    while (true) {\n    }\n  }\n}\nfn g() {}\n";
    const lines = guardShader(source, 9).code.split("\n");
    expect(lines.findIndex((line) => line.startsWith("fn g"))).toBe(6);
  });

  it.each([
    ["a loop without a body", "fn f() {\n loop ; }", "line 2: this `loop` has no body"],
    ["a for without parentheses", "for {}", "line 1: a `for` needs its parenthesis"],
    ["a brace that is never closed", "loop { {", "line 1: this { is never closed"],
    ["a parenthesis that is never closed", "for (;; {}", "line 1: this ( is never closed"],
    ["a comment that never ends", "\n/* /* */ loop {}", "the comment that begins in line 2 never ends"],
    ["our own names", "var<private> quorate_i0: u32;", "names beginning with quorate_ are reserved"],
  ])("%s is refused", (_, source, sentence) => {
    const guard = (): unknown => guardShader(source, 9);
    expect(guard).toThrow(KernelError);
    expect(guard).toThrow(sentence);
  });

  it("tokens cover all of the text but blanks and comments", () => {
    const source = "@compute fn f(a: vec3<u32>) -> f32 { return 1.5e-3f + 0x1p4 /* c */ << 2u; } // end";
    const joined = tokenize(source)
      .map((token) => token.text)
      .join(" ");
    expect(joined).toBe("@ compute fn f ( a : vec3 < u32 > ) - > f32 { return 1.5e - 3f + 0x1p4 < < 2u ; }");
  });
});
