-- CreateTable
CREATE TABLE "app_user" (
    "id" BIGSERIAL NOT NULL,
    "name" TEXT,
    "is_anonymous" BOOLEAN NOT NULL DEFAULT true,
    "created_seconds" BIGINT NOT NULL,

    CONSTRAINT "app_user_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "host" (
    "id" BIGSERIAL NOT NULL,
    "user_id" BIGINT NOT NULL,
    "name" TEXT,
    "public_key" TEXT,
    "secret_hash" TEXT,
    "cores" INTEGER NOT NULL DEFAULT 1,
    "memory_bytes" BIGINT,
    "backends" JSONB NOT NULL DEFAULT '[]',
    "homogeneity_class" TEXT NOT NULL DEFAULT 'default',
    "network" TEXT,
    "user_agent" TEXT,
    "created_seconds" BIGINT NOT NULL,
    "last_seen_seconds" BIGINT NOT NULL,
    "banned_reason" TEXT,

    CONSTRAINT "host_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "host_app_version" (
    "host_id" BIGINT NOT NULL,
    "app_version_id" BIGINT NOT NULL,
    "consecutive_valid" INTEGER NOT NULL DEFAULT 0,
    "changed_seconds" BIGINT NOT NULL,
    "valid" INTEGER NOT NULL DEFAULT 0,
    "invalid" INTEGER NOT NULL DEFAULT 0,
    "errors" INTEGER NOT NULL DEFAULT 0,
    "no_replies" INTEGER NOT NULL DEFAULT 0,
    "quota_per_day" INTEGER,
    "quota_day" INTEGER NOT NULL DEFAULT 0,
    "quota_used" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "host_app_version_pkey" PRIMARY KEY ("host_id","app_version_id")
);

-- CreateTable
CREATE TABLE "project" (
    "id" BIGSERIAL NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "summary" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "organisation" TEXT NOT NULL,
    "url" TEXT,
    "is_public" BOOLEAN NOT NULL DEFAULT true,
    "share" DOUBLE PRECISION NOT NULL DEFAULT 1,
    "retention_seconds" BIGINT,
    "created_seconds" BIGINT NOT NULL,

    CONSTRAINT "project_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "app" (
    "id" BIGSERIAL NOT NULL,
    "project_id" BIGINT NOT NULL,
    "name" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "summary" TEXT NOT NULL,
    "settings" JSONB NOT NULL,
    "created_seconds" BIGINT NOT NULL,

    CONSTRAINT "app_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "app_version" (
    "id" BIGSERIAL NOT NULL,
    "app_id" BIGINT NOT NULL,
    "version" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "manifest" JSONB NOT NULL,
    "files" JSONB NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'published',
    "created_seconds" BIGINT NOT NULL,

    CONSTRAINT "app_version_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "file" (
    "sha256" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "created_seconds" BIGINT NOT NULL,

    CONSTRAINT "file_pkey" PRIMARY KEY ("sha256")
);

