import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Command } from "commander";
import { withSite } from "../../server/cli/with-site.ts";
import { freePort } from "../../server/database/embedded/cluster.ts";
import { inProject } from "../../server/paths.ts";
import { type Headless, startHeadless } from "../support/headless.ts";
import { createBrowserVolunteer } from "./browser-volunteer.ts";
import { complaintsAbout, type Findings, findingsOf } from "./findings.ts";
import { type Cast, MOMENTS } from "./moments.ts";
import { createSoakSite } from "./site.ts";

/**
 * `npm run soak`: the example projects with two browsers (with WebGPU and without) and two headless volunteers for half an
 * hour, with reloads, deaths and silences in between. Then: how every workunit ended, the ledger, memory, what consoles said.
 */

const SAMPLE_EVERY_MS = 60_000;
const PICTURE_EVERY_SAMPLES = 5;
/** Memory of a tab or server that only grows by less is noise of the collector and of the kernels' own memory. */
const LEAK_MIB = 150;

interface Sample {
  readonly minute: number;
  readonly ada: { tabs: number; gpu: number; all: number };
  readonly ben: { tabs: number; gpu: number; all: number };
  readonly headless: number;
  readonly server: number;
  readonly database: number;
}

const program = new Command()
  .name("npm run soak --")
  .description(
    "Half an hour of several volunteers on the example projects, with things going wrong. Linux with Chromium.",
  )
  .option("--minutes <n>", "how long", Number, 36)
  .option("--data <folder>", "the site's data, kept afterwards; a folder of an earlier run goes on", ".data/soak")
  .option("--out <folder>", "pictures, logs and figures", ".build/soak");
const flags = program.parse().opts<{ minutes: number; data: string; out: string }>();
const absolute = (folder: string) => (isAbsolute(folder) ? folder : inProject(folder));
const dataFolder = absolute(flags.data);
const out = absolute(flags.out);

