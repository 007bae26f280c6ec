import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { S3Client } from "@aws-sdk/client-s3";
import { S3Driver } from "flydrive/drivers/s3";
import { drain, removeSpooled, spooled } from "./spool.ts";
import { type Storage, type StoredObject, UnreadableError } from "./storage.ts";

export type S3Options = {
  bucket: string;
  region: string;
  /** Absent: Amazon's own. */
  endpoint?: string;
  /** Absent: the usual places of Amazon's tools (environment, files, the machine's role). */
  credentials?: { accessKeyId: string; secretAccessKey: string };
  /** Bucket in the path instead of in the host's name: what most servers other than Amazon's want. */
  pathStyle: boolean;
  /** Folder of the local disk where uploads are hashed before they are sent on. */
  spoolFolder: string;
  /** Keys per page of a listing; 1000, which is also the most, when absent. */
  pageKeys?: number;
};

/** Up to this size an upload is sent from memory, and again when it fails; a stream can be sent only once. */
const IN_MEMORY_BYTES = 8 * 1024 * 1024;

/** Times one request is tried: a store that is away for a moment is not worth an error. */
const MOST_ATTEMPTS = 4;

/**
 * Storage in an S3-compatible object store. What arrives is first written to a local file and hashed there: nothing that is
 * cut or not what it was said to be ever reaches the store, and the store is told the length before the first byte.
 */
export function openS3Storage(options: S3Options): Storage {
  const { bucket, region, endpoint, credentials, pathStyle, spoolFolder } = options;
  const client = new S3Client({
    region,
    forcePathStyle: pathStyle,
    maxAttempts: MOST_ATTEMPTS,
    // Checksums in trailers are Amazon's alone; every file here is checked by its own SHA-256 anyway.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials }),
  });
  const driver = new S3Driver({ client, bucket, visibility: "private", supportsACL: false });
  const statOf = async (key: string): Promise<StoredObject | null> => {
    try {
      const { contentLength, lastModified } = await driver.getMetaData(key);
      return { bytes: contentLength, modifiedSeconds: Math.floor(lastModified.getTime() / 1000) };
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  };
  return {
    async write(key, source, expected) {
      if ((await statOf(key)) !== null) return drain(source, expected);
      return spooled(spoolFolder, { source, expected }, (path, bytes) =>
        bytes > IN_MEMORY_BYTES
          ? driver.putStream(key, createReadStream(path), { contentLength: bytes })
          : readFile(path).then((content) => driver.put(key, content)),
      );
    },
    async read(key) {
      try {
        return Buffer.from(await driver.getBytes(key));
      } catch (error) {
        throw new UnreadableError(`stored bytes ${key} cannot be read`, { cause: error });
      }
    },
    async open(key) {
      const object = await statOf(key);
      if (object === null) return null;
      try {
        return { stream: await driver.getStream(key), bytes: object.bytes };
      } catch (error) {
        // Deleted between the two requests.
        if (isMissing(error)) return null;
        throw error;
      }
    },
    stat: statOf,
    has: async (key) => (await statOf(key)) !== null,
    delete: (key) => driver.delete(key),
    list: (folder) => keysBelow(driver, folder, options.pageKeys),
    removeLeftovers: (olderThanMs) => removeSpooled(spoolFolder, olderThanMs),
  };
}

async function* keysBelow(driver: S3Driver, folder: string, maxResults = 1_000): AsyncIterable<string> {
  let paginationToken: string | undefined;
  do {
    const from = paginationToken === undefined ? {} : { paginationToken };
    const page = await driver.listAll(`${folder}/`, { recursive: true, maxResults, ...from });
    for (const object of page.objects) if (object.isFile) yield object.key;
    paginationToken = page.paginationToken;
  } while (paginationToken !== undefined);
}

function isMissing(error: unknown): boolean {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 404;
}
