/** What the site says, as far as this client uses it: written out, so that these types need no other package. */

type Field = { name: string; type: "i32" | "u32" | "f32" | "f64" | "u8" };

/** What an app says of its outputs in kernel.json. */
export type OutputSchema =
  | { format: "bytes" }
  | { format: "binary"; header: Field[]; record: Field[] }
  | { format: "csv"; columns: { name: string; type: "integer" | "number" | "text" }[] };

/** What an app says of its inputs. */
export type InputSchema =
  | { format: "bytes" | "text"; description?: string | undefined }
  | {
      format: "key_values";
      description?: string | undefined;
      keys: {
        name: string;
        type: "integer" | "number" | "text";
        description?: string | undefined;
        optional?: boolean | undefined;
        least?: number | undefined;
        most?: number | undefined;
      }[];
    };

/** One thing that is wrong with a kernel package. */
export type Fault = {
  file: string;
  line?: number | undefined;
  column?: number | undefined;
  problem: string;
  remedy: string;
};

/** A workunit as it is sent; exactly one of the inputs. */
export type Draft = {
  line?: number | undefined;
  name?: string | undefined;
  input?: string | undefined;
  inputBase64?: string | undefined;
  inputSha256?: string | undefined;
  files?: Record<string, string> | undefined;
  tags?: Record<string, string | number | boolean> | undefined;
  flops?: number | undefined;
  memoryBytes?: number | undefined;
  priority?: number | undefined;
};

/** What was read from somewhere: a workunit, or what is wrong with this line. */
export type ReadDraft = { line: number; value: Draft } | { line: number; fault: string };

/** `quorate types PROJECT/APP` writes one of these as a TypeScript file, from which inputs and outputs get their types. */
export type AppSchema = { readonly app: string; readonly input?: InputLike; readonly output: OutputLike };

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;
type InputLike = DeepReadonly<InputSchema>;
type OutputLike = DeepReadonly<OutputSchema>;

type ValueOf<T> = T extends "integer" | "number" | "i32" | "u32" | "u8" | "f32" | "f64" ? number : string;
type Named<F extends readonly { readonly name: string; readonly type: string }[]> = {
  [K in F[number] as K["name"]]: ValueOf<K["type"]>;
};
type KeyValues<K extends { readonly name: string; readonly type: string; readonly optional?: boolean }> = {
  [E in Exclude<K, { readonly optional: true }> as E["name"]]: ValueOf<E["type"]>;
} & { [E in Extract<K, { readonly optional: true }> as E["name"]]?: ValueOf<E["type"]> };

/** Anything that can be an input: text, bytes, or values that become lines `key=value`. */
export type AnyInput = string | Uint8Array | Readonly<Record<string, string | number | boolean>>;
/** What can come out: rows of a table, fields, text or bytes. */
export type AnyOutput = readonly Record<string, string | number>[] | BinaryOutput | string | Uint8Array;
export type BinaryOutput = { header: Record<string, number>; records: Record<string, number>[] };

/** The type of one input of an app. */
export type InputOf<A> = A extends { readonly input: { readonly format: "key_values"; readonly keys: infer K } }
  ? K extends readonly { readonly name: string; readonly type: string; readonly optional?: boolean }[]
    ? KeyValues<K[number]>
    : AnyInput
  : A extends { readonly input: { readonly format: "text" } }
    ? string
    : AnyInput;

/** The type of one output of an app. */
export type OutputOf<A> = A extends { readonly output: { readonly format: "csv"; readonly columns: infer C } }
  ? C extends readonly { readonly name: string; readonly type: string }[]
    ? Named<C>[]
    : AnyOutput
  : A extends {
        readonly output: {
          readonly format: "binary";
          readonly header: infer H;
          readonly record: infer R;
        };
      }
    ? H extends readonly { readonly name: string; readonly type: string }[]
      ? R extends readonly { readonly name: string; readonly type: string }[]
        ? { header: Named<H>; records: Named<R>[] }
        : AnyOutput
      : AnyOutput
    : A extends { readonly output: { readonly format: "bytes" } }
      ? string | Uint8Array
      : AnyOutput;

