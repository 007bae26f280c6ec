import { randomBytes } from "node:crypto";

export type HeaderOptions = {
  /** `next dev` needs eval, inline styles and a web socket. */
  development: boolean;
  /** The site is reached by https. */
  https: boolean;
};

export type SecurityHeaders = { nonce: string; headers: Record<string, string> };

/** Scripts of workers live here. A worker does not inherit the page's policy: its own script's answer must carry one. */
const STATIC_PREFIX = "/_next/static/";
/** Pictures of people who chose to be shown, made to be shown on other sites. */
const CARD_PREFIX = "/card/";

/**
 * The security headers of the answer to `pathname`. The page's policy admits only scripts that carry this request's
 * nonce; Next puts the nonce on its own tags when it finds the policy among the *request's* headers.
 */
export function securityHeaders(pathname: string, options: HeaderOptions): SecurityHeaders {
  const nonce = randomBytes(18).toString("base64");
  return {
    nonce,
    headers: {
      "content-security-policy": policyFor(pathname, nonce, options),
      "cross-origin-resource-policy": pathname.startsWith(CARD_PREFIX) ? "cross-origin" : "same-origin",
      "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
      "referrer-policy": "strict-origin-when-cross-origin",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      ...(options.https && { "strict-transport-security": "max-age=31536000" }),
    },
  };
}

function policyFor(pathname: string, nonce: string, options: HeaderOptions): string {
  // Kernels run in workers: no eval of text, no foreign script, no foreign server, whatever a kernel makes them do.
  if (pathname.startsWith(STATIC_PREFIX) && !options.development) {
    return "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
  }
  // Answers for programs; should a browser show one as a page, it may do nothing.
  if (pathname.startsWith("/api/")) return "default-src 'none'; frame-ancestors 'none'; sandbox";
  const { development } = options;
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic' 'wasm-unsafe-eval'${development ? " 'unsafe-eval'" : ""}`,
    `style-src 'self' ${development ? "'unsafe-inline'" : `'nonce-${nonce}'`}`,
    // Charts and pictures rendered on the server carry style attributes; attributes cannot load anything.
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self'${development ? " ws:" : ""}`,
    "worker-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}
