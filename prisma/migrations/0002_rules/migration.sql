-- What schema.prisma cannot say: partial indexes, checks, and the states that nothing may leave.

-- ---------------------------------------------------------------------------------------------- indexes of the hot path
-- A result's row is written three times (created, sent, reported); each index below holds it only while it is of use.

-- Claiming: the next results of an app version, urgent ones apart.
CREATE INDEX "result_unsent_idx" ON "result" ("app_version_id", "urgent", "queue_rank", "id") WHERE "state" = 'unsent';

-- Who holds what: caps, renewals, leases given again.
CREATE INDEX "result_held_idx" ON "result" ("host_id") WHERE "state" = 'in_progress';

-- What the sweeper must look at.
CREATE INDEX "result_due_idx" ON "result" ("due_seconds") WHERE "state" = 'in_progress';

-- What became of a host's latest results.
CREATE INDEX "result_reported_idx" ON "result" ("host_id", "reported_seconds") WHERE "reported_seconds" IS NOT NULL;

-- One result per user and workunit (or per user and group of twins). Results handed back or never needed do not count.
CREATE UNIQUE INDEX "result_one_per_user_key" ON "result" ("exclusion_key", "user_id")
  WHERE "exclusion_key" IS NOT NULL AND "user_id" IS NOT NULL AND ("outcome" IS NULL OR "outcome" NOT IN ('returned', 'unneeded'));

-- Where a project allows a user several results, a host still gets one. (Where it does not, the index above covers it.)
CREATE UNIQUE INDEX "result_one_per_host_key" ON "result" ("workunit_id", "host_id")
  WHERE "exclusion_key" IS NULL AND "host_id" IS NOT NULL AND ("outcome" IS NULL OR "outcome" NOT IN ('returned', 'unneeded'));

CREATE INDEX "comparison_wanted_idx" ON "comparison" ("retry_seconds") WHERE "agree" IS NULL;
CREATE INDEX "verification_wanted_idx" ON "verification" ("retry_seconds") WHERE "verdict" IS NULL;
CREATE INDEX "outbox_undelivered_idx" ON "outbox" ("kind", "next_seconds", "id") WHERE "done_seconds" IS NULL;

-- Rows are updated in place where the page has room (no index changes when a success is judged).
ALTER TABLE "result" SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE "workunit" SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE "host_app_version" SET (fillfactor = 50);
ALTER TABLE "credit_balance" SET (fillfactor = 70);

-- --------------------------------------------------------------------------------------------------------------- checks
ALTER TABLE "host" ADD CONSTRAINT "host_credential_check" CHECK (("public_key" IS NULL) <> ("secret_hash" IS NULL)),
  ADD CONSTRAINT "host_cores_check" CHECK ("cores" >= 1);
ALTER TABLE "host_app_version" ADD CONSTRAINT "host_app_version_counts_check" CHECK ("consecutive_valid" >= 0 AND "valid" >= 0
  AND "invalid" >= 0 AND "errors" >= 0 AND "no_replies" >= 0 AND "quota_used" >= 0 AND ("quota_per_day" IS NULL OR "quota_per_day" >= 1));
ALTER TABLE "project" ADD CONSTRAINT "project_slug_check" CHECK ("slug" ~ '^[a-z][a-z0-9-]{1,39}$'),
  ADD CONSTRAINT "project_numbers_check" CHECK ("share" > 0 AND ("retention_seconds" IS NULL OR "retention_seconds" >= 0));
ALTER TABLE "app_version" ADD CONSTRAINT "app_version_hash_check" CHECK ("hash" ~ '^[0-9a-f]{64}$'),
  ADD CONSTRAINT "app_version_state_check" CHECK ("state" IN ('published', 'deprecated'));
ALTER TABLE "file" ADD CONSTRAINT "file_check" CHECK ("sha256" ~ '^[0-9a-f]{64}$' AND "bytes" >= 0);
ALTER TABLE "batch" ADD CONSTRAINT "batch_state_check" CHECK ("state" IN ('open', 'cancelled')),
  ADD CONSTRAINT "batch_counts_check" CHECK ("n_workunits" >= 1 AND "n_completed" >= 0 AND "n_failed" >= 0
    AND "n_completed" + "n_failed" <= "n_workunits");

