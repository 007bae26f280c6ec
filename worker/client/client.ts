import { collectAsCompleted, collectInOrder } from "./collect.ts";
import type {
  AnyInput,
  AppSchema,
  AppVersion,
  BatchNotices,
  BatchProgress,
  CollectOptions,
  Ended,
  InputOf,
  OutputOf,
  OutputSchema,
  ReadDraft,
  SubmitOptions,
  Submitted,
  WhoAmI,
} from "./types.ts";
import { draftsOf, type Inputs, upload } from "./upload.ts";
import { createWire, QuorateError, type WireOptions, wait } from "./wire.ts";

export { createKernelTypes } from "./kernel-types.ts";
export type * from "./types.ts";
export { QuorateError } from "./wire.ts";

/** `PROJECT/APP`, `PROJECT/APP@VERSION`, or what `quorate types` wrote, which gives inputs and outputs their types. */
export type App = string | AppSchema;
export type Format = "jsonl" | "csv" | "bin" | "parquet" | "zip";
export type DownloadOptions = {
  /** As the inputs stood (as when absent), or as they came to be there (jsonl and csv), each then with a cursor. */
  order?: "inputs" | "completed";
  /** Goes on after this workunit (jsonl, csv and bin). */
  after?: number;
  /** Goes on where a line said, with order "completed". */
  cursor?: string;
  /** Leaves out so many bytes, which are here already: of a batch that has ended (jsonl, csv and bin). */
  fromByte?: number;
  signal?: AbortSignal;
};
export type Published = { appVersionId: number; app: string; version: string; hash: string; isNew: boolean };

export type Quorate = ReturnType<typeof createClient>;

/**
 * A client of a site. Runs on Node 20 or later and in browsers; it needs nothing but fetch.
 * @param options `token`: a personal token (Account, Tokens) with the scopes of what is to be done.
 * Every method throws `QuorateError`, whose `code` says why.
 */