async function main(): Promise<number> {
  for (const folder of [dataFolder, out]) mkdirSync(folder, { recursive: true });
  const began = Date.now();
  const minuteNow = () => (Date.now() - began) / 60_000;
  const say = (text: string) => {
    const line = `${minuteNow().toFixed(1).padStart(5)} min  ${text}`;
    console.log(line);
    appendFileSync(join(out, "soak.log"), `${line}\n`);
  };
  const trouble: { minute: number; who: string; text: string }[] = [];
  const troubled = (who: string) => (text: string) => {
    trouble.push({ minute: minuteNow(), who, text });
    appendFileSync(join(out, "consoles.log"), `${minuteNow().toFixed(2)} ${who} ${text}\n`);
  };

  const site = createSoakSite({ port: await freePort(), dataFolder, logFile: join(out, "server.log") });
  say("starting the site");
  await site.start();
  const headless = new Map<string, Headless>();
  const logs: string[] = [];
  const begin = (name: string) => {
    const one = startHeadless({ url: site.url, identity: join(out, "identity", name), name });
    headless.set(name, one);
    one.child.once("exit", () => logs.push(one.output()));
  };
  const ada = createBrowserVolunteer({
    name: "ada",
    url: site.url,
    profile: join(out, "profile-ada"),
    gpu: true,
    viewport: { width: 1280, height: 900 },
    onTrouble: troubled("ada"),
  });
  const ben = createBrowserVolunteer({
    name: "ben",
    url: site.url,
    profile: join(out, "profile-ben"),
    gpu: false,
    viewport: { width: 390, height: 844 },
    onTrouble: troubled("ben"),
  });
  const cast: Cast = {
    site,
    ada,
    ben,
    killHeadless: async () => headless.get("dora")?.kill(),
    stopHeadless: async () => void (await headless.get("dora")?.stop()),
    startHeadless: () => begin("dora"),
  };
  for (const name of ["dora", "emil"]) begin(name);
  await Promise.all([ada.begin(), ben.begin()]);
  say("everybody has started");

  const samples: Sample[] = [];
  const pending = [...MOMENTS];
  const failures: string[] = [];
  while (minuteNow() < flags.minutes) {
    const { server, database } = await site.memory();
    const emil = headless.get("emil")?.child.pid ?? 0;
    const { memoryMib } = await import("./processes.ts");
    samples.push({
      minute: minuteNow(),
      ada: await ada.memory(),
      ben: await ben.memory(),
      headless: await memoryMib(emil),
      server,
      database,
    });
    for (const person of [ada, ben]) {
      const says = await person.says().catch((error: unknown) => `cannot be asked: ${String(error).slice(0, 200)}`);
      say(`${person.name} ${says}`);
      if (samples.length % PICTURE_EVERY_SAMPLES === 1) {
        const path = join(out, `${person.name}-${String(Math.round(minuteNow())).padStart(2, "0")}.png`);
        await person
          .page()
          .screenshot({ path, fullPage: true })
          .catch(troubled(`${person.name} (picture)`));
      }
    }
    const next = pending[0];
    if (next !== undefined && minuteNow() >= next.at * flags.minutes) {
      pending.shift();
      say(`>>> ${next.name}`);
      try {
        await next.happen(cast);
        say("<<< over");
      } catch (error) {
        failures.push(`${next.name}: ${String(error).slice(0, 500)}`);
        say(`<<< FAILED ${String(error).slice(0, 500)}`);
      }
    }
    await delay(SAMPLE_EVERY_MS / 2);
  }

  say("everybody stops");
  for (const person of [ada, ben]) {
    await person.page().screenshot({ path: join(out, `${person.name}-end.png`), fullPage: true });
    await person.page().getByTestId("stop").click();
    await person.page().getByTestId("start").waitFor();
    await person.close();
  }
  for (const one of headless.values()) await one.stop();
  // What finished last is compared by the server in the background.
  await delay(20_000);
  process.env["DATA_FOLDER"] = dataFolder;
  let findings: Findings | undefined;
  await withSite(async ({ pool }) => {
    findings = await findingsOf(pool);
    return 0;
  });
  const ledger = spawnSync(process.execPath, [inProject("server/cli/ledger-check.ts")], { encoding: "utf8" });
  await site.stop();
  if (findings === undefined) throw new Error("the database could not be asked");
  const leaks = growth(samples);
  const complaints = [
    ...failures,
    ...pending.map(({ name }) => `did not happen: ${name}`),
    ...complaintsAbout(findings),
    ...(ledger.status === 0 ? [] : [`the ledger: ${ledger.stdout}${ledger.stderr}`]),
    ...leaks
      .filter(({ grownMib }) => grownMib > LEAK_MIB)
      .map(({ what, grownMib }) => `${what} grew by ${grownMib} MiB`),
  ];
  writeFileSync(join(out, "headless.log"), logs.join("\n"));
  const report = { minutes: minuteNow(), findings, ledger: ledger.stdout.trim(), leaks, samples, trouble, complaints };
  writeFileSync(join(out, "report.json"), JSON.stringify(report, null, 2));
  for (const name of ["people", "workunits", "results", "backends", "disagreements"] as const) {
    console.log(`\n${name}`);
    console.table(findings[name]);
  }
  console.log(`\n${findings.confirmed} workunits confirmed. Ledger: ${ledger.stdout.trim()}`);
  console.table(leaks);
  console.log(`${trouble.length} errors and warnings in consoles (${join(out, "consoles.log")})`);
  for (const complaint of complaints) console.log(`NOT RIGHT: ${complaint}`);
  return complaints.length === 0 ? 0 : 1;
}

/** What stayed open all the time: median of its memory early in the run and at its end, in MiB. */
function growth(samples: readonly Sample[]): { what: string; earlyMib: number; lateMib: number; grownMib: number }[] {
  const part = Math.max(1, Math.floor(samples.length / 6));
  const parts = { early: samples.slice(part, 2 * part), late: samples.slice(-part) };
  const kinds: [string, (sample: Sample) => number][] = [
    ["tab without WebGPU", ({ ben }) => ben.tabs],
    ["headless volunteer", ({ headless }) => headless],
    ["server (started anew in between)", ({ server }) => server],
    ["PostgreSQL", ({ database }) => database],
  ];
  return kinds.map(([what, of]) => {
    const [early, late] = [median(parts.early.map(of)), median(parts.late.map(of))];
    return { what, earlyMib: Math.round(early), lateMib: Math.round(late), grownMib: Math.round(late - early) };
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

// Prisma's schema engine keeps a timer: the process ends itself.
process.exit(await main());