ALTER TABLE "workunit"
  ADD CONSTRAINT "workunit_state_check" CHECK ("state" IN ('open', 'completed', 'failed')),
  ADD CONSTRAINT "workunit_assimilation_check" CHECK ("assimilation" IN ('init', 'ready', 'done')),
  -- Assimilation is due from the moment a workunit ends, and an end has its time.
  ADD CONSTRAINT "workunit_open_check" CHECK (("state" = 'open') = ("assimilation" = 'init') AND ("state" = 'open') = ("ended_seconds" IS NULL)),
  ADD CONSTRAINT "workunit_canonical_check" CHECK (("state" = 'completed') = ("canonical_result_id" IS NOT NULL)),
  ADD CONSTRAINT "workunit_errors_check" CHECK (("state" = 'failed') = (cardinality("errors") > 0)
    AND "errors" <@ ARRAY['too_many_errors', 'too_many_success', 'too_many_total', 'cancelled', 'couldnt_send']::text[]),
  ADD CONSTRAINT "workunit_homogeneity_check" CHECK ("homogeneity_mode" IN ('off', 'same', 'diverse')),
  ADD CONSTRAINT "workunit_numbers_check" CHECK ("min_quorum" >= 1 AND "target_nresults" >= "min_quorum" AND "max_error_results" >= 0
    AND "max_total_results" BETWEEN 1 AND 100 AND "max_success_results" >= 0 AND "delay_bound_seconds" > 0 AND "grace_seconds" >= 0
    AND "lease_seconds" >= 0 AND "flops" >= 0 AND "memory_bytes" >= 0 AND "n_results" >= 0 AND "credit_micro" >= 0),
  ADD CONSTRAINT "workunit_digest_check" CHECK ("input_sha256" ~ '^[0-9a-f]{64}$'),
  ADD CONSTRAINT "workunit_output_deleted_check" CHECK ("output_deleted_seconds" IS NULL OR "assimilation" = 'done'),
  ADD CONSTRAINT "workunit_recalled_check" CHECK ("recalled_seconds" IS NULL OR "state" = 'completed');

ALTER TABLE "result"
  ADD CONSTRAINT "result_state_check" CHECK ("state" IN ('unsent', 'in_progress', 'over')),
  ADD CONSTRAINT "result_outcome_check" CHECK ("outcome" IN ('ok', 'err', 'valerr', 'aborted', 'returned', 'noreply', 'unneeded', 'unsendable')),
  ADD CONSTRAINT "result_validation_check" CHECK ("validation" IN ('init', 'valid', 'invalid', 'nocheck', 'inconclusive', 'late')),
  ADD CONSTRAINT "result_over_check" CHECK (("state" = 'over') = ("outcome" IS NOT NULL)),
  -- Sent results have a holder, others never had one.
  ADD CONSTRAINT "result_holder_check" CHECK (
    ("state" = 'unsent' OR coalesce("outcome" IN ('unneeded', 'unsendable'), false))
      = ("host_id" IS NULL AND "user_id" IS NULL AND "sent_seconds" IS NULL AND "deadline_seconds" IS NULL)
    AND num_nulls("host_id", "user_id", "sent_seconds", "deadline_seconds") IN (0, 4)),
  -- Only what is out can fall due.
  ADD CONSTRAINT "result_due_check" CHECK (("state" = 'in_progress') = ("due_seconds" IS NOT NULL)),
  -- Only a success is judged; an error is invalid from the start.
  ADD CONSTRAINT "result_judged_check" CHECK ("validation" = 'init' OR coalesce("outcome" = 'ok', false)
    OR ("validation" = 'invalid' AND coalesce("outcome" IN ('err', 'valerr'), false))),
  ADD CONSTRAINT "result_output_check" CHECK (coalesce("outcome" <> 'ok', true) OR ("output_sha256" IS NOT NULL AND "reported_seconds" IS NOT NULL)),
  ADD CONSTRAINT "result_credit_check" CHECK ("credit_micro" IS NULL OR ("credit_micro" >= 0 AND "validation" IN ('valid', 'nocheck'))),
  ADD CONSTRAINT "result_number_check" CHECK ("number" >= 0);

ALTER TABLE "comparison" ADD CONSTRAINT "comparison_order_check" CHECK ("result_a" < "result_b"),
  ADD CONSTRAINT "comparison_decided_check" CHECK (("agree" IS NULL) = ("decided_seconds" IS NULL) AND ("agree" IS NOT NULL OR "retry_seconds" IS NOT NULL));
ALTER TABLE "verification"
  ADD CONSTRAINT "verification_decided_check" CHECK (("verdict" IS NULL) = ("decided_seconds" IS NULL) AND ("verdict" IS NOT NULL OR "retry_seconds" IS NOT NULL)),
  ADD CONSTRAINT "verification_verdict_check" CHECK ("verdict" IN ('passed', 'rejected', 'broken', 'missing'));
ALTER TABLE "credit_entry" ADD CONSTRAINT "credit_entry_check" CHECK (
  ("kind" = 'grant' AND "amount_micro" >= 0) OR ("kind" = 'recall' AND "amount_micro" <= 0));
ALTER TABLE "credit_balance" ADD CONSTRAINT "credit_balance_kind_check" CHECK ("kind" IN ('user', 'host', 'project', 'user_project'));
ALTER TABLE "outbox" ADD CONSTRAINT "outbox_kind_check" CHECK ("kind" IN ('assimilate', 'recall', 'delete_output'));
ALTER TABLE "assimilated_result" ADD CONSTRAINT "assimilated_result_check" CHECK ("succeeded" = ("canonical_result_id" IS NOT NULL));

-- ------------------------------------------------------------------------------------- states that nothing may leave
-- The conditions stand in WHEN, which costs next to nothing; the function only speaks.
CREATE FUNCTION "refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END $$;

