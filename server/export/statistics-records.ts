import { createHash } from "node:crypto";
import { describeHost } from "./describe-host.ts";
import { element } from "./xml-text.ts";

/**
 * Records of BOINC's statistics files, with the elements and in the order in which its own export writes them
 * (sched/db_dump.cpp: write_user, write_host, write_team, tables_file). Times are seconds since 1970; credit is in cobblestones;
 * expavg_credit is what it was at expavg_time and halves every seven days after that.
 */

export type Credit = {
  /** Micro-cobblestones; a decimal string, as it may pass 2^53. */
  totalMicro: string;
  recentAverage: number;
  recentAverageSeconds: number;
};

export type UserRecord = Credit & {
  id: number;
  /** Chosen; null: none. */
  name: string | null;
  createdSeconds: number;
  internalCpid: string;
  /** Null: signed up without one. */
  email: string | null;
  /** ISO 3166-1 alpha-2. */
  country: string | null;
  url: string | null;
  teamId: number | null;
};

export type HostRecord = Credit & {
  id: number;
  userId: number;
  internalCpid: string;
  userAgent: string | null;
  backends: unknown;
  createdSeconds: number;
  lastSeenSeconds: number;
  cores: number;
  memoryBytes: number | null;
};

export type TeamRecord = Credit & {
  id: number;
  name: string;
  description: string;
  createdSeconds: number;
  /** 0 and null where the founder does not want to be listed. */
  founderId: number;
  founderName: string | null;
};

export function userElement(user: UserRecord): string {
  return [
    "<user>\n",
    element("id", user.id),
    element("name", publicName(user.id, user.name)),
    element("create_time", user.createdSeconds),
    creditElements(user),
    element("cpid", externalCpid(user.internalCpid, user.email)),
    user.country === null ? "" : element("country", countryName(user.country)),
    user.url === null ? "" : element("url", user.url),
    user.teamId === null ? "" : element("teamid", user.teamId),
    "</user>\n",
  ].join("");
}

export function hostElement(host: HostRecord): string {
  const { vendor, model, osName, osVersion, coprocessors } = describeHost(host.userAgent, host.backends);
  return [
    "<host>\n",
    element("id", host.id),
    element("userid", host.userId),
    creditElements(host),
    element("p_vendor", vendor),
    element("p_model", model),
    element("os_name", osName),
    element("os_version", osVersion),
    coprocessors === "" ? "" : element("coprocs", coprocessors),
    element("create_time", host.createdSeconds),
    element("rpc_time", host.lastSeenSeconds),
    element("timezone", 0),
    element("ncpus", host.cores),
    // Never measured by a browser; BOINC writes 0 too where it does not know.
    ...["p_fpops", "p_iops", "p_membw"].map((name) => element(name, "0.000000")),
    element("m_nbytes", `${host.memoryBytes ?? 0}.000000`),
    ...["m_cache", "m_swap", "d_total", "d_free", "n_bwup", "n_bwdown", "avg_turnaround", "credit_per_cpu_sec"].map(
      (name) => element(name, "0.000000"),
    ),
    element("host_cpid", md5(`${host.internalCpid}host${host.id}`)),
    "</host>\n",
  ].join("");
}

/** BOINC's number for a team of no particular kind. */
const TEAM_TYPE_NONE = 1;

export function teamElement(team: TeamRecord): string {
  return [
    "<team>\n",
    element("id", team.id),
    element("type", TEAM_TYPE_NONE),
    element("name", team.name),
    element("userid", team.founderId),
    creditElements(team),
    team.founderName === null ? "" : element("founder_name", team.founderName),
    element("create_time", team.createdSeconds),
    team.description === "" ? "" : element("description", team.description),
    element("country", "International"),
    "</team>\n",
  ].join("");
}

export type Totals = {
  updatedSeconds: number;
  users: number;
  teams: number;
  hosts: number;
  totalMicro: string;
  applications: readonly string[];
};

/** tables.xml: what there is, and when it was written. */
export function tablesDocument(totals: Totals): string {
  const applications = totals.applications.map(
    (name) => `        <application>\n        ${element("name", name)}        </application>\n`,
  );
  return [
    XML_HEAD,
    "<tables>\n",
    element("update_time", totals.updatedSeconds),
    element("nusers_total", totals.users),
    element("nteams_total", totals.teams),
    element("nhosts_total", totals.hosts),
    element("total_credit", cobblestones(totals.totalMicro)),
    "    <applications>\n",
    ...applications,
    "    </applications>\n",
    "    <badges>\n    </badges>\n",
    "</tables>\n",
  ].join("");
}

/** As BOINC's files begin. They are pure ASCII, which every encoding reads the same. */
export const XML_HEAD = '<?xml version="1.0" encoding="ISO-8859-1"?>\n';

function creditElements({ totalMicro, recentAverage, recentAverageSeconds }: Credit): string {
  return [
    element("total_credit", cobblestones(totalMicro)),
    element("expavg_credit", recentAverage.toFixed(6)),
    element("expavg_time", `${recentAverageSeconds}.000000`),
  ].join("");
}

/** Six decimals, exactly. */
export function cobblestones(micro: string): string {
  const value = BigInt(micro);
  const digits = (value < 0n ? -value : value).toString().padStart(7, "0");
  return `${value < 0n ? "-" : ""}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

/**
 * The cross-project id that others see: MD5 of the internal one followed by the e-mail address, as in BOINC, so that nobody
 * can claim another's credit by knowing the address alone. It is no secret and protects none: MD5 is the format's choice.
 */
export function externalCpid(internalCpid: string, email: string | null): string {
  return md5(internalCpid + (email ?? "").toLowerCase());
}

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}

export function publicName(id: number, name: string | null): string {
  return name ?? `Volunteer ${id}`;
}

const countries = new Intl.DisplayNames("en", { type: "region", fallback: "code" });

function countryName(code: string): string {
  return countries.of(code) ?? code;
}
