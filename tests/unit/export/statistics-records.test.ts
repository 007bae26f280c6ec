import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describeHost } from "../../../server/export/describe-host.ts";
import {
  cobblestones,
  externalCpid,
  hostElement,
  tablesDocument,
  teamElement,
  type UserRecord,
  userElement,
  XML_HEAD,
} from "../../../server/export/statistics-records.ts";
import { xmlText } from "../../../server/export/xml-text.ts";
import { asRead, faultsOf } from "../../support/statistics/validate.ts";

const CREDIT = { totalMicro: "123456789", recentAverage: 1.5, recentAverageSeconds: 1_700_000_000 };
const USER: UserRecord = {
  ...CREDIT,
  id: 7,
  name: "Ada",
  createdSeconds: 1_600_000_000,
  internalCpid: "0".repeat(32),
  email: "Ada@example.org",
  country: "DE",
  url: "https://example.org/?a=1&b=2",
  teamId: 3,
};
const users = (...records: UserRecord[]) => `${XML_HEAD}<users>\n${records.map(userElement).join("")}</users>\n`;

describe("BOINC's statistics format", () => {
  test("a user, a host, a team and the tables are what its schema wants", async () => {
    const host = {
      ...CREDIT,
      id: 9,
      userId: 7,
      internalCpid: USER.internalCpid,
      userAgent:
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
      backends: [
        { kind: "wasm", class: "cpu" },
        { kind: "wgsl", class: "nvidia-ampere" },
      ],
      createdSeconds: 1_600_000_000,
      lastSeenSeconds: 1_700_000_000,
      cores: 8,
      memoryBytes: 8 * 2 ** 30,
    };
    const team = {
      ...CREDIT,
      id: 3,
      name: "Team <b>",
      description: "",
      createdSeconds: 1,
      founderId: 7,
      founderName: "Ada",
    };
    const totals = { updatedSeconds: 1, users: 1, teams: 1, hosts: 1, totalMicro: "1", applications: ["A & B"] };
    for (const document of [
      users(USER, { ...USER, id: 8, name: null, country: null, url: null, teamId: null, email: null }),
      `${XML_HEAD}<hosts>\n${hostElement(host)}</hosts>\n`,
      `${XML_HEAD}<teams>\n${teamElement(team)}${teamElement({ ...team, id: 4, founderId: 0, founderName: null })}</teams>\n`,
      tablesDocument(totals),
      users(),
    ]) {
      expect(await faultsOf(document)).toEqual([]);
    }
  });

  test.each([
    ["an element that is missing", (xml: string) => xml.replace(/ <cpid>.*\n/, "")],
    ["elements in another order", (xml: string) => xml.replace(/( <id>.*\n)( <name>.*\n)/, "$2$1")],
    ["a number without its six decimals", (xml: string) => xml.replace("123.456789", "123.4")],
    ["an address that is none", (xml: string) => xml.replace("https:", "javascript:")],
    ["an element nobody knows", (xml: string) => xml.replace("</user>", "<evil/></user>")],
    ["markup that was not escaped", (xml: string) => xml.replace("Ada", "<b>Ada</b>")],
    ["the same id twice", (xml: string) => xml.replace("</users>", `${userElement(USER)}</users>`)],
  ])("the schema notices %s", async (_name, damage) => {
    const good = users(USER);
    const bad = damage(good);
    expect(bad).not.toBe(good);
    expect(await faultsOf(bad)).not.toEqual([]);
  });

  test("hostile names come out as the very text they are", async () => {
    const names = [
      "</name><admin/>",
      "a & b &amp; <![CDATA[ ]]> \"'",
      "Zoë 🦊 你好",
      "\u202egnp.exe",
      "<!ENTITY x SYSTEM 'file:///etc/passwd'>&x;",
    ];
    const document = users(...names.map((name, index) => ({ ...USER, id: index + 1, name })));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: this is how ASCII is written
    expect(document).toMatch(/^[\x00-\x7f]*$/);
    expect(await faultsOf(document)).toEqual([]);
    const read = await asRead(document);
    for (const name of names) {
      const canonical = name.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
      expect(read).toContain(`<name>${canonical}</name>`);
    }
  });

  test("any text at all stays well-formed", async () => {
    const texts = fc.sample(fc.string({ unit: "binary", maxLength: 40 }), 150);
    texts.push("\u0000\u0008\u000b\ufffe\uffff\ud800x\udc00");
    const document = users(...texts.map((text, index) => ({ ...USER, id: index + 1, name: `x${text}` })));
    expect(await faultsOf(document)).toEqual([]);
    expect(xmlText("\u0000a\ud800")).toBe("&#65533;a&#65533;");
  });

  test("the cross-project id is the MD5 of the internal one and the address, as BOINC makes it", () => {
    const expected = createHash("md5").update(`${USER.internalCpid}ada@example.org`).digest("hex");
    expect(externalCpid(USER.internalCpid, "Ada@Example.org")).toBe(expected);
    expect(userElement(USER)).toContain(`<cpid>${expected}</cpid>`);
    expect(userElement(USER)).not.toMatch(/example\.org"|@/);
  });

  test.each([
    ["0", "0.000000"],
    ["1", "0.000001"],
    ["1000000", "1.000000"],
    ["-1500000", "-1.500000"],
    ["12345678901234567890", "12345678901234.567890"],
  ])("%s micro-cobblestones are %s", (micro, text) => {
    expect(cobblestones(micro)).toBe(text);
  });
});

describe("what a device says of itself", () => {
  test.each([
    [
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0",
      "Microsoft",
      "Edge 130",
      "Microsoft Windows",
      "10.0",
    ],
    [
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
      "Apple",
      "Safari 18",
      "Darwin",
      "10.15.7",
    ],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
      "Apple",
      "Safari 18",
      "iOS",
      "18.1",
    ],
    ["Mozilla/5.0 (Android 14; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0", "Mozilla", "Firefox 132", "Android", "14"],
    [
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/130.0.0.0 Safari/537.36",
      "Google",
      "Chrome 130",
      "Linux",
      "",
    ],
    ["curl", "Unknown", "Browser", "Unknown", ""],
  ])("%s", (agent, vendor, model, osName, osVersion) => {
    expect(describeHost(agent, [])).toEqual({ vendor, model, osName, osVersion, coprocessors: "" });
  });

  test("nothing, and a graphics card", () => {
    const backends = [
      { kind: "wasm", class: "a" },
      { kind: "wgsl", class: "intel-gen12" },
    ];
    expect(describeHost(null, backends).coprocessors).toBe("[WebGPU|intel-gen12|1|0MB|0]");
    expect(describeHost(null, "nonsense")).toMatchObject({ vendor: "Unknown", coprocessors: "" });
  });
});
