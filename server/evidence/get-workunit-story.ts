import type { Pool } from "pg";
import type { Policy } from "../core/wire/app-settings.ts";
import type { KernelManifest } from "../core/wire/kernel-manifest.ts";
import type { Reason } from "../core/wire/reason.ts";
import { isInProgress } from "../sql/result-states.ts";
import { PERSON_OF_RESULT } from "../workunit/rows.ts";
import { type AuditEvidence, type Evidence, explainWorkunits, whyOf } from "./explain-workunits.ts";

/**
 * What confirmed a workunit, or why it failed (R000.26). Peers, digests and numbers of replicas are named only when
 * nothing of the workunit is out any more: until then a volunteer could copy.
 */
export interface WorkunitStory {
  id: number;
  name: string;
  project: { slug: string; name: string };
  app: { title: string; version: string; hash: string };
  batchName: string;
  createdSeconds: number;
  endedSeconds: number | null;
  state: "open" | "completed" | "failed";
  /** True once every sent result is over: then `results` is filled. */
  settled: boolean;
  errors: string[];
  recalledSeconds: number | null;
  /** Who confirmed it turned out to be one person with several identities (S79). */
  onePerson: boolean;
  policy: Policy["type"];
  minQuorum: number;
  comparator: string;
  inputSha256: string;
  outputSha256: string | null;
  outputDeleted: boolean;
  assimilation: string;
  /** How independent the confirmers were, counted over the valid results. */
  independence: { users: number; networks: number; backends: number; classes: number } | null;
  results: StoryResult[];
  /** What accepted it, how outputs compared, why it failed; null until it is settled. Who is who is in `results`. */
  evidence:
    | (Pick<Evidence, "failure" | "comparisons" | "verifications"> & {
        accepted: { rule: string; confirmedBy: number[]; agreedLater: number[] } | null;
      })
    | null;
  /** Re-checks that are over, whatever they found; the one that this workunit is, once it is over too. */
  audits: AuditEvidence[];
  auditOf: AuditEvidence | null;
}

export interface StoryResult {
  number: number;
  isCanonical: boolean;
  state: string;
  outcome: string | null;
  validation: string;
  reason: string | null;
  /** The user's public name; null for one who chose none. */
  userName: string | null;
  userId: number | null;
  backend: string | null;
  deviceClass: string | null;
  createdSeconds: number;
  sentSeconds: number | null;
  reportedSeconds: number | null;
  elapsedMs: number | null;
  outputSha256: string | null;
  creditMicro: number | null;
  errorCode: string | null;
  /** What the device said, or why the server turned its answer away. */
  errorMessage: string | null;
  /** Of an answer that the server turned away. */
  why: Reason | null;
  /** When its credit was taken back; null: it was not. */
  takenBackSeconds: number | null;
}

interface Head
  extends Omit<
    WorkunitStory,
    "project" | "app" | "results" | "comparator" | "independence" | "evidence" | "audits" | "auditOf"
  > {
  projectSlug: string;
  projectName: string;
  appTitle: string;
  version: string;
  hash: string;
  manifest: KernelManifest;
  canonicalResultId: number | null;
}

