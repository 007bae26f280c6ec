import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import { DEFAULT_SETTINGS } from "../../supervisor/core/initial.ts";
import type { VolunteerSettings } from "../../supervisor/view.ts";
import type { Level } from "./run-log.ts";

/** What `npm run volunteer` can be told, on the command line or in a file: the settings that the browser's panel has. */

export interface Flags {
  readonly url: URL;
  readonly workers?: number;
  readonly share: number;
  readonly gpuShare?: number;
  readonly once: boolean;
  readonly patience: number;
  readonly identity?: string;
  readonly link?: string;
  readonly as: string;
  readonly gpu: boolean;
  readonly project: readonly string[];
  readonly quietHours?: { readonly fromMinute: number; readonly toMinute: number };
  readonly onBattery: "pause" | "continue";
  readonly minimumCharge: number;
  readonly downloadPerDay?: number;
  readonly storage: number;
  readonly config?: string;
  readonly logLevel: Level;
  readonly json: boolean;
}

/** A settings file that cannot be used, with what to do about it. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

/** Reads the arguments (without the program's own name), and the file that they name; what they say themselves counts more. */
export function readFlags(argv: readonly string[], pathOf: (typed: string) => string): Flags {
  const typed = createProgram().parse([...argv], { from: "user" });
  const { config } = typed.opts<Flags>();
  if (config === undefined) return typed.opts<Flags>();
  const given = (name: string): boolean => typed.getOptionValueSource(name) === "cli";
  const fromFile = argumentsOf(readConfig(pathOf(config)), { file: config, program: typed, given });
  return createProgram()
    .parse([...fromFile, ...argv], { from: "user" })
    .opts<Flags>();
}

export function settingsOf(flags: Flags, cores: number): VolunteerSettings {
  return {
    ...DEFAULT_SETTINGS,
    preset: "custom",
    cpuWorkers: flags.workers ?? cores,
    cpuShare: flags.share,
    gpuShare: flags.gpu ? (flags.gpuShare ?? flags.share) : 0,
    useGpu: flags.gpu,
    onBattery: flags.onBattery,
    minimumCharge: flags.minimumCharge,
    quietHours: flags.quietHours ?? null,
    downloadMegabytesPerDay: flags.downloadPerDay ?? null,
    storageMegabytes: flags.storage,
    name: flags.as,
    shares: flags.project.length === 0 ? null : Object.fromEntries(flags.project.map(projectShare)),
  };
}

function readConfig(path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new ConfigError(`The settings file ${path} cannot be read.`, { cause });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (cause) {
    throw new ConfigError(`The settings file ${path} is no JSON: ${(cause as Error).message}`, { cause });
  }
  throw new ConfigError(`The settings file ${path} must hold one JSON object, e.g. {"workers": 2, "gpu": false}.`);
}

interface FileContext {
  readonly file: string;
  readonly program: Command;
  given(name: string): boolean;
}

/** The file's settings as arguments, so that both are read and checked by the same words. */
function argumentsOf(config: Record<string, unknown>, { file, program, given }: FileContext): string[] {
  const known = program.options.filter((option) => !option.negate && option.attributeName() !== "config");
  return Object.entries(config).flatMap(([name, value]) => {
    const option = known.find((each) => each.attributeName() === name);
    if (option === undefined) {
      const names = known.map((each) => each.attributeName()).join(", ");
      throw new ConfigError(`${file} names "${name}", which is no setting. The settings are: ${names}.`);
    }
    if (given(name)) return [];
    const flag = option.long ?? "";
    if (typeof value === "boolean") return [value ? flag : flag.replace(/^--/, "--no-")];
    if (Array.isArray(value)) return [flag, ...value.map(String)];
    if (typeof value === "object" && value !== null)
      return [flag, ...Object.entries(value).map(([key, part]) => `${key}=${part}`)];
    return [flag, String(value)];
  });
}

function createProgram(): Command {
  return new Command()
    .name("npm run volunteer --")
    .description("Computes for the projects of a Quorate site, without a browser.")
    .option("--url <address>", "the site", address, new URL("http://localhost:3000"))
    .option("--as <name>", "volunteer as a user of this name, with an identity of its own", "")
    .option("--identity <folder>", "where the identity and unfinished work are kept (default: ~/.quorate/SITE/NAME)")
    .option("--link <code>", "join the account that made this code on its page; once is enough")
    .option("--workers <n>", "compute threads (default: one per core)", wholeNumber)
    .option("--share <part>", "part of the time that each thread computes, up to 1", share, 1)
    .option("--gpu", "use the GPU where npm package webgpu finds an adapter", true)
    .option("--no-gpu", "leave the GPU alone")
    .option("--gpu-share <part>", "part of the time that the GPU computes (default: as --share)", share)
    .option("--project <slug...>", "compute only for these projects; SLUG=SHARE gives each its share", projects, [])
    .option("--quiet-hours <from-to>", "compute nothing then, e.g. 22:00-07:00 (may run over midnight)", quietHours)
    .addOption(
      new Option("--on-battery <what>", "on battery, where the system tells")
        .choices(["pause", "continue"])
        .default("pause"),
    )
    .option("--minimum-charge <part>", "pause below this charge, 0 to 1", charge, 0)
    .option("--download-per-day <megabytes>", "fetch no more work beyond this (default: no limit)", megabytes)
    .option("--storage <megabytes>", "space for kernels and files, oldest dropped first", megabytes, 1000)
    .option("--config <file>", 'settings as JSON, named as here: {"workers": 2, "quietHours": "22:00-07:00"}')
    .option("--once", "one exchange: compute what it brings, report it, exit", false)
    .option("--no-once", "go on until stopped")
    .option("--patience <seconds>", "with --once: end when the server cannot be reached for this long", seconds, 60)
    .addOption(
      new Option("--log-level <level>", "least important lines to print")
        .choices(["debug", "info", "warn", "error"])
        .default("info"),
    )
    .option("--json", "print one JSON object per line", false)
    .option("--no-json", "print lines for people");
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 1024)
    throw new InvalidArgumentError("use a whole number from 1 to 1024");
  return value;
}

function share(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1)) throw new InvalidArgumentError("use a number above 0 and up to 1");
  return value;
}

function charge(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1)) throw new InvalidArgumentError("use a number from 0 to 1");
  return value;
}

function megabytes(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError("use a number of megabytes above 0");
  return value;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 86_400)) throw new InvalidArgumentError("use a number of seconds, up to a day");
  return value;
}

function quietHours(text: string): NonNullable<Flags["quietHours"]> {
  const [, ...parts] = /^([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  const [fromHour, fromMinute, toHour, toMinute] = parts.map(Number);
  if (fromHour === undefined || fromMinute === undefined || toHour === undefined || toMinute === undefined)
    throw new InvalidArgumentError("use two times of day, e.g. 22:00-07:00");
  return { fromMinute: fromHour * 60 + fromMinute, toMinute: toHour * 60 + toMinute };
}

function projects(text: string, before: readonly string[]): string[] {
  if (!(projectShare(text)[1] > 0)) throw new InvalidArgumentError("use SLUG or SLUG=SHARE with a share above 0");
  return [...before, text];
}

function projectShare(text: string): [string, number] {
  const [slug = "", part = "1"] = text.split("=", 2);
  return [slug, Number(part)];
}

function address(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new InvalidArgumentError("use an address such as http://localhost:3000");
  return url;
}
