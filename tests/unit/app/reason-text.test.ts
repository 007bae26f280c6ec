import { type ComponentType, createElement, type ReactNode } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it, test } from "vitest";
import { JUDGE_REASONS } from "../../../server/core/replication/types.ts";
import type { Malformation, Reason } from "../../../server/core/wire/reason.ts";
import { MALFORMATIONS, REASONS } from "../../../server/core/wire/reason.ts";
import type { WorkunitStory } from "../../../server/evidence/get-workunit-story.ts";
import { inProject } from "../../../server/paths.ts";
import { KERNEL_ERROR_CODES } from "../../../worker/compute/kernel-error.ts";
import type { PassedOver } from "../../../worker/page/compute-here.ts";
import { MALFORMATIONS_SAID, REASONS_SAID } from "../../support/sample-reasons.ts";

/** Why answers differ and outputs are turned away, as pages say it. */

// The page's own realm is compiled with other libraries than tests are.
type Provider = ComponentType<{ locale: string; messages: object; timeZone: string; now: Date; children?: ReactNode }>;
const load = async <T>(path: string) => (await import(inProject(path))) as T;
const { NextIntlClientProvider } = (await import("next-intl")) as unknown as { NextIntlClientProvider: Provider };
const { Why } = await load<{ Why: ComponentType<{ why: Reason }> }>("app/components/why.tsx");
const { FailureText } = await load<{
  FailureText: ComponentType<{ failure: { what: string; reason: string; code: string } }>;
}>("app/components/here/failure-text.tsx");
const { PassedOverText } = await load<{ PassedOverText: ComponentType<{ passedOver: PassedOver }> }>(
  "app/components/here/passed-over.tsx",
);
const { exactText } = await load<{ exactText(value: number | string, locale: string): string }>(
  "app/lib/reason-text.ts",
);
const { useFaultText } = await load<{ useFaultText(): { problem(sentence: string, why?: Reason): { text: string } } }>(
  "app/lib/fault-text.ts",
);
const { Verdicts } = await load<{ Verdicts: ComponentType<{ story: WorkunitStory }> }>(
  "app/workunits/[id]/evidence-view.tsx",
);
const { StoryTable } = await load<{ StoryTable: ComponentType<{ results: WorkunitStory["results"] }> }>(
  "app/workunits/[id]/story-table.tsx",
);
const { Failures } = await load<{
  Failures: ComponentType<{ batchId: number; details: object; mayReadData: boolean }>;
}>("app/batches/[id]/failures.tsx");
type Group = Record<string, string>;
type Messages = { reason: { why: Group; malformed: Group; device: Group }; workunit: { reason: Group } };
const MESSAGES = {
  en: (await load<{ default: Messages }>("app/messages/en.ts")).default,
  de: (await load<{ default: Messages }>("app/messages/de.ts")).default,
};
type Locale = keyof typeof MESSAGES;

function htmlOf(locale: Locale, child: ReactNode): string {
  const given = { locale, messages: MESSAGES[locale], timeZone: "UTC", now: new Date(1_000_000) };
  return renderToStaticMarkup(createElement(NextIntlClientProvider, given, child));
}
const said = (locale: Locale, why: Reason) => htmlOf(locale, createElement(Why, { why }));
/** What remains of a page without what is marked as English. */
const unmarked = (html: string) =>
  html.replaceAll(/<span lang="en"[^>]*>.*?<\/span>/gs, "").replaceAll(/<[^>]+>/g, " ");
/** Words that every English sentence here has one of, and no German one. */
const ENGLISH =
  /\b(the|and|of|has|have|are|it|its|no|not|said|gave|could|did|ended|differ|every|named?|same|other|audit|bytes long|probability)\b/i;

const Problem = () =>
  useFaultText().problem("it rejects the known answer of small: verify said no", REASONS_SAID.said_no[0]).text;

const samples = Object.values(REASONS_SAID).map(([reason]): Reason => reason);
const malformed = Object.values(MALFORMATIONS_SAID).map(([how]): Malformation => how);
const everything: Reason[] = [...samples, ...malformed.map((how) => ({ code: "output_malformed", how }) as const)];

