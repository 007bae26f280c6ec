/** What a page must know of the wire before it loads the schemas, which bring all of zod with them. */

/** Raised when an old client could misunderstand a new server; the answer to another number is `client_outdated`. */
export const PROTOCOL_VERSION = 1;

/** POST: see `parkRequestSchema` in http.ts. */
export const PARK_PATH = "/api/park";
