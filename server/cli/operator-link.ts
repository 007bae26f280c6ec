import { nowSeconds } from "../clock.ts";
import { makeOperatorLink } from "../operator/operator-link.ts";
import { readSettings } from "../settings.ts";
import { withSite } from "./with-site.ts";

/** `npm run operator:link`: prints the link that makes its opener an operator. The one before is worth nothing any more. */
process.exit(
  await withSite(async ({ pool }) => {
    const { PORT, PUBLIC_URL } = readSettings();
    const path = await makeOperatorLink(pool, nowSeconds());
    console.log(`Sign in, then open this link, once and within two days, to become an operator of this site:

  ${PUBLIC_URL ?? `http://localhost:${PORT}`}${path}
`);
    return 0;
  }),
);
