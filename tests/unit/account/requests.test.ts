import { describe, expect, test } from "vitest";
import { describeAgent } from "../../../app/account/describe-agent.ts";
import { askedFrom } from "../../../server/account/asked-from.ts";
import { isCrossSite } from "../../../server/account/same-origin.ts";

describe("another site's page", () => {
  const host = "quorate.example";
  const from = (headers: Record<string, string>, method = "POST") => ({ method, headers: { host, ...headers } });

  test.each<[what: string, headers: Record<string, string>, crossSite: boolean]>([
    ["is known by Sec-Fetch-Site", { "sec-fetch-site": "cross-site" }, true],
    ["may be of the same site and still not be ours", { "sec-fetch-site": "same-site" }, true],
    ["ours says same-origin", { "sec-fetch-site": "same-origin", origin: "https://quorate.example" }, false],
    ["what a person typed says none", { "sec-fetch-site": "none" }, false],
    ["an old browser says Origin alone", { origin: "https://evil.example" }, true],
    ["with another port it is another site", { origin: "https://quorate.example:8443" }, true],
    ["one that hides says null", { origin: "null" }, true],
    ["ours in an old browser", { origin: "https://quorate.example" }, false],
    ["a program says nothing", {}, false],
    ["both must be right", { "sec-fetch-site": "none", origin: "https://evil.example" }, true],
  ])("%s", (_what, headers, crossSite) => {
    expect(isCrossSite(from(headers), undefined)).toBe(crossSite);
  });

  test("may link to us: reading changes nothing", () => {
    expect(isCrossSite(from({ "sec-fetch-site": "cross-site" }, "GET"), undefined)).toBe(false);
  });

  test("is measured by the address that visitors use, not by what the proxy makes of it", () => {
    const origin = "https://public.example";
    expect(isCrossSite(from({ origin }), "https://public.example")).toBe(false);
    expect(isCrossSite(from({ origin: `https://${host}` }), "https://public.example")).toBe(true);
  });
});

describe("what a mail needs of a request", () => {
  const request = (headers: Record<string, string>) => ({ headers: new Headers(headers) });

  test("speaks the language that was chosen, else the browser's, else English", () => {
    const language = (headers: Record<string, string>) => askedFrom({}, request(headers)).language;
    expect(language({ cookie: "a=b; locale=de", "accept-language": "en" })).toBe("de");
    expect(language({ "accept-language": "de-AT,en;q=0.5" })).toBe("de");
    expect(language({ "accept-language": "fr" })).toBe("en");
    expect(askedFrom({}, undefined).language).toBe("en");
  });

  test("leads where the operator says, whatever host a request names", () => {
    const asked = request({ host: "evil.example" });
    const settings = { PUBLIC_URL: "https://quorate.example" };
    expect(askedFrom(settings, asked).link("/sign-in")).toBe("https://quorate.example/sign-in");
    expect(askedFrom({}, asked).link("/sign-in")).toBe("http://evil.example/sign-in");
  });
});

test.each([
  ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"],
  ["Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari, iOS"],
  ["", null],
])("a browser is called by its name: %s", (agent, name) => {
  expect(describeAgent(agent)).toBe(name);
});
