import { type AppVersions, createAppVersions } from "./app-version/app-versions.ts";
import type { Pool } from "./database/pool.ts";
import type { PrismaClient } from "./database/prisma.ts";
import type { Logger } from "./logging.ts";
import { type Mail, mailerOf } from "./mail/mailer.ts";
import { loadSecrets, type Secrets } from "./secrets.ts";
import type { Services } from "./services.ts";
import { openDiskStorage } from "./storage/disk-storage.ts";
import { openStorage } from "./storage/open-storage.ts";
import type { Storage } from "./storage/storage.ts";

/** What the engine's use cases work with. The time is never among it: it is an argument, `nowSeconds`. */
export type Deps = {
  pool: Pool;
  prisma: PrismaClient;
  log: Pick<Logger, "debug" | "info" | "warn" | "error">;
  storage: Storage;
  /** Folder of this installation's data, absolute: exports are written below it. */
  dataFolder: string;
  secrets: Secrets;
  versions: AppVersions;
  rules: EngineRules;
  /** Sends a letter; rejects when it could not be sent. */
  mail: (mail: Mail) => Promise<void>;
  /** Next draw, uniform in [0, 1): trust, samples, random counts. */
  random: () => number;
  /** Called around every commit; a test that throws here plays a process that dies there. */
  boundary?: (transaction: string, moment: "before_commit" | "after_commit") => void | Promise<void>;
};

/** Rules a replay switches off, and an operator may. */
export type EngineRules = {
  /** Results of one workunit never go to two anonymous users of one network. */
  network: boolean;
  /** Daily quota of a host, and the cap on what it has in progress. */
  quotas: boolean;
  /** Webhooks may lead to addresses that are not on the public internet. */
  privateWebhooks: boolean;
};

export const DEFAULT_RULES: EngineRules = { network: true, quotas: true, privateWebhooks: false };

export async function openDeps(
  base: Pick<Deps, "pool" | "prisma" | "log"> & { dataFolder: string },
  overrides: Partial<Deps> = {},
): Promise<Deps> {
  const { pool, prisma, log, dataFolder } = base;
  return {
    pool,
    prisma,
    log,
    storage: openDiskStorage(`${dataFolder}/storage`),
    dataFolder,
    secrets: overrides.secrets ?? (await loadSecrets(pool)),
    versions: createAppVersions(pool),
    rules: DEFAULT_RULES,
    random: Math.random,
    mail: (mail) =>
      Promise.resolve(log.info({ to: mail.to, subject: mail.subject }, "no mailer: a letter was not sent")),
    ...overrides,
  };
}

const opened = new WeakMap<Services, Promise<Deps>>();

/** The engine of this process; the first call reads the signing key. */
export function depsOf(services: Services): Promise<Deps> {
  let deps = opened.get(services);
  if (deps === undefined) {
    const privateWebhooks = services.settings.WEBHOOK_PRIVATE === "on";
    const storage = openStorage(services.settings, services.dataFolder);
    deps = openDeps(services, {
      storage,
      mail: (mail) => mailerOf(services).deliver(mail),
      rules: { ...DEFAULT_RULES, privateWebhooks },
    });
    // A database that was not there yet must not be remembered as a failure for ever.
    deps.catch(() => opened.delete(services));
    opened.set(services, deps);
  }
  return deps;
}