export type WhoAmI = {
  userId: number;
  name: string | null;
  scopes: readonly string[];
  /** The one project the token is for; null: all of its user's. */
  project: string | null;
};

export type AppVersion = {
  appVersionId: number;
  app: string;
  version: string;
  state: "published" | "deprecated" | "withdrawn";
  hash: string;
  title: string;
  summary: string;
  flopsPerUnit: number | null;
  /** Names of the files that every workunit needs beside its input. */
  files: readonly string[];
  input: InputSchema | null;
  output: OutputSchema;
};

export type BatchProgress = {
  batchId: number;
  project: string;
  app: string;
  version: string;
  name: string;
  state: "draft" | "creating" | "open" | "paused" | "cancelled";
  /** While it is made: workunits that are here. */
  created: number;
  workunits: number;
  completed: number;
  failed: number;
  cancelSeconds: number | null;
  stopReason: string | null;
  doneSeconds: number | null;
};

/** When a batch stops itself, and whom a mail tells. */
export type BatchNotices = {
  /** It stops itself when more than this share of what ended failed; null: never. */
  stopAbove: number | null;
  /** Whether a mail tells you of its end; null: somebody else submitted it. */
  mailsMe: boolean | null;
};

export type Harm = "harmless" | "annoying" | "serious" | "disastrous";

export type SubmitOptions = {
  name?: string;
  /** Yours: the same key is the same batch, however often it is sent. A random one when absent. */
  key?: string;
  /** How bad is a wrong answer? Chooses the redundancy; the app's own when absent. */
  harm?: Harm;
  /** Estimated floating point operations of one workunit: what credit is computed from. 1e9 when absent. */
  flops?: number;
  /** SHA-256 of files stored before, by the names the app has for them. */
  files?: Readonly<Record<string, string>>;
  tags?: Readonly<Record<string, string | number | boolean>>;
  memoryBytes?: number;
  priority?: number;
  /** Redundancy and times in detail, as in the app's settings. */
  parameters?: Readonly<Record<string, string | number | boolean>>;
  policy?: Readonly<Record<string, unknown>>;
  /** Of bad inputs: refuse everything (as when absent), or create only the good ones. */
  onBad?: "refuse" | "skip";
  /** The batch stops itself when more than this share of what ended failed. */
  stopAbove?: number;
  notifyMail?: boolean;
  signal?: AbortSignal;
  /** Workunits sent so far. */
  onUpload?: (sent: number) => void;
};

export type Submitted = {
  batchId: number;
  key: string;
  isNew: boolean;
  workunits: number;
  faults: readonly LineFault[];
};
export type LineFault = { line: number; message: string };

export type CollectOptions = {
  /** As the inputs stood (as when absent), or as they are confirmed. */
  order?: "inputs" | "completed";
  /** Goes on after this workunit; with order "inputs". */
  after?: number;
  /** Goes on where a result said, with order "completed"; some may be told again, and so are all that failed. */
  cursor?: string;
  signal?: AbortSignal;
  /** How often to look while there is nothing new, in milliseconds. */
  everyMs?: number;
};

export type Provenance = {
  app: string;
  version: string;
  kernelSha256: string;
  inputSha256: string;
  outputSha256: string;
  acceptedBy: string;
  confirmations: number;
  backends: readonly string[];
};

/** One workunit that has ended. `index`: where its input stood, from 0; null where that is not known. */
export type Ended<O = AnyOutput> = {
  index: number | null;
  workunitId: number;
  name: string;
} & (
  | {
      state: "completed";
      output: O;
      tags: Record<string, string | number | boolean>;
      confirmedAt: string;
      provenance: Provenance;
      /** With order "completed": where to go on another time, with nothing missed. */
      cursor?: string;
    }
  /** `errors`: codes, for example too_many_errors; recalled: confirmed, but its answer was wrong; not_available: no longer to be had. */
  | { state: "failed"; errors: readonly string[] }
);
