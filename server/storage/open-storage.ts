import { join } from "node:path";
import type { Settings } from "../settings.ts";
import { openDiskStorage } from "./disk-storage.ts";
import { openS3Storage } from "./s3-storage.ts";
import type { Storage } from "./storage.ts";

export type StorageSettings = Pick<
  Settings,
  "S3_BUCKET" | "S3_ENDPOINT" | "S3_REGION" | "S3_ACCESS_KEY_ID" | "S3_SECRET_ACCESS_KEY" | "S3_PATH_STYLE"
>;

/** The storage that the settings ask for: a bucket when one is named, else a folder of the data folder. */
export function openStorage(settings: StorageSettings, dataFolder: string): Storage {
  const { S3_BUCKET: bucket, S3_ENDPOINT: endpoint, S3_ACCESS_KEY_ID: id, S3_SECRET_ACCESS_KEY: secret } = settings;
  if (bucket === undefined) return openDiskStorage(join(dataFolder, "storage"));
  return openS3Storage({
    bucket,
    region: settings.S3_REGION,
    pathStyle: settings.S3_PATH_STYLE === "on",
    spoolFolder: join(dataFolder, "incoming"),
    ...(endpoint !== undefined && { endpoint }),
    ...(id !== undefined && secret !== undefined && { credentials: { accessKeyId: id, secretAccessKey: secret } }),
  });
}
