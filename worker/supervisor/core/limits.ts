/** Numbers of the volunteer client's policy, with units and reasons. Milliseconds are of a monotonic clock. */

/** Between the end of one exchange and the start of the next that only carries reports: batches the results of fast apps. */
export const REPORT_GAP_MS = 2_000;
/** Between the end of one exchange and the start of any other: well under the two a second that a server allows a host. */
export const EXCHANGE_GAP_MS = 600;
/** Never ask for work more often than this, whatever the server says. */
export const CALL_AGAIN_MIN_MS = 1_000;
/** Never go silent for longer than this while on, whatever the server says. */
export const CALL_AGAIN_MAX_MS = 600_000;
/** While somebody looks and news can come: often enough to be called live, rarely enough for thousands of watchers. */
export const NEWS_EVERY_MS = 15_000;
/** A lease is renewed when this share of it is left. */
export const LEASE_RENEW_SHARE = 2 / 3;
/** Results asked for ahead cover this much beyond one round trip and one report gap. */
export const PREFETCH_MARGIN_MS = 1_500;
/** Most results waiting per compute worker, however fast they are. */
export const PREFETCH_MAX_PER_SLOT = 32;

/** After a workunit that this device cannot compute was handed back: the next one may well be of the same app. */
export const UNABLE_PAUSE_MS = 60_000;

export const BACKOFF_BASE_MS = 1_000;
/** A server that was restarted after an hour finds its volunteers back within two minutes. */
export const BACKOFF_MAX_MS = 120_000;

/** How long a stopped run may take to hand over its checkpoint before its compute worker is terminated. */
export const STOP_GRACE_MS = 400;
/** How long the last exchange of a stopping client may take; unsent reports stay stored. */
export const STOP_EXCHANGE_MS = 8_000;
/** How long a client that has stopped waits for the answer to what it parked, before it may be ended. */
export const STOP_PARK_MS = 2_000;

/** Times one backend may fail for one workunit in a way that may be the device's fault. */
export const DEVICE_FAILURES_PER_WORKUNIT = 2;
/** Device losses in one session after which the GPU is left alone: something is wrong with it or its driver. */
export const DEVICE_LOSSES_MAX = 4;
/** Times a compute worker may fail to start before its slot is given up for this session. */
export const SLOT_STARTS_MAX = 4;
/** Pause before a compute worker that failed to start is started again, times the number of failures. */
export const SLOT_RESTART_MS = 2_000;
/** Times the files of a workunit may be missing or other bytes before it is handed back. */
export const FETCH_ATTEMPTS = 5;

/** Length of a step or dispatch: short enough to stop, throttle and keep a desktop smooth, long enough to cost nothing. */
export const TARGET_STEP_MS = 100;
/** For presets that promise to be unnoticed. */
export const TARGET_STEP_GENTLE_MS = 50;

/** Latest results kept in the state for the page; the storage keeps them all. */
export const HISTORY_LENGTH = 200;
/** Lines of the record of what ran here that are kept; some two megabytes. */
export const RESULT_RECORDS_KEPT = 5_000;
