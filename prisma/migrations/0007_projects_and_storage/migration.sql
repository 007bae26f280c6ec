-- AlterTable
ALTER TABLE "batch" ADD COLUMN     "inline_bytes" BIGINT NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "file" ADD COLUMN     "doomed_seconds" BIGINT,
ADD COLUMN     "used_seconds" BIGINT NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "project" ADD COLUMN     "licence" TEXT,
ADD COLUMN     "links" JSONB NOT NULL DEFAULT '[]',
ADD COLUMN     "picture_sha256" TEXT,
ADD COLUMN     "state" TEXT NOT NULL DEFAULT 'published',
ADD COLUMN     "storage_quota_bytes" BIGINT,
ADD COLUMN     "stored_bytes" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "suspended_reason" TEXT;

-- CreateTable
CREATE TABLE "project_member" (
    "project_id" BIGINT NOT NULL,
    "user_id" BIGINT NOT NULL,
    "role" TEXT NOT NULL,
    "since_seconds" BIGINT NOT NULL,

    CONSTRAINT "project_member_pkey" PRIMARY KEY ("project_id","user_id")
);

-- CreateTable
CREATE TABLE "project_invitation" (
    "id" BIGSERIAL NOT NULL,
    "project_id" BIGINT NOT NULL,
    "role" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "email" TEXT,
    "created_by" BIGINT NOT NULL,
    "created_seconds" BIGINT NOT NULL,
    "expires_seconds" BIGINT NOT NULL,
    "used_by" BIGINT,
    "used_seconds" BIGINT,
    "revoked_seconds" BIGINT,

    CONSTRAINT "project_invitation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "personal_token" (
    "id" BIGSERIAL NOT NULL,
    "user_id" BIGINT NOT NULL,
    "name" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "ending" TEXT NOT NULL,
    "scopes" TEXT[],
    "project_id" BIGINT,
    "created_seconds" BIGINT NOT NULL,
    "expires_seconds" BIGINT,
    "last_used_seconds" BIGINT,
    "revoked_seconds" BIGINT,

    CONSTRAINT "personal_token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "operator" (
    "user_id" BIGINT NOT NULL,
    "since_seconds" BIGINT NOT NULL,

    CONSTRAINT "operator_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "user_ban" (
    "user_id" BIGINT NOT NULL,
    "reason" TEXT NOT NULL,
    "banned_by" BIGINT NOT NULL,
    "banned_seconds" BIGINT NOT NULL,

    CONSTRAINT "user_ban_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "audit_log" (
    "id" BIGSERIAL NOT NULL,
    "seconds" BIGINT NOT NULL,
    "actor_id" BIGINT,
    "action" TEXT NOT NULL,
    "subject_kind" TEXT NOT NULL,
    "subject_id" BIGINT,
    "project_id" BIGINT,
    "details" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "audit_log_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "refusal_hour" (
    "hour_seconds" BIGINT NOT NULL,
    "path" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "n" BIGINT NOT NULL,

    CONSTRAINT "refusal_hour_pkey" PRIMARY KEY ("hour_seconds","path","code")
);

-- CreateTable
CREATE TABLE "project_file" (
    "project_id" BIGINT NOT NULL,
    "sha256" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "used_seconds" BIGINT NOT NULL,

    CONSTRAINT "project_file_pkey" PRIMARY KEY ("project_id","sha256")
);

-- CreateTable
CREATE TABLE "file_use" (
    "project_id" BIGINT NOT NULL,
    "sha256" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "subject_id" BIGINT NOT NULL,

    CONSTRAINT "file_use_pkey" PRIMARY KEY ("project_id","sha256","kind","subject_id")
);

-- CreateIndex
CREATE INDEX "project_member_user_id_idx" ON "project_member"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "project_invitation_token_hash_key" ON "project_invitation"("token_hash");

-- CreateIndex
CREATE INDEX "project_invitation_project_id_idx" ON "project_invitation"("project_id");

-- CreateIndex
CREATE UNIQUE INDEX "personal_token_token_hash_key" ON "personal_token"("token_hash");

-- CreateIndex
CREATE INDEX "personal_token_user_id_idx" ON "personal_token"("user_id");

-- CreateIndex
CREATE INDEX "audit_log_project_id_id_idx" ON "audit_log"("project_id", "id");

-- CreateIndex
CREATE INDEX "project_file_sha256_idx" ON "project_file"("sha256");

-- CreateIndex
CREATE INDEX "project_file_used_seconds_idx" ON "project_file"("used_seconds");

-- CreateIndex
CREATE INDEX "file_use_kind_subject_id_idx" ON "file_use"("kind", "subject_id");

-- CreateIndex
CREATE INDEX "file_used_seconds_idx" ON "file"("used_seconds");