export async function getWorkunitStory(pool: Pool, id: string): Promise<WorkunitStory | null> {
  const { rows } = await pool.query<Head>(
    `select w.id, w.name, w.created_seconds as "createdSeconds", w.ended_seconds as "endedSeconds", w.state, w.errors,
            w.recalled_seconds as "recalledSeconds", w.one_person_seconds is not null as "onePerson", coalesce(o.policy, w.policy)->>'type' as policy, w.min_quorum as "minQuorum",
            w.input_sha256 as "inputSha256", w.assimilation, w.canonical_result_id as "canonicalResultId",
            w.output_deleted_seconds is not null as "outputDeleted", coalesce(ob.name, b.name) as "batchName",
            p.slug as "projectSlug", p.name as "projectName", a.title as "appTitle", v.version, v.hash, v.manifest,
            c.output_sha256 as "outputSha256",
            not exists (select from result r where r.workunit_id = w.id and ${isInProgress("r")})
              and w.state <> 'open' as settled
       from workunit w
       join batch b on b.id = w.batch_id
       join app_version v on v.id = w.app_version_id
       join app a on a.id = v.app_id
       join project p on p.id = a.project_id
       left join result c on c.id = w.canonical_result_id
       -- Whoever computes an audit must not see that it is one: until it is over it looks like its original.
       left join audit x on x.workunit_id = w.id and x.decided_seconds is null
       left join workunit o on o.id = x.original_id left join batch ob on ob.id = o.batch_id
      where w.id = $1`,
    [id],
  );
  const head = rows[0];
  if (!head) return null;
  const { projectSlug, projectName, appTitle, version, hash, manifest, canonicalResultId, ...rest } = head;
  const [explained] = await explainWorkunits(pool, [id]);
  const results = head.settled ? await loadResults(pool, id, canonicalResultId) : [];
  return {
    ...rest,
    outputSha256: head.settled ? head.outputSha256 : null,
    project: { slug: projectSlug, name: projectName },
    app: { title: appTitle, version, hash },
    comparator: manifest.comparator.type,
    independence: head.settled ? await countIndependence(pool, id) : null,
    results,
    evidence: head.settled && explained ? evidenceOf(explained) : null,
    // An audit under way is nobody's business: its volunteers must not know that it is one.
    audits: (explained?.audits ?? []).filter((audit) => audit.decidedSeconds !== null),
    auditOf: explained?.auditOf?.decidedSeconds ? explained.auditOf : null,
  };
}

function evidenceOf({ acceptance, failure, comparisons, verifications }: Evidence): WorkunitStory["evidence"] {
  const numbers = (confirmers: readonly { number: number }[]) => confirmers.map((confirmer) => confirmer.number);
  const accepted = acceptance && {
    rule: acceptance.rule,
    confirmedBy: numbers(acceptance.confirmedBy),
    agreedLater: numbers(acceptance.agreedLater),
  };
  return { accepted, failure, comparisons, verifications };
}

async function loadResults(pool: Pool, workunitId: string, canonicalId: number | null): Promise<StoryResult[]> {
  const { rows } = await pool.query<Omit<StoryResult, "why">>(
    `select r.number, coalesce(r.id = $2, false) as "isCanonical", r.state, r.outcome, r.validation, r.reason,
            u.name as "userName", r.user_id as "userId", r.backend, r.device_class as "deviceClass",
            r.created_seconds as "createdSeconds", r.sent_seconds as "sentSeconds",
            r.reported_seconds as "reportedSeconds", r.elapsed_ms as "elapsedMs", r.output_sha256 as "outputSha256",
            r.credit_micro as "creditMicro", r.error_code as "errorCode", r.error_message as "errorMessage",
            e.granted_seconds as "takenBackSeconds"
       from result r left join app_user u on u.id = r.user_id
       left join credit_entry e on e.result_id = r.id and e.kind = 'recall'
      where r.workunit_id = $1 order by r.number`,
    [workunitId, canonicalId],
  );
  return rows.map((row) => {
    // What a device says is its own, whatever it looks like.
    const { reason: errorMessage, why } =
      row.outcome === "valerr" ? whyOf(row.errorMessage) : { reason: row.errorMessage, why: null };
    return { ...row, errorMessage, why };
  });
}

async function countIndependence(pool: Pool, workunitId: string): Promise<WorkunitStory["independence"]> {
  const { rows } = await pool.query<NonNullable<WorkunitStory["independence"]>>(
    `select count(distinct ${PERSON_OF_RESULT})::int as users, count(distinct network)::int as networks,
            count(distinct backend)::int as backends, count(distinct device_class)::int as classes
       from result r where workunit_id = $1 and validation = 'valid'`,
    [workunitId],
  );
  return rows[0] ?? null;
}