describe.each(["en", "de"] as const)("the sentences in %s", (locale) => {
  const { reason, workunit } = MESSAGES[locale];

  test("are there for each code, and for none that there is not", () => {
    expect(Object.keys(reason.why)).toEqual(Object.keys(REASONS));
    expect(Object.keys(reason.malformed)).toEqual(Object.keys(MALFORMATIONS));
    expect(Object.keys(workunit.reason).sort()).toEqual([...JUDGE_REASONS].sort());
    const ofServer = ["output_malformed", "files_unusable", "output_refused"];
    expect(Object.keys(reason.device).sort()).toEqual([...KERNEL_ERROR_CODES, ...ofServer].sort());
  });

  it.each(everything.map((why) => [`${why.code} ${"how" in why ? why.how.code : ""}`, why] as const))(
    "say %s with all that it names",
    (_, why) => {
      const text = said(locale, why);
      expect(text).not.toBe("");
      expect(text).not.toMatch(/reason\.|[{}]|undefined|\[object/);
      for (const value of namesIn(why)) expect(text).toContain(value);
    },
  );
});

/** What must be found again in the sentence: names of fields, values, what an engine said. */
function namesIn(why: Reason): string[] {
  const { field, said: words, wanted } = { ...why, ...("how" in why ? why.how : {}) } as Record<string, unknown>;
  return [field, words, wanted].filter((one) => typeof one === "string");
}

describe("in German", () => {
  it.each(everything.map((why) => [why.code, why] as const))(
    "%s has no English but an engine's own words",
    (_, why) => {
      expect(unmarked(said("de", why))).not.toMatch(ENGLISH);
      // It can be seen where it is: in the sentence of the English pages, or what an engine said there.
      if (!["samples_agree", "output_too_large", "cell_type"].includes(why.code)) {
        expect(said("en", why)).not.toBe(said("de", why));
      }
    },
  );

  test.each([
    ["lengths_differ", "die Antworten sind 1.024 und 7 Bytes lang"],
    ["value_apart", "energy: 1,251 und -∞ liegen weiter auseinander, als das Programm erlaubt"],
    ["record_apart", "x in Datensatz 12: NaN und 1e-7 liegen weiter auseinander, als das Programm erlaubt"],
    ["estimates_apart", "energy: 1,5 und 2,5 liegen 3,1 Standardfehler auseinander"],
    ["samples_apart", "ein Kolmogorow-Smirnow-Abstand von 0,75 hat eine Wahrscheinlichkeit von nur 1,23e-8"],
    [
      "outputs_malformed",
      "die erste Antwort hat nicht den angegebenen Aufbau: der Text enthält Bytes, die weder druckbares ASCII noch Zeilenwechsel sind; die zweite auch nicht: Zeile 1.234 hat 1 Zelle",
    ],
    ["no_answer", "der Vergleich des Projekts hat nicht innerhalb von 0,3 s geantwortet"],
    ["error_code", "die Prüfung des Projekts gab den eigenen Fehlercode -3"],
  ] as const)("%s reads well", (code, sentence) => {
    expect(said("de", REASONS_SAID[code][0])).toBe(sentence);
  });

  test("an engine's own words are marked as English and come to nothing as HTML", () => {
    const why = { ...REASONS_SAID.module_failed[0], said: "<script>alert(1)</script> {x}" };
    expect(said("de", why)).toBe(
      'die Prüfung des Projekts ist abgestürzt: <span lang="en" class="wrap-anywhere">&lt;script&gt;alert(1)&lt;/script&gt; {x}</span>',
    );
  });

  test("what a computation in this tab failed of is said by its code, and the engine's own words are marked", () => {
    const failure = { what: "kernel", code: "trapped", reason: "unreachable" };
    expect(htmlOf("de", createElement(FailureText, { failure }))).toBe(
      'Es ließ sich hier nicht berechnen: Das Programm ist abgestürzt. Das Gerät sagt dazu: „<span lang="en" class="wrap-anywhere">unreachable</span>“',
    );
    const passedOver = { why: "wrong", reason: REASONS_SAID.byte_differs[0] } as const;
    expect(unmarked(htmlOf("de", createElement(PassedOverText, { passedOver })))).toContain(
      "Die Grafikkarte hat das Beispiel des Programms falsch berechnet: die Antworten sind verschieden, zuerst in Byte 2",
    );
  });

  test("what the checker of packages found ends in German too", () => {
    expect(htmlOf("de", createElement(Problem))).toMatch(/small.*: die Prüfung des Projekts sagt nein$/);
  });
});

test("numbers keep all their digits, with the language's own point", () => {
  expect(exactText(1.251, "de")).toBe("1,251");
  expect(exactText(0.1 + 0.2, "en")).toBe("0.30000000000000004");
  expect(exactText(-1.5e-300, "de")).toBe("-1,5e-300");
  expect(exactText("-Infinity", "de")).toBe("-∞");
});

describe("the page of a workunit that failed", () => {
  const result: WorkunitStory["results"][number] = {
    ...{
      number: 0,
      isCanonical: false,
      state: "over",
      outcome: "ok",
      validation: "inconclusive",
      reason: "no_consensus",
    },
    ...{ userName: "Ada", userId: 1, backend: "wasm", deviceClass: null, createdSeconds: 1, sentSeconds: 2 },
    ...{ reportedSeconds: 3, elapsedMs: 4, outputSha256: null, creditMicro: null, errorCode: null, errorMessage: null },
    ...{ why: null, takenBackSeconds: null },
  };
  const verdict = { agree: false, reason: "the outputs differ", decidedSeconds: 3 };
  const story = (kept: { reason: string | null; why: Reason | null }[]) =>
    ({
      evidence: {
        ...{ accepted: null, failure: null, verifications: [] },
        comparisons: kept.map((one, b) => ({ ...verdict, ...one, a: 0, b: b + 1 })),
      },
    }) as unknown as WorkunitStory;
  const verdicts = (locale: Locale, kept: { reason: string | null; why: Reason | null }[]) =>
    htmlOf(locale, createElement(Verdicts, { story: story(kept) }));
  const table = (locale: Locale, results: WorkunitStory["results"]) =>
    htmlOf(locale, createElement(StoryTable, { results }));

  test("has no English reason in German, whatever the answers differed in", () => {
    const kept = samples.map((why) => ({ why, reason: REASONS_SAID[why.code][1] }));
    const html = verdicts("de", kept);
    expect(unmarked(html)).not.toMatch(ENGLISH);
    for (const [index, why] of samples.entries()) {
      expect(html).toContain(said("de", why));
      const english = kept[index]?.reason ?? "";
      if (!("said" in why)) expect(unmarked(html)).not.toContain(english);
    }
    expect(unmarked(verdicts("en", kept))).toMatch(ENGLISH);
  });

  test("shows what was kept before reasons had codes as it is, marked as English and as text", () => {
    const html = verdicts("de", [{ why: null, reason: "the outputs differ at byte <b>2</b>" }]);
    expect(html).toContain(
      '<span lang="en" class="wrap-anywhere">the outputs differ at byte &lt;b&gt;2&lt;/b&gt;</span>',
    );
    expect(verdicts("de", [{ why: null, reason: null }])).toContain(">–<");
  });

  test("says in German why an answer was not taken and what a device failed of; its own words stay its own", () => {
    const how = { code: "cell_type", line: 2, field: "score", type: "integer" } as const;
    const results = [
      { ...result, outcome: "valerr", errorCode: "output_malformed", why: { code: "output_malformed", how } as const },
      { ...result, number: 1, outcome: "err", errorCode: "trapped", errorMessage: "the module trapped <b>here</b>" },
      { ...result, number: 2, outcome: "err", errorCode: "hung", errorMessage: '{"code":"bytes_equal"}' },
      { ...result, number: 3, outcome: "valerr", errorCode: "output_malformed", errorMessage: "line 2 has 3 cells" },
      { ...result, number: 4 },
      { ...result, number: 5, reason: "verify_missing" },
    ];
    const html = table("de", results);
    expect(html).toContain("Der Server hat sie nicht angenommen: Zeile 2: score ist keine ganze Zahl.");
    expect(html).toContain("Das Programm ist abgestürzt. Das Gerät sagt dazu: „<span");
    expect(html).toContain("the module trapped &lt;b&gt;here&lt;/b&gt;</span>“");
    expect(html).toContain("Das Programm kam zu lange nicht voran. Das Gerät");
    expect(html).toContain("Die bisherigen Antworten stimmten nicht überein.");
    expect(html).toContain("Eine Prüfung des Projekts gibt es nicht.");
    expect(unmarked(html)).not.toMatch(ENGLISH);
    expect(table("en", results)).toContain("The server did not take it: line 2: score is no whole number.");
  });

  test.each(["constructor", "__proto__", "nobody_knows"])(
    "shows a code of a device that is no word of ours as it is: %s",
    (code) => {
      for (const locale of ["en", "de"] as const) {
        const html = table(locale, [{ ...result, outcome: "err", errorCode: code, errorMessage: "" }]);
        expect(html).toContain(`>${code}</td>`);
        const resultErrors = [{ code, results: 1 }];
        const details = { succeeded: 0, errors: 1, disagreed: 0, failures: [], resultErrors };
        const failures = htmlOf(locale, createElement(Failures, { batchId: 1, details, mayReadData: false }));
        expect(failures).toContain(`>${code}</span>`);
        expect(html + failures).not.toContain(`.${code}`);
      }
    },
  );
});
