import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { inProject } from "../../server/paths.ts";
import { type CommandResult, runTimelineCommand } from "./run-timeline-command.ts";

const FOLDER = "tests/timelines";
const files = readdirSync(inProject(FOLDER)).filter((file) => file.endsWith(".timeline"));

/** What a file calls itself; it must say which rule, table row or requirement it shows. */
function nameOf(file: string): string {
  return /^name: (.*)$/m.exec(readFileSync(inProject(join(FOLDER, file)), "utf8"))?.[1] ?? file;
}

describe("timelines on PostgreSQL, through the production use cases", () => {
  let result: CommandResult;
  beforeAll(async () => {
    result = await runTimelineCommand(
      inject("postgresUrl"),
      files.map((file) => join(FOLDER, file)),
    );
  }, 120_000);

  it.each(files)("%s", (file) => {
    expect(result.lines).toContain(`ok ${nameOf(file)}`);
  });

  it("[R003.22][R003.27][R003.30] prints one line a file and ends with 0 when all are right", () => {
    expect({ status: result.status, lines: result.lines.length, errors: result.errors }).toEqual({
      status: 0,
      lines: files.length,
      errors: "",
    });
  });
});

describe("the timeline command", () => {
  const folder = mkdtempSync(join(tmpdir(), "timelines-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const run = (...args: string[]) => runTimelineCommand(inject("postgresUrl"), args);

  it("says where and how a file fails, and exits with 1", async () => {
    const file = write(
      "wrong.timeline",
      "name: wrong\nwu: q=1\nhosts: A\n- send A = 0\n- report A 0 X\n- expect canon=none\n",
    );
    expect(await run(file)).toMatchObject({ status: 1, lines: ["FAIL wrong: line 6: canon: expected none, is 0"] });
  });

  it("says what a send handed out instead", async () => {
    const file = write("send.timeline", "name: send\nwu: q=1\nhosts: A\n- send A = none\n");
    expect(await run(file)).toMatchObject({ status: 1, lines: ["FAIL send: line 4: send: expected none, is 0"] });
  });

  it("names the line of a malformed file, runs the others, and exits with 2", async () => {
    const bad = write("bad.timeline", "name: bad\nhosts: A\nwu: q=1\n- dance A\n");
    const back = write("back.timeline", "name: back\nhosts: A\nwu: q=1\n- at 5 send A = 0\n- at 4 settle\n");
    const stranger = write("stranger.timeline", "name: stranger\nhosts: A\nwu: q=1\n- send B = 0\n");
    const nobody = write("nobody.timeline", "name: nobody\nhosts: A\nwu: q=1\n- report A 7 X\n");
    const good = write("good.timeline", "name: good\nhosts: A\nwu: q=1\n- send A = 0\n");
    const { status, lines } = await run(bad, back, stranger, nobody, good);
    expect(status).toBe(2);
    expect(lines.map((line) => line.replace(/^(ERROR .*: line \d+: ).*$/, "$1"))).toEqual([
      `ERROR ${bad}: line 4: `,
      `ERROR ${back}: line 5: `,
      `ERROR ${stranger}: line 4: `,
      `ERROR ${nobody}: line 4: `,
      "ok good",
    ]);
  });

  it("traces every executed step as one JSON object", async () => {
    const file = write(
      "trace.timeline",
      "name: trace\nhosts: A\nwu: q=1\n- at 3 send A = 0\n- at 7 report A 0 X\n- expect canon=0\n",
    );
    const { status, lines } = await run("--trace", file);
    expect(status).toBe(0);
    const steps = lines.map((line) => JSON.parse(line) as unknown);
    expect(steps).toHaveLength(3);
    expect(steps[1]).toEqual({
      file,
      line: 5,
      step: "at 7 report A 0 X",
      nowSeconds: 7,
      failed: [],
      state: {
        canon: 0,
        err: [],
        asm: "ready",
        q: 1,
        target: 1,
        n: 1,
        files: "kept",
        results: [{ state: "OVER", outcome: "ok", validation: "VALID", credit: 1.5 }],
        cv: { A: 0 },
        sent: null,
      },
    });
  });
});
