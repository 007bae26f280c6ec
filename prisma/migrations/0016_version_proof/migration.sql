-- CreateTable
CREATE TABLE "version_proof" (
    "hash" TEXT NOT NULL,
    "proven_seconds" BIGINT NOT NULL,
    "summary" JSONB NOT NULL,

    CONSTRAINT "version_proof_pkey" PRIMARY KEY ("hash")
);
