-- DropIndex
DROP INDEX "credit_balance_kind_project_id_recent_average_subject_id_idx";

-- AlterTable
ALTER TABLE "credit_balance" ADD COLUMN     "recent_key" DOUBLE PRECISION GENERATED ALWAYS AS (CASE WHEN (recent_average > (0)::double precision) THEN (ln(recent_average) + ((recent_average_seconds)::double precision * (0.6931471805599453 / (604800)::double precision))) ELSE NULL::double precision END) STORED;

-- Balances and hours are derived; they get new kinds and columns here, so they are thrown away, and folded anew at the first
-- sweep. A process that folds just now ends first.
SELECT pg_advisory_xact_lock(7110002);
DELETE FROM "credit_balance";
DELETE FROM "credit_hour";
UPDATE "setting" SET "value" = '0' WHERE "key" = 'credit_folded_below';

-- AlterTable
ALTER TABLE "credit_hour" DROP CONSTRAINT "credit_hour_pkey",
ADD COLUMN     "host_id" BIGINT NOT NULL,
ADD CONSTRAINT "credit_hour_pkey" PRIMARY KEY ("user_id", "hour_seconds", "project_id", "host_id");

-- CreateTable
CREATE TABLE "credit_team_hour" (
    "team_id" BIGINT NOT NULL,
    "project_id" BIGINT NOT NULL,
    "hour_seconds" BIGINT NOT NULL,
    "amount_micro" BIGINT NOT NULL,
    "n_results" INTEGER NOT NULL,

    CONSTRAINT "credit_team_hour_pkey" PRIMARY KEY ("team_id","hour_seconds","project_id")
);

-- CreateTable
CREATE TABLE "credit_alias" (
    "user_id" BIGINT NOT NULL,
    "since_seconds" BIGINT NOT NULL,
    "survivor_id" BIGINT NOT NULL,

    CONSTRAINT "credit_alias_pkey" PRIMARY KEY ("user_id","since_seconds")
);

-- CreateTable
CREATE TABLE "credit_merge" (
    "user_id" BIGINT NOT NULL,
    "survivor_id" BIGINT NOT NULL,

    CONSTRAINT "credit_merge_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "team" (
    "id" BIGSERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "is_open" BOOLEAN NOT NULL DEFAULT true,
    "invite_token" TEXT NOT NULL,
    "creator_id" BIGINT NOT NULL,
    "founder_id" BIGINT NOT NULL,
    "created_seconds" BIGINT NOT NULL,
    "closed_seconds" BIGINT,

    CONSTRAINT "team_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "team_membership" (
    "user_id" BIGINT NOT NULL,
    "joined_seconds" BIGINT NOT NULL,
    "team_id" BIGINT NOT NULL,
    "left_seconds" BIGINT,

    CONSTRAINT "team_membership_pkey" PRIMARY KEY ("user_id","joined_seconds")
);

-- CreateIndex
CREATE INDEX "credit_alias_survivor_id_idx" ON "credit_alias"("survivor_id");

-- CreateIndex
CREATE INDEX "team_creator_id_created_seconds_idx" ON "team"("creator_id", "created_seconds");

-- CreateIndex
CREATE INDEX "team_membership_team_id_joined_seconds_user_id_idx" ON "team_membership"("team_id", "joined_seconds", "user_id");

-- CreateIndex
CREATE INDEX "credit_balance_kind_project_id_recent_key_subject_id_idx" ON "credit_balance"("kind", "project_id", "recent_key" DESC, "subject_id");

-- AddForeignKey
ALTER TABLE "team_membership" ADD CONSTRAINT "team_membership_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "team"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "credit_balance" DROP CONSTRAINT "credit_balance_kind_check",
  ADD CONSTRAINT "credit_balance_kind_check" CHECK ("kind" IN ('user', 'host', 'team', 'user_project', 'host_project', 'team_project', 'project'));

-- Open teams never look alike, and a user is in one team at a time.
CREATE UNIQUE INDEX "team_name_key" ON "team" ("name_key") WHERE "closed_seconds" IS NULL;
CREATE UNIQUE INDEX "team_membership_now_idx" ON "team_membership" ("user_id") WHERE "left_seconds" IS NULL;
CREATE INDEX "team_membership_members_idx" ON "team_membership" ("team_id", "joined_seconds", "user_id") WHERE "left_seconds" IS NULL;
ALTER TABLE "team_membership" ADD CONSTRAINT "team_membership_check" CHECK ("left_seconds" >= "joined_seconds");

-- What the ledger's credit was granted to stays.
CREATE TRIGGER "team_never_deleted" BEFORE DELETE ON "team" FOR EACH ROW
  EXECUTE FUNCTION "refuse_change"('teams are kept for ever');
CREATE TRIGGER "team_membership_never_deleted" BEFORE DELETE ON "team_membership" FOR EACH ROW
  EXECUTE FUNCTION "refuse_change"('memberships are kept for ever');
CREATE TRIGGER "team_membership_past_is_final" BEFORE UPDATE ON "team_membership" FOR EACH ROW
  WHEN (OLD."left_seconds" IS NOT NULL OR NEW."joined_seconds" <> OLD."joined_seconds" OR NEW."team_id" <> OLD."team_id" OR NEW."user_id" <> OLD."user_id")
  EXECUTE FUNCTION "refuse_change"('a membership that is over never changes: the credit of that time is the team''s');

-- However two identities are joined, folding hears of it.
CREATE FUNCTION "note_credit_merge"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "credit_merge" ("user_id", "survivor_id") VALUES (NEW."id", NEW."merged_into")
    ON CONFLICT ("user_id") DO UPDATE SET "survivor_id" = excluded."survivor_id";
  RETURN NULL;
END $$;
CREATE TRIGGER "app_user_merged" AFTER INSERT OR UPDATE OF "merged_into" ON "app_user" FOR EACH ROW
  WHEN (NEW."merged_into" IS NOT NULL)
  EXECUTE FUNCTION "note_credit_merge"();
