import { fileURLToPath } from "node:url";
import type { NextConfig } from "next";
import createNextIntlPlugin from "next-intl/plugin";

const withMessages = createNextIntlPlugin("./app/i18n/request.ts");

const config: NextConfig = {
  poweredByHeader: false,
  // Responses are compressed here, pages and scripts being text; a proxy in front may do it instead.
  compress: true,
  // `npm run typecheck` checks every realm with its own libraries; here it would be one realm for all, and again.
  typescript: { ignoreBuildErrors: true },
  turbopack: {
    // A lock file in some parent folder must not make that folder the project.
    root: fileURLToPath(new URL(".", import.meta.url)),
    rules: { "*.wgsl": { type: "text" } },
  },
  // Security headers come from server/http/security-headers.ts, for pages and everything else alike.
};

export default withMessages(config);