-- An ended workunit keeps its end for ever; assimilation goes forward only; a recall is permanent.
CREATE TRIGGER "workunit_end_is_final" BEFORE UPDATE ON "workunit" FOR EACH ROW
  WHEN (OLD."state" <> 'open' AND (NEW."state" <> OLD."state" OR NEW."errors" <> OLD."errors" OR NEW."n_results" <> OLD."n_results"
    OR NEW."canonical_result_id" IS DISTINCT FROM OLD."canonical_result_id" OR NEW."accepted_by" IS DISTINCT FROM OLD."accepted_by" OR NEW."confirmed_by" <> OLD."confirmed_by"
    OR NEW."ended_seconds" IS DISTINCT FROM OLD."ended_seconds"
    OR (OLD."assimilation" = 'done' AND NEW."assimilation" <> 'done')
    OR (OLD."recalled_seconds" IS NOT NULL AND NEW."recalled_seconds" IS DISTINCT FROM OLD."recalled_seconds")
    OR (OLD."output_deleted_seconds" IS NOT NULL AND NEW."output_deleted_seconds" IS DISTINCT FROM OLD."output_deleted_seconds")))
  EXECUTE FUNCTION "refuse_change"('an ended workunit never changes its end');

-- A result that is over changes only by a late report after no reply or a return, and a judgement is given once.
CREATE TRIGGER "result_end_is_final" BEFORE UPDATE ON "result" FOR EACH ROW
  WHEN (OLD."state" = 'over' AND (NEW."state" <> 'over'
    OR (NEW."outcome" <> OLD."outcome" AND NOT (OLD."outcome" IN ('noreply', 'returned')
      AND NEW."outcome" IN ('ok', 'err', 'valerr', 'aborted', 'returned')))
    OR (NEW."validation" <> OLD."validation" AND OLD."validation" NOT IN ('init', 'inconclusive'))
    OR (OLD."output_sha256" IS NOT NULL AND NEW."output_sha256" IS DISTINCT FROM OLD."output_sha256")
    OR (OLD."credit_micro" IS NOT NULL AND NEW."credit_micro" IS DISTINCT FROM OLD."credit_micro")))
  EXECUTE FUNCTION "refuse_change"('a result that is over changes only by a late report, and is judged once');

-- Once sent, a result stays with the host it was sent to, and is never sent again.
CREATE TRIGGER "result_holder_is_final" BEFORE UPDATE ON "result" FOR EACH ROW
  WHEN (OLD."state" <> 'unsent' AND (NEW."state" = 'unsent' OR NEW."host_id" IS DISTINCT FROM OLD."host_id"
    OR NEW."user_id" IS DISTINCT FROM OLD."user_id" OR NEW."sent_seconds" IS DISTINCT FROM OLD."sent_seconds"
    OR NEW."workunit_id" <> OLD."workunit_id" OR NEW."number" <> OLD."number"))
  EXECUTE FUNCTION "refuse_change"('a result that was sent stays with its holder');

-- The canonical result is a valid result of its own workunit.
CREATE FUNCTION "check_canonical_result"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM "result" WHERE "id" = NEW."canonical_result_id" AND "workunit_id" = NEW."id" AND "validation" = 'valid') THEN
    RAISE EXCEPTION 'the canonical result must be a valid result of its workunit'
      USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "workunit_canonical_is_valid" BEFORE INSERT OR UPDATE ON "workunit" FOR EACH ROW
  WHEN (NEW."canonical_result_id" IS NOT NULL AND NEW."assimilation" = 'ready')
  EXECUTE FUNCTION "check_canonical_result"();

-- Rows that stay for ever, and a ledger to which one can only add.
CREATE TRIGGER "credit_entry_append_only" BEFORE UPDATE OR DELETE ON "credit_entry" FOR EACH ROW
  EXECUTE FUNCTION "refuse_change"('the credit ledger is append-only');
CREATE TRIGGER "credit_entry_never_truncated" BEFORE TRUNCATE ON "credit_entry" FOR EACH STATEMENT
  EXECUTE FUNCTION "refuse_change"('the credit ledger is append-only');
CREATE TRIGGER "workunit_never_deleted" BEFORE DELETE ON "workunit" FOR EACH ROW
  EXECUTE FUNCTION "refuse_change"('workunits are kept for ever');
CREATE TRIGGER "result_never_deleted" BEFORE DELETE ON "result" FOR EACH ROW
  EXECUTE FUNCTION "refuse_change"('results are kept for ever');
CREATE TRIGGER "app_version_is_immutable" BEFORE UPDATE ON "app_version" FOR EACH ROW
  WHEN (NEW."hash" <> OLD."hash" OR NEW."manifest" <> OLD."manifest" OR NEW."files" <> OLD."files" OR NEW."version" <> OLD."version"
    OR NEW."app_id" <> OLD."app_id")
  EXECUTE FUNCTION "refuse_change"('a published app version never changes: publish a new one');

-- ----------------------------------------------------------------------------------------------------------------- views
-- Ledger entries that the balances do not contain yet. A balance as of now is the folded one plus these.
CREATE VIEW "credit_pending" AS
  SELECT e.* FROM "credit_entry" e
   WHERE e."written_xact" >= coalesce((SELECT s."value"::bigint FROM "setting" s WHERE s."key" = 'credit_folded_below'), 0);
