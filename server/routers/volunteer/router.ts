import { router } from "../../trpc/init.ts";
import { exchangeProcedure } from "./exchange.ts";
import { sessionProcedure } from "./session.ts";

/** What a volunteer's client says to the server. Published as JSON Schema at /api/schema/exchange.json. */
export const volunteerRouter = router({
  session: sessionProcedure,
  exchange: exchangeProcedure,
});