-- CreateTable
CREATE TABLE "batch" (
    "id" BIGSERIAL NOT NULL,
    "app_version_id" BIGINT NOT NULL,
    "name" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "content_sha256" TEXT NOT NULL,
    "created_seconds" BIGINT NOT NULL,
    "n_workunits" INTEGER NOT NULL,
    "n_completed" INTEGER NOT NULL DEFAULT 0,
    "n_failed" INTEGER NOT NULL DEFAULT 0,
    "state" TEXT NOT NULL DEFAULT 'open',

    CONSTRAINT "batch_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "workunit" (
    "id" BIGSERIAL NOT NULL,
    "batch_id" BIGINT NOT NULL,
    "app_version_id" BIGINT NOT NULL,
    "name" TEXT NOT NULL,
    "input" BYTEA,
    "input_sha256" TEXT NOT NULL,
    "files" JSONB NOT NULL DEFAULT '{}',
    "tags" JSONB NOT NULL DEFAULT '{}',
    "created_seconds" BIGINT NOT NULL,
    "priority" INTEGER NOT NULL DEFAULT 0,
    "flops" DOUBLE PRECISION NOT NULL,
    "min_quorum" INTEGER NOT NULL,
    "target_nresults" INTEGER NOT NULL,
    "max_error_results" INTEGER NOT NULL,
    "max_total_results" INTEGER NOT NULL,
    "max_success_results" INTEGER NOT NULL,
    "delay_bound_seconds" BIGINT NOT NULL,
    "grace_seconds" BIGINT NOT NULL,
    "lease_seconds" BIGINT NOT NULL,
    "memory_bytes" BIGINT NOT NULL DEFAULT 0,
    "policy" JSONB NOT NULL,
    "drawn" JSONB NOT NULL DEFAULT '{}',
    "homogeneity_mode" TEXT NOT NULL DEFAULT 'off',
    "homogeneity_class" TEXT,
    "exclusion_key" BIGINT,
    "n_results" INTEGER NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'open',
    "errors" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "canonical_result_id" BIGINT,
    "accepted_by" TEXT,
    "confirmed_by" BIGINT[] DEFAULT ARRAY[]::BIGINT[],
    "assimilation" TEXT NOT NULL DEFAULT 'init',
    "ended_seconds" BIGINT,
    "recalled_seconds" BIGINT,
    "credit_micro" BIGINT,
    "output_deleted_seconds" BIGINT,

    CONSTRAINT "workunit_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "result" (
    "id" BIGSERIAL NOT NULL,
    "workunit_id" BIGINT NOT NULL,
    "number" INTEGER NOT NULL,
    "exclusion_key" BIGINT,
    "created_seconds" BIGINT NOT NULL,
    "app_version_id" BIGINT NOT NULL,
    "queue_rank" INTEGER NOT NULL,
    "urgent" BOOLEAN NOT NULL DEFAULT false,
    "state" TEXT NOT NULL DEFAULT 'unsent',
    "outcome" TEXT,
    "aborted_by_server" BOOLEAN NOT NULL DEFAULT false,
    "validation" TEXT NOT NULL DEFAULT 'init',
    "host_id" BIGINT,
    "user_id" BIGINT,
    "backend" TEXT,
    "device_class" TEXT,
    "network" TEXT,
    "sent_seconds" BIGINT,
    "deadline_seconds" BIGINT,
    "lease_end_seconds" BIGINT,
    "parked" BOOLEAN NOT NULL DEFAULT false,
    "due_seconds" BIGINT,
    "reported_seconds" BIGINT,
    "output_sha256" TEXT,
    "output_bytes" INTEGER,
    "elapsed_ms" INTEGER,
    "error_code" TEXT,
    "error_message" TEXT,
    "reason" TEXT,
    "credit_micro" BIGINT,

    CONSTRAINT "result_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "result_output" (
    "result_id" BIGINT NOT NULL,
    "bytes" BYTEA NOT NULL,

    CONSTRAINT "result_output_pkey" PRIMARY KEY ("result_id")
);

-- CreateTable
CREATE TABLE "comparison" (
    "workunit_id" BIGINT NOT NULL,
    "result_a" BIGINT NOT NULL,
    "result_b" BIGINT NOT NULL,
    "agree" BOOLEAN,
    "reason" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "retry_seconds" BIGINT,
    "decided_seconds" BIGINT,

    CONSTRAINT "comparison_pkey" PRIMARY KEY ("result_a","result_b")
);

-- CreateTable
CREATE TABLE "verification" (
    "result_id" BIGINT NOT NULL,
    "workunit_id" BIGINT NOT NULL,
    "verdict" TEXT,
    "reason" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "retry_seconds" BIGINT,
    "decided_seconds" BIGINT,

    CONSTRAINT "verification_pkey" PRIMARY KEY ("result_id")
);

-- CreateTable
CREATE TABLE "credit_entry" (
    "result_id" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "user_id" BIGINT NOT NULL,
    "host_id" BIGINT NOT NULL,
    "project_id" BIGINT NOT NULL,
    "app_version_id" BIGINT NOT NULL,
    "amount_micro" BIGINT NOT NULL,
    "granted_seconds" BIGINT NOT NULL,
    "written_xact" BIGINT NOT NULL DEFAULT ((pg_current_xact_id())::text)::bigint,

    CONSTRAINT "credit_entry_pkey" PRIMARY KEY ("result_id","kind")
);

-- CreateTable
CREATE TABLE "credit_balance" (
    "kind" TEXT NOT NULL,
    "subject_id" BIGINT NOT NULL,
    "project_id" BIGINT NOT NULL DEFAULT 0,
    "total_micro" BIGINT NOT NULL DEFAULT 0,
    "n_results" BIGINT NOT NULL DEFAULT 0,
    "recent_average" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "recent_average_seconds" BIGINT NOT NULL,

    CONSTRAINT "credit_balance_pkey" PRIMARY KEY ("kind","subject_id","project_id")
);

-- CreateTable
CREATE TABLE "credit_hour" (
    "user_id" BIGINT NOT NULL,
    "project_id" BIGINT NOT NULL,
    "hour_seconds" BIGINT NOT NULL,
    "amount_micro" BIGINT NOT NULL,
    "n_results" INTEGER NOT NULL,

    CONSTRAINT "credit_hour_pkey" PRIMARY KEY ("user_id","project_id","hour_seconds")
);