-- AddForeignKey
ALTER TABLE "project_member" ADD CONSTRAINT "project_member_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "project_invitation" ADD CONSTRAINT "project_invitation_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "project_file" ADD CONSTRAINT "project_file_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "project_file" ADD CONSTRAINT "project_file_sha256_fkey" FOREIGN KEY ("sha256") REFERENCES "file"("sha256") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "file_use" ADD CONSTRAINT "file_use_project_id_sha256_fkey" FOREIGN KEY ("project_id", "sha256") REFERENCES "project_file"("project_id", "sha256") ON DELETE RESTRICT ON UPDATE CASCADE;
-- ------------------------------------------------------------------------------------------ written by hand from here on
ALTER TABLE "project" ADD CONSTRAINT "project_state_check" CHECK ("state" IN ('unpublished', 'waiting', 'published')),
  ADD CONSTRAINT "project_storage_check" CHECK ("stored_bytes" >= 0 AND ("storage_quota_bytes" IS NULL OR "storage_quota_bytes" >= 0)),
  ADD CONSTRAINT "project_picture_check" CHECK ("picture_sha256" IS NULL OR "picture_sha256" ~ '^[0-9a-f]{64}$');
ALTER TABLE "project_file" ADD CONSTRAINT "project_file_bytes_check" CHECK ("bytes" >= 0);
ALTER TABLE "file_use" ADD CONSTRAINT "file_use_kind_check" CHECK ("kind" IN ('version', 'batch', 'picture'));
ALTER TABLE "project_member" ADD CONSTRAINT "project_member_role_check" CHECK ("role" IN ('owner', 'admin', 'submitter'));
ALTER TABLE "project_invitation" ADD CONSTRAINT "project_invitation_role_check" CHECK ("role" IN ('owner', 'admin', 'submitter')),
  ADD CONSTRAINT "project_invitation_used_check" CHECK (("used_by" IS NULL) = ("used_seconds" IS NULL));
ALTER TABLE "personal_token" ADD CONSTRAINT "personal_token_scopes_check" CHECK (cardinality("scopes") > 0 AND "scopes" <@ ARRAY['read', 'submit', 'publish', 'manage']::text[]);

-- The log is only ever added to.
CREATE TRIGGER "audit_log_is_append_only" BEFORE UPDATE OR DELETE ON "audit_log" FOR EACH ROW
  EXECUTE FUNCTION "refuse_change"('the audit log is only ever added to');
CREATE TRIGGER "audit_log_is_never_emptied" BEFORE TRUNCATE ON "audit_log" FOR EACH STATEMENT
  EXECUTE FUNCTION "refuse_change"('the audit log is only ever added to');

-- What is stored already: each project keeps the files of its versions and of its workunits.
UPDATE "file" SET "used_seconds" = "created_seconds";
CREATE TEMPORARY TABLE "named" AS
  SELECT a."project_id", f."sha256", 'version' AS "kind", v."id" AS "subject_id"
    FROM "app_version" v JOIN "app" a ON a."id" = v."app_id"
    CROSS JOIN LATERAL (SELECT value AS "sha256" FROM jsonb_each_text(v."files") UNION SELECT v."hash") n
    JOIN "file" f ON f."sha256" = n."sha256"
  UNION
  SELECT a."project_id", f."sha256", 'batch', w."batch_id"
    FROM "workunit" w JOIN "app_version" v ON v."id" = w."app_version_id" JOIN "app" a ON a."id" = v."app_id"
    CROSS JOIN LATERAL (SELECT value AS "sha256" FROM jsonb_each_text(w."files")
                        UNION SELECT w."input_sha256" WHERE w."input" IS NULL) n
    JOIN "file" f ON f."sha256" = n."sha256";
INSERT INTO "project_file" ("project_id", "sha256", "bytes", "used_seconds")
  SELECT DISTINCT n."project_id", n."sha256", f."bytes", f."created_seconds" FROM "named" n JOIN "file" f ON f."sha256" = n."sha256";
INSERT INTO "file_use" ("project_id", "sha256", "kind", "subject_id")
  SELECT "project_id", "sha256", "kind", "subject_id" FROM "named";
UPDATE "batch" b SET "inline_bytes" = s."bytes"
  FROM (SELECT "batch_id", sum(length("input")) AS "bytes" FROM "workunit" WHERE "input" IS NOT NULL GROUP BY 1) s WHERE s."batch_id" = b."id";
UPDATE "project" p SET "stored_bytes" = coalesce((SELECT sum("bytes") FROM "project_file" WHERE "project_id" = p."id"), 0)
  + coalesce((SELECT sum(b."inline_bytes") FROM "batch" b JOIN "app_version" v ON v."id" = b."app_version_id"
                JOIN "app" a ON a."id" = v."app_id" WHERE a."project_id" = p."id"), 0);
DROP TABLE "named";
