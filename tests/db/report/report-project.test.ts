import { expect, it } from "vitest";
import { listReports, settleReport } from "../../../server/report/list-reports.ts";
import { reportProject } from "../../../server/report/report-project.ts";
import { withDatabase } from "../../support/with-database.ts";

const database = withDatabase();
const NOW = 1_700_000_000;
const open = { settled: false, beforeId: null, limit: 50 };

/** A network of its own for each test: reports are counted by network. */
let networks = 0;
const nextNetwork = () => `203.0.${++networks}.9`;

async function makeProject(slug: string): Promise<void> {
  await database.prisma.project.create({
    data: {
      slug,
      name: `Project ${slug}`,
      summary: "",
      description: "",
      organisation: "",
      createdSeconds: BigInt(NOW),
    },
  });
}

const send = (slug: string, part: Partial<Parameters<typeof reportProject>[1]> = {}) =>
  reportProject(database.pool, {
    slug,
    reason: "misleading",
    text: "It is not what it says.",
    email: "",
    address: nextNetwork(),
    nowSeconds: NOW,
    ...part,
  });

it("a report reaches the operator as it was written, without what could deceive him", async () => {
  await makeProject("reported");
  await send("reported", {
    text: "  first\r\nsecond\u202Edesrever\u0000\u200B\t<b>bold</b> ",
    email: " ada@example.org ",
  });
  expect(await listReports(database.pool, open)).toMatchObject([
    {
      projectSlug: "reported",
      projectName: "Project reported",
      reason: "misleading",
      text: "first\nseconddesrever\t<b>bold</b>",
      email: "ada@example.org",
      createdSeconds: NOW,
      settledSeconds: null,
    },
  ]);
});

it.each([
  [{ text: " \u200B\n" }, "Write what is wrong"],
  [{ text: "x".repeat(2_001) }, "at most 2000"],
  [{ email: "not an address" }, "not an e-mail address"],
  [{ slug: "no-such-project" }, "no such project"],
])("%o is refused with a sentence", async (part, sentence) => {
  await expect(send("reported", part)).rejects.toThrow(sentence);
});

it("one network cannot fill the list, and a whole network of IPv6 is one", async () => {
  for (let report = 0; report < 5; report += 1) await send("reported", { address: `2001:db8:7::${report}` });
  await expect(send("reported", { address: "2001:db8:7:9::1" })).rejects.toMatchObject({ code: "rate_limited" });
  await send("reported");
});

it("nor can many networks: a project keeps so many reports a day", async () => {
  await makeProject("flooded");
  await database.pool.query(
    `insert into project_report (project_id, reason, text, created_seconds)
     select id, 'other', 'x', $1 from project, generate_series(1, 199) where slug = 'flooded'`,
    [NOW],
  );
  await send("flooded");
  await expect(send("flooded")).rejects.toMatchObject({ code: "rate_limited" });
  await send("flooded", { nowSeconds: NOW + 86_400 });
});

it("a settled report leaves the open ones, once", async () => {
  await makeProject("settled");
  await send("settled");
  const [report] = await listReports(database.pool, open);
  const id = report?.id ?? 0;
  await settleReport(database.pool, { id, note: "The text was corrected.", nowSeconds: NOW + 5 });
  await expect(settleReport(database.pool, { id, note: "", nowSeconds: NOW + 6 })).rejects.toMatchObject({
    code: "conflict",
  });
  expect((await listReports(database.pool, open)).map((each) => each.id)).not.toContain(id);
  expect(await listReports(database.pool, { ...open, settled: true })).toMatchObject([
    { id, settledSeconds: NOW + 5, settledNote: "The text was corrected." },
  ]);
});
