import {
  type ExchangeResponse,
  type Lease,
  type ParsedExchangeRequest,
  PROTOCOL_VERSION,
} from "../core/wire/exchange.ts";
import type { Deps } from "../deps.ts";
import { type ExchangingHost, loadStandings, roomFor, type StandingNow } from "../host/asking-host.ts";
import { seeHost } from "../host/authenticate.ts";
import { outdated } from "../host/open-session.ts";
import { checkReports, findReported } from "../result/check-report.ts";
import { claimResults } from "../result/claim-results.ts";
import { recordReports } from "../result/record-reports.ts";
import { type HeldResult, listHeld, listParked, renewLeases } from "../result/renew-leases.ts";
import { inOneRoundTrip } from "../sql/transaction.ts";
import { VERSION } from "../version.ts";
import { settleWorkunits } from "../workunit/settle-workunits.ts";
import { callAgainAfter } from "./call-again.ts";
import { chooseVersions } from "./choose-versions.ts";
import { noteHandedOut } from "./flops-last-day.ts";
import { leasesOf, leasesOfClaimed } from "./leases-of.ts";
import { listFates } from "./list-fates.ts";
import { reasonForNothing } from "./no-work.ts";
import { toAbort } from "./to-abort.ts";
import { usersOnline } from "./users-online.ts";

export type ExchangeArgs = {
  /** Authenticated. */
  hostId: number;
  /** Network address; null when there is none to know. */
  address: string | null;
  request: ParsedExchangeRequest;
};

/**
 * One call of a volunteer's client: reports are taken, leases renewed, lost ones given again, new results handed out.
 * Everything in it may be said again after a lost answer: reports change nothing the second time, and what was handed out
 * comes again as a lease this client does not know of.
 * @throws {Refusal}
 */
export async function exchange(deps: Deps, args: ExchangeArgs, nowSeconds: number): Promise<ExchangeResponse> {
  const { request, hostId } = args;
  if (request.protocol !== PROTOCOL_VERSION) throw outdated();
  const [host, stored, parked] = await inOneRoundTrip(deps, (client) => [
    seeHost(deps, client, { hostId, address: args.address, device: request.device }, nowSeconds),
    findReported(client, request.reports),
    listParked(client, hostId),
  ]);
  const checked = await checkReports(deps, { userId: host.userId, reports: request.reports, stored });
  const acknowledgements = await recordReports(deps, { userId: host.userId, reports: checked }, nowSeconds);
  const seen = await lookAgain(deps, { host, request }, nowSeconds);
  const goesOn = request.want.backends.length > 0;
  if (seen.held.length > 0) await renewLeases(deps, { hostId, parked: goesOn ? parked : [] }, nowSeconds);

  const claim = await handOut(deps, { host, request, seen }, nowSeconds);
  const isShort = claim.leases.length < request.want.results;
  return {
    acknowledgements,
    leases: claim.leases,
    abort: seen.abort,
    callAgainSeconds: callAgainAfter(claim.leases, claim.reason?.code),
    ...(isShort && claim.reason !== undefined ? { reason: claim.reason } : {}),
    fates: seen.fates,
    usersOnline: await usersOnline(deps, nowSeconds),
    serverVersion: VERSION,
  };
}

type Asking = { host: ExchangingHost; request: ParsedExchangeRequest };
/** How things stand for the host once its reports are taken. */
type Seen = {
  held: HeldResult[];
  standing: (appVersionId: number) => StandingNow;
  fates: ExchangeResponse["fates"];
  abort: string[];
};

async function lookAgain(deps: Deps, asking: Asking, nowSeconds: number): Promise<Seen> {
  const seen = await look(deps, asking, nowSeconds);
  const over = seen.held.filter((result) => isOver(result, nowSeconds));
  if (over.length === 0) return seen;
  // What ran out is ended first, whether or not the sweeper has come by.
  await settleWorkunits(
    deps,
    over.map((result) => result.workunitId),
    nowSeconds,
  );
  const after = await look(deps, asking, nowSeconds);
  return { ...after, held: after.held.filter((result) => !isOver(result, nowSeconds)) };
}

async function look(deps: Deps, { host, request }: Asking, nowSeconds: number): Promise<Seen> {
  const [held, standing, fates, abort] = await inOneRoundTrip(deps, (client) => [
    listHeld(client, host.id),
    loadStandings(deps, client, host.id, nowSeconds),
    listFates(client, host.id),
    toAbort(client, { userId: host.userId, holds: request.holds }),
  ]);
  return { held, standing, fates, abort };
}

function isOver({ deadlineSeconds, leaseEndSeconds }: HeldResult, nowSeconds: number): boolean {
  return nowSeconds > deadlineSeconds || (leaseEndSeconds !== null && nowSeconds > leaseEndSeconds);
}

type HandOut = { leases: Lease[]; reason?: NonNullable<ExchangeResponse["reason"]> };

/** What was lost first, then new results. */
async function handOut(
  deps: Deps,
  { host, request, seen: { held, standing } }: Asking & { seen: Seen },
  nowSeconds: number,
): Promise<HandOut> {
  const { results: wanted, shares } = request.want;
  if (wanted === 0) return { leases: [] };
  const known = new Set(request.holds.map((hold) => Number(hold.resultId)));
  const lost = held
    .filter((result) => !known.has(result.id))
    .slice(0, wanted)
    .map((result) => result.id);
  const room = Math.min(wanted - lost.length, roomFor(deps, host, held.length));
  const asking = { ...host, backends: byPreference(host, request.want.backends) };
  const mayClaim = host.bannedReason === null && room > 0;
  const versions = await chooseVersions(deps, { host: asking, shares }, nowSeconds);
  const claimed = mayClaim
    ? await claimResults(deps, { host: asking, versions, wanted: room, standing }, nowSeconds)
    : [];
  for (const { version, row } of claimed) await noteHandedOut(deps, version.project.id, row.flops);
  const leases = [...(await leasesOf(deps, lost, nowSeconds)), ...leasesOfClaimed(deps, claimed, nowSeconds)];
  if (leases.length >= wanted) return { leases };
  return {
    leases,
    reason: await reasonForNothing(deps, { host: asking, versions, standing, room, held: held.length }, nowSeconds),
  };
}

/** Backends the client wants to use now, in its order. */
function byPreference(host: ExchangingHost, wanted: readonly string[]): ExchangingHost["backends"] {
  return wanted.flatMap((kind) => host.backends.filter((backend) => backend.kind === kind));
}