-- CreateTable
CREATE TABLE "outbox" (
    "id" BIGSERIAL NOT NULL,
    "key" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "project_id" BIGINT NOT NULL,
    "workunit_id" BIGINT,
    "payload" JSONB NOT NULL,
    "created_seconds" BIGINT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_seconds" BIGINT NOT NULL,
    "done_seconds" BIGINT,
    "last_error" TEXT,

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "assimilated_result" (
    "workunit_id" BIGINT NOT NULL,
    "project_id" BIGINT NOT NULL,
    "batch_id" BIGINT NOT NULL,
    "succeeded" BOOLEAN NOT NULL,
    "errors" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "canonical_result_id" BIGINT,
    "output_sha256" TEXT,
    "assimilated_seconds" BIGINT NOT NULL,

    CONSTRAINT "assimilated_result_pkey" PRIMARY KEY ("workunit_id")
);

-- CreateTable
CREATE TABLE "setting" (
    "key" TEXT NOT NULL,
    "value" TEXT NOT NULL,

    CONSTRAINT "setting_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE UNIQUE INDEX "host_public_key_key" ON "host"("public_key");

-- CreateIndex
CREATE UNIQUE INDEX "host_secret_hash_key" ON "host"("secret_hash");

-- CreateIndex
CREATE INDEX "host_user_id_idx" ON "host"("user_id");

-- CreateIndex
CREATE INDEX "host_last_seen_seconds_idx" ON "host"("last_seen_seconds");

-- CreateIndex
CREATE UNIQUE INDEX "project_slug_key" ON "project"("slug");

-- CreateIndex
CREATE UNIQUE INDEX "app_project_id_name_key" ON "app"("project_id", "name");

-- CreateIndex
CREATE INDEX "app_version_hash_idx" ON "app_version"("hash");

-- CreateIndex
CREATE UNIQUE INDEX "app_version_app_id_version_key" ON "app_version"("app_id", "version");

-- CreateIndex
CREATE UNIQUE INDEX "batch_app_version_id_key_key" ON "batch"("app_version_id", "key");

-- CreateIndex
CREATE INDEX "workunit_batch_id_id_idx" ON "workunit"("batch_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "result_workunit_id_number_key" ON "result"("workunit_id", "number");

-- CreateIndex
CREATE INDEX "comparison_workunit_id_idx" ON "comparison"("workunit_id");

-- CreateIndex
CREATE INDEX "verification_workunit_id_idx" ON "verification"("workunit_id");

-- CreateIndex
CREATE INDEX "credit_entry_user_id_granted_seconds_idx" ON "credit_entry"("user_id", "granted_seconds");

-- CreateIndex
CREATE INDEX "credit_entry_written_xact_idx" ON "credit_entry"("written_xact");

-- CreateIndex
CREATE INDEX "credit_balance_kind_project_id_total_micro_subject_id_idx" ON "credit_balance"("kind", "project_id", "total_micro" DESC, "subject_id");

-- CreateIndex
CREATE INDEX "credit_balance_kind_project_id_recent_average_subject_id_idx" ON "credit_balance"("kind", "project_id", "recent_average" DESC, "subject_id");

-- CreateIndex
CREATE INDEX "credit_hour_hour_seconds_idx" ON "credit_hour"("hour_seconds");

-- CreateIndex
CREATE UNIQUE INDEX "outbox_key_key" ON "outbox"("key");

-- CreateIndex
CREATE INDEX "assimilated_result_project_id_workunit_id_idx" ON "assimilated_result"("project_id", "workunit_id");

-- CreateIndex
CREATE INDEX "assimilated_result_project_id_assimilated_seconds_workunit__idx" ON "assimilated_result"("project_id", "assimilated_seconds", "workunit_id");

-- AddForeignKey
ALTER TABLE "host" ADD CONSTRAINT "host_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "app_user"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "host_app_version" ADD CONSTRAINT "host_app_version_host_id_fkey" FOREIGN KEY ("host_id") REFERENCES "host"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "host_app_version" ADD CONSTRAINT "host_app_version_app_version_id_fkey" FOREIGN KEY ("app_version_id") REFERENCES "app_version"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "app" ADD CONSTRAINT "app_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "app_version" ADD CONSTRAINT "app_version_app_id_fkey" FOREIGN KEY ("app_id") REFERENCES "app"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "batch" ADD CONSTRAINT "batch_app_version_id_fkey" FOREIGN KEY ("app_version_id") REFERENCES "app_version"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
