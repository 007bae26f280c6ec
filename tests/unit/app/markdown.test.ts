import { type ComponentType, createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, test } from "vitest";
import { inProject } from "../../../server/paths.ts";

/** What projects write about themselves, and what a page makes of it. */

// The page's own realm is compiled with other libraries than tests are.
const { Markdown } = (await import(inProject("app/components/markdown.tsx"))) as {
  Markdown: ComponentType<{ text: string }>;
};
const htmlOf = (text: string) => renderToStaticMarkup(createElement(Markdown, { text }));

describe("Markdown", () => {
  test("makes headings, lists, tables and links, each link without what it could leak or earn", () => {
    const html = htmlOf("# Title\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n[paper](https://example.org/p)");
    expect(html).toContain("<h3");
    expect(html).not.toContain("<h1");
    expect(html).toMatch(/<li>one<\/li>/);
    expect(html).toMatch(/<td>1<\/td>/);
    expect(html).toMatch(/<a href="https:\/\/example\.org\/p" rel="noopener noreferrer nofollow ugc"/);
  });

  test.each([
    ["a script", "<script>alert(1)</script>"],
    ["a script in a picture", '<img src=x onerror="alert(1)">'],
    ["a script in SVG", '<svg><script>alert(1)</script></svg><svg onload="alert(1)"/>'],
    ["a frame", '<iframe src="https://evil.example"></iframe>'],
    ["a form", '<form action="https://evil.example"><input name="password"><button>Sign in</button></form>'],
    ["a style", "<style>body{display:none}</style><div style='position:fixed;inset:0'>x</div>"],
    ["a script as a link", "[x](javascript:alert(1)) [y](JaVaScRiPt:alert(1)) [z](  javascript:alert(1))"],
    ["a script as a link, hidden", "[x](java&#115;cript:alert(1)) [y](&#x6A;avascript:alert(1)) <javascript:alert(1)>"],
    ["data as a link", "[x](data:text/html;base64,PHNjcmlwdD4=) [y](vbscript:x) [z](file:///etc/passwd)"],
    ["a reference to a script", "[x][1]\n\n[1]: javascript:alert(1)"],
    ["a picture that tells who reads", "![x](https://evil.example/pixel.png)"],
    ["a picture that is a script", "![x](javascript:alert(1)) ![y](data:image/svg+xml;base64,PHN2Zz4=)"],
    ["a task list, which is a control", "- [ ] open\n- [x] done"],
    ["HTML over several lines", '<div\nonclick="alert(1)"\n>\nx\n</div>\n\n<a href="javascript:alert(1)">y</a>'],
    ["comments that never end", "<!-- <script>alert(1)</script>\n\n<![CDATA[<script>alert(1)</script>]]>"],
  ])("%s comes to nothing", (_title, text) => {
    const html = htmlOf(text);
    expect(html).not.toMatch(/<(script|img|svg|iframe|form|input|button|style|object|embed|link|meta)\b/i);
    expect(html).not.toMatch(/\son\w+=|\sstyle=/i);
    expect(html).not.toMatch(/(href|src)="(?!https?:|mailto:)[^"#]/i);
  });

  test("an id that the page has already cannot be taken", () => {
    expect(htmlOf('<a id="content"></a><p name="content">x</p>\n\nText[^1]\n\n[^1]: Note')).not.toMatch(/id="content"/);
  });

  test("stays quick where brackets nest and pipes abound", () => {
    const nested = `${"[".repeat(5_000)}x${"](y)".repeat(5_000)}`.slice(0, 20_000);
    const html = htmlOf(nested) + htmlOf("|".repeat(20_000)) + htmlOf(`${">".repeat(500)} x`);
    expect(html.length).toBeGreaterThan(1_000);
  });
});
