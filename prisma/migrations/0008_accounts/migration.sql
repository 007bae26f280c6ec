-- AlterTable
ALTER TABLE "app_user" ADD COLUMN     "auth_user_id" TEXT,
ADD COLUMN     "country" TEXT,
ADD COLUMN     "deleted_seconds" BIGINT,
ADD COLUMN     "merged_into" BIGINT,
ADD COLUMN     "public_since_seconds" BIGINT;

-- AlterTable
ALTER TABLE "host" ADD COLUMN     "removed_seconds" BIGINT;

-- AlterTable
ALTER TABLE "workunit" ADD COLUMN     "one_person_seconds" BIGINT;

-- CreateTable
CREATE TABLE "auth_user" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "email_verified" BOOLEAN NOT NULL DEFAULT false,
    "image" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "auth_user_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "auth_session" (
    "id" TEXT NOT NULL,
    "token" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "ip_address" TEXT,
    "user_agent" TEXT,

    CONSTRAINT "auth_session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "auth_account" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "provider_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "access_token" TEXT,
    "refresh_token" TEXT,
    "id_token" TEXT,
    "access_token_expires_at" TIMESTAMPTZ(3),
    "refresh_token_expires_at" TIMESTAMPTZ(3),
    "scope" TEXT,
    "password" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "auth_account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "auth_verification" (
    "id" TEXT NOT NULL,
    "identifier" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "auth_verification_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "auth_passkey" (
    "id" TEXT NOT NULL,
    "name" TEXT,
    "public_key" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "credential_id" TEXT NOT NULL,
    "counter" INTEGER NOT NULL,
    "device_type" TEXT NOT NULL,
    "backed_up" BOOLEAN NOT NULL,
    "transports" TEXT,
    "created_at" TIMESTAMPTZ(3),
    "aaguid" TEXT,

    CONSTRAINT "auth_passkey_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "account_code" (
    "hash" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "user_id" BIGINT NOT NULL,
    "created_seconds" BIGINT NOT NULL,
    "expires_seconds" BIGINT,

    CONSTRAINT "account_code_pkey" PRIMARY KEY ("hash")
);

-- CreateIndex
CREATE UNIQUE INDEX "auth_user_email_key" ON "auth_user"("email");

-- CreateIndex
CREATE UNIQUE INDEX "auth_session_token_key" ON "auth_session"("token");

-- CreateIndex
CREATE INDEX "auth_session_user_id_idx" ON "auth_session"("user_id");

-- CreateIndex
CREATE INDEX "auth_account_user_id_idx" ON "auth_account"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "auth_account_provider_id_account_id_key" ON "auth_account"("provider_id", "account_id");

-- CreateIndex
CREATE INDEX "auth_verification_identifier_idx" ON "auth_verification"("identifier");

-- CreateIndex
CREATE UNIQUE INDEX "auth_passkey_credential_id_key" ON "auth_passkey"("credential_id");

-- CreateIndex
CREATE INDEX "auth_passkey_user_id_idx" ON "auth_passkey"("user_id");

-- CreateIndex
CREATE INDEX "account_code_user_id_idx" ON "account_code"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "app_user_auth_user_id_key" ON "app_user"("auth_user_id");

-- AddForeignKey
ALTER TABLE "auth_session" ADD CONSTRAINT "auth_session_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "auth_user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "auth_account" ADD CONSTRAINT "auth_account_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "auth_user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "auth_passkey" ADD CONSTRAINT "auth_passkey_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "auth_user"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "account_code" ADD CONSTRAINT "account_code_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "app_user"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "app_user" ADD CONSTRAINT "app_user_auth_user_id_fkey" FOREIGN KEY ("auth_user_id") REFERENCES "auth_user"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "app_user" ADD CONSTRAINT "app_user_merged_into_fkey" FOREIGN KEY ("merged_into") REFERENCES "app_user"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- ------------------------------------------------------------------------------------------- what a schema cannot say
CREATE INDEX "app_user_merged_idx" ON "app_user" ("merged_into") WHERE "merged_into" IS NOT NULL;
-- Few are, and statistics and pages ask for them.
CREATE INDEX "app_user_public_idx" ON "app_user" ("id") WHERE "public_since_seconds" IS NOT NULL;
ALTER TABLE "app_user"
  ADD CONSTRAINT "app_user_merged_check" CHECK ("merged_into" IS NULL OR ("merged_into" <> "id" AND "auth_user_id" IS NULL)),
  ADD CONSTRAINT "app_user_account_check" CHECK ("auth_user_id" IS NULL OR NOT "is_anonymous"),
  ADD CONSTRAINT "app_user_country_check" CHECK ("country" ~ '^[A-Z]{2}$'),
  ADD CONSTRAINT "app_user_deleted_check" CHECK ("deleted_seconds" IS NULL
    OR ("name" IS NULL AND "auth_user_id" IS NULL AND "country" IS NULL AND "public_since_seconds" IS NULL));
ALTER TABLE "account_code" ADD CONSTRAINT "account_code_check" CHECK ("kind" IN ('link', 'recovery') AND "hash" ~ '^[0-9a-f]{64}$'
  AND ("kind" = 'link') = ("expires_seconds" IS NOT NULL));
-- One recovery code per identity: a new one ends the old.
CREATE UNIQUE INDEX "account_code_recovery_key" ON "account_code" ("user_id") WHERE "kind" = 'recovery';
ALTER TABLE "workunit" ADD CONSTRAINT "workunit_one_person_check" CHECK ("one_person_seconds" IS NULL OR "state" = 'completed');
