/** Every policy number of Quorate, with its unit in the name and its reason beside it. */

export const MINUTE_SECONDS = 60;
export const HOUR_SECONDS = 60 * MINUTE_SECONDS;
export const DAY_SECONDS = 24 * HOUR_SECONDS;

/** Outputs up to this size travel inside the exchange (as base64); larger ones are put to /api/files first. */
export const INLINE_OUTPUT_MAX_BYTES = 64 * 1024;
/** Inputs up to this size travel inside a lease; larger ones are fetched by hash. */
export const INLINE_INPUT_MAX_BYTES = 16 * 1024;
/** One file, whatever it is for: large enough for a bacterial genome, small enough for a phone. */
export const FILE_MAX_BYTES = 64 * 1024 * 1024;
/** One workunit's output. */
export const OUTPUT_MAX_BYTES = 16 * 1024 * 1024;
/** Reports in one exchange. Batching amortises a transaction; past 64 the gain is small and a lost answer costs more. */
export const EXCHANGE_MAX_REPORTS = 64;
/** Results handed out by one exchange. */
export const EXCHANGE_MAX_RESULTS = 64;
/** Results a host may say it still holds; above the cap on results in progress of the largest host. */
export const EXCHANGE_MAX_HELD = 1024;
/** The body of one exchange: 64 inline outputs in base64, with room for the rest. */
export const EXCHANGE_MAX_BODY_BYTES = 8 * 1024 * 1024;

/** A reader that takes nothing of a download for so long is disconnected: a page of results is kept in memory for it. */
export const DOWNLOAD_STALLED_MS = 5 * 60_000;

/** WASM pages are 64 KiB. 16384 pages = 1 GiB, half of what a 32-bit module may have: a tab must survive two kernels. */
export const KERNEL_MAX_MEMORY_PAGES = 16_384;
/** A compiled kernel; the largest bundled one is a hundredth of it. */
export const KERNEL_MAX_BYTES = 8 * 1024 * 1024;

/** kernel.json; the largest bundled one is a fiftieth of it. A million keys do not fit. */
export const MANIFEST_MAX_BYTES = 256 * 1024;
/** Values, keys and list items of kernel.json, at most this deep: nothing real has a tenth of them. */
export const MANIFEST_MAX_VALUES = 20_000;
export const MANIFEST_MAX_DEPTH = 24;
/** WGSL of one kernel: a browser's compiler takes minutes for a megabyte. */
export const SHADER_MAX_BYTES = 512 * 1024;
/** Everything of a package together, unpacked. */
export const PACKAGE_MAX_BYTES = 128 * 1024 * 1024;
/** A package as a zip. */
export const PACKAGE_MAX_ZIP_BYTES = 64 * 1024 * 1024;
/** Files in what is handed in as a package, also those that kernel.json does not name. */
export const PACKAGE_MAX_FILES = 2_000;
/** Proving a kernel on the server may take this long in all: examples are there to be computed by phones in seconds. */
export const PROOF_MAX_SECONDS = 120;
/** Kernels proven by one server at the same time; the others wait. */
export const PROOFS_AT_ONCE = 1;
/** Uploads that wait to be proven; more are asked to come again. */
export const PROOFS_WAITING_MAX = 20;

/** A lease that no exchange renews is over after this long (replication rule 6). */
export const LEASE_DEFAULT_SECONDS = 15 * MINUTE_SECONDS;
/** A page that stopped computing keeps its leases this long, so that a reload goes on from its checkpoint. */
export const PARKED_LEASE_SECONDS = 10 * MINUTE_SECONDS;

/** max_total_results of one workunit: more replicas than this never help. */
export const MAX_TOTAL_RESULTS_LIMIT = 100;
export const MAX_ERROR_RESULTS_DEFAULT = 3;
export const MAX_TOTAL_RESULTS_DEFAULT = 10;
export const MAX_SUCCESS_RESULTS_DEFAULT = 6;
/** A day: a laptop that is closed in the evening still reports the next morning. */
export const DELAY_BOUND_DEFAULT_SECONDS = DAY_SECONDS;

/** 1 cobblestone = 1/200 day of a machine that does 1 GFLOPS; BOINC's definition. */
export const COBBLESTONES_PER_FLOP = 200 / 86_400e9;
/** Half-life of recent average credit; BOINC's. */
export const RECENT_AVERAGE_HALF_LIFE_SECONDS = 604_800;

/** Cap on results in progress of one host: max(4 x cores, 128). */
export const HOST_IN_PROGRESS_PER_CORE = 4;
export const HOST_IN_PROGRESS_MIN_CAP = 128;

/** Longest public name of a user, a host, a team, in characters after trimming. */
export const NAME_MAX_CHARACTERS = 40;

/** A result that nobody seen in this time could ever run ends its workunit: longer than any week-end (replication rule 12). */
export const COULDNT_SEND_WAIT_SECONDS = 7 * DAY_SECONDS;

/** Consecutive valid replicated results before a host is ever trusted with a single one; BOINC's. */
export const TRUST_MIN_CONSECUTIVE_VALID = 10;
/** At least one result in twenty of the best host is still replicated: nobody can lie for ever unseen. */
export const TRUST_MAX_PROBABILITY = 0.95;
/** A record is worth half after a month of silence: devices, drivers and owners change. */
export const TRUST_HALVING_SECONDS = 30 * DAY_SECONDS;
/** A caught lie re-checks what was accepted from that host alone in this time. */
export const TRUST_RECHECK_SECONDS = 7 * DAY_SECONDS;

/** Results per day of a new host: a day of one result every nine seconds, before it has shown anything. */
export const QUOTA_START_PER_DAY = 10_000;
/** Never 0, which would mean unlimited: one result a day is the way back. */
export const QUOTA_MIN_PER_DAY = 1;
/** A cap so that a long good record cannot be spent on a flood of errors. */
export const QUOTA_MAX_PER_DAY = 1_000_000;
/** With halving at every failure, hardware with 1 % random errors settles near 2 * 20 * 99, about 4000 a day. */
export const QUOTA_INCREASE_PER_VALID = 20;
/** What a failure leaves of the quota. */
export const QUOTA_KEPT_AFTER_FAILURE = 1 / 2;
/** What losing by a weak decision leaves of it: two against one may be two liars and an honest device. */
export const QUOTA_KEPT_WHEN_OUTVOTED = 3 / 4;
/** With so many more results for the canonical output than against it a decision is clear; with fewer it is weak (S80). */
export const CLEAR_DECISION_LEAD = 2;

/** What one project may keep unless an operator says otherwise: three hundred of the largest files. */
export const PROJECT_STORAGE_BYTES = 20 * 1024 ** 3;
/** A stored file that nothing names is kept this long: longer than any upload and any break between storing and submitting. */
export const FILE_GRACE_SECONDS = DAY_SECONDS;
/** An uploaded output that no report named is kept this long: longer than a laptop stays closed over a week-end. */
export const OUTPUT_GRACE_SECONDS = 7 * DAY_SECONDS;