export function createClient(options: WireOptions) {
  const wire = createWire(options);
  const control =
    (verb: string) =>
    async (batchId: number): Promise<unknown> =>
      wire.mutate(`batch.${verb}`, { batchId });

  async function versions(project: string): Promise<AppVersion[]> {
    return (await wire.query("version.list", { slug: project })) as AppVersion[];
  }

  /** The newest published version, or the one named. */
  async function findVersion(app: App): Promise<AppVersion> {
    const text = typeof app === "string" ? app : app.app;
    const [, project, name, version] = /^([^/@]+)\/([^/@]+)(?:@([^/@]+))?$/.exec(text) ?? [];
    if (project === undefined || name === undefined) {
      throw new TypeError(`"${text}" names no app: use PROJECT/APP, or PROJECT/APP@VERSION`);
    }
    const all = (await versions(project)).filter((one) => one.app === name);
    const found = all.find((one) => (version === undefined ? one.state === "published" : one.version === version));
    if (found !== undefined) return found;
    const there = all.length === 0 ? `no app ${name}` : `no ${version ?? "published"} version of ${name}`;
    throw new QuorateError(`The project ${project} has ${there}.`, { code: "not_found", status: 404 });
  }

  /** Creates a batch of all inputs, or finds the one with this key. Nothing is created when one input is bad, unless asked to. */
  async function submit<const A extends App>(
    app: A,
    inputs: Inputs<InputOf<A>>,
    submission: SubmitOptions = {},
  ): Promise<Submitted> {
    const { appVersionId } = await findVersion(app);
    return await upload(wire, appVersionId, draftsOf(inputs as Inputs<AnyInput>), submission);
  }

  /** The same for workunits that were read from somewhere, with their names, tags and files. */
  async function submitDrafts(version: AppVersion, drafts: Inputs<ReadDraft>, submission: SubmitOptions = {}) {
    return await upload(wire, version.appVersionId, drafts, submission);
  }

  async function progress(batchId: number, signal?: AbortSignal): Promise<BatchProgress> {
    return (await wire.query("batch.get", { batchId }, signal)) as BatchProgress;
  }

  /** How a batch is doing, again and again, until every workunit has ended. */
  async function* watch(batchId: number, { everyMs = 1_000, signal }: { everyMs?: number; signal?: AbortSignal } = {}) {
    for (;;) {
      const now = await progress(batchId, signal);
      yield now;
      if (isDone(now)) return;
      await wait(everyMs, signal);
    }
  }

  /**
   * Ended workunits of a batch, each with its output or its errors, until all are told; while it runs, too. Nothing more is
   * read than is taken.
   */
  async function* collect(batchId: number, wishes: CollectOptions = {}): AsyncGenerator<Ended> {
    const source = { wire, batchId, schema: await outputSchema(batchId, wishes.signal) };
    yield* wishes.order === "completed" ? collectAsCompleted(source, wishes) : collectInOrder(source, wishes);
  }

  async function outputSchema(batchId: number, signal?: AbortSignal): Promise<OutputSchema> {
    const { project, app, version } = await progress(batchId, signal);
    return (await findVersion(`${project}/${app}@${version}`)).output;
  }

  /**
   * Computes a function of many inputs on volunteers' devices: submits them and yields what became of each. The same `key` again
   * finds the batch that is there: give one, and an interrupted program goes on where it stopped (`after`, or `cursor` with order "completed", leaves out what it has).
   */
  async function* map<const A extends App>(
    app: A,
    inputs: Inputs<InputOf<A>>,
    wishes: SubmitOptions & CollectOptions = {},
  ): AsyncGenerator<Ended<OutputOf<A>>> {
    const { order, after, cursor, everyMs, ...submission } = wishes;
    const { batchId } = await submit(app, inputs, submission);
    const collecting = {
      ...(order && { order }),
      ...(after !== undefined && { after }),
      ...(cursor !== undefined && { cursor }),
      ...(everyMs !== undefined && { everyMs }),
      ...(wishes.signal && { signal: wishes.signal }),
    };
    yield* collect(batchId, collecting) as AsyncGenerator<Ended<OutputOf<A>>>;
  }

  /** Results as a file, as far as they are there. The answer's status is 206 when it begins at `fromByte`. */
  async function download(batchId: number, format: Format, { fromByte, signal, ...from }: DownloadOptions = {}) {
    const search = new URLSearchParams(
      Object.entries(from).map(([name, value]): [string, string] => [name, String(value)]),
    );
    return await wire.request(`/api/batches/${batchId}/results.${format}?${search}`, {
      ...(signal && { signal }),
      ...(fromByte !== undefined && { headers: { range: `bytes=${fromByte}-` } }),
    });
  }

  /** Publishes a kernel package, a zip, in a project; its app is made where there is none of that name. */
  async function publish(project: string, zip: Uint8Array<ArrayBuffer>): Promise<Published> {
    const request = { method: "POST", headers: { "content-type": "application/zip" }, body: zip };
    const response = await wire.request(`/api/projects/${encodeURIComponent(project)}/versions`, request);
    return (await response.json()) as Published;
  }

  return {
    whoami: async () => (await wire.query("token.whoami")) as WhoAmI,
    ...{ versions, findVersion, submit, submitDrafts, progress, watch, collect, map, download, publish },
    /** Nothing more is handed out; what is out may still be reported. */
    pause: control("pause"),
    resume: control("resume"),
    /** Takes effect after 30 s; `undoCancel` until then. */
    cancel: control("cancel"),
    undoCancel: control("undoCancel"),
    /** Higher goes first, also before other batches of the project; for all open workunits of the batch. */
    setPriority: async (batchId: number, priority: number) =>
      (await wire.mutate("batch.setPriority", { batchId, priority })) as { priority: number },
    /** What is absent stays as it is. */
    setNotices: async (batchId: number, notices: { stopAbove?: number | null; mailsMe?: boolean }) =>
      (await wire.mutate("batch.setNotices", { batchId, ...notices })) as BatchProgress & BatchNotices,
    /** New workunits for those that failed, in a batch of their own. */
    retryFailed: async (batchId: number) =>
      (await wire.mutate("batch.retryFailed", { batchId })) as { batchId: number; workunits: number },
  };
}

/** Every workunit has ended. */
export function isDone({ state, workunits, completed, failed }: BatchProgress): boolean {
  return state !== "draft" && state !== "creating" && completed + failed >= workunits;
}
