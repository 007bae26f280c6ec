import { RateLimiterMemory } from "rate-limiter-flexible";
import type { Viewer } from "../account/viewer.ts";
import type { Deps } from "../deps.ts";
import { addHandler, enableHandler } from "../handler/add-handler.ts";
import { type HandlerState, listHandlers } from "../handler/list-handlers.ts";
import { type PostedTest, postTest } from "../handler/post-test.ts";
import { inWords, secondsToWait } from "../http/seconds-to-wait.ts";
import { writeDown } from "../operator/audit-log.ts";
import { Refusal } from "../refusal.ts";
import { requireRoleIn } from "./authorise.ts";

/** What of a project's handlers its admins do; server/handler does the telling itself. */

/** Handlers of one project. @throws {Refusal} below admin. */
export async function listProjectHandlers(
  deps: Deps,
  viewer: Viewer,
  slug: string,
  nowSeconds: number,
): Promise<HandlerState[]> {
  await requireRoleIn(deps.pool, viewer, { slug }, "admin");
  return (await listHandlers(deps.pool, nowSeconds)).filter((handler) => handler.project === slug);
}

export type HandlerWish = { slug: string; kind: "webhook"; url: string } | { slug: string; kind: "export" };

/** Adds a handler; a webhook's secret is shown now and never again. @throws {Refusal} */
export async function addProjectHandler(
  deps: Deps,
  viewer: Viewer,
  wish: HandlerWish,
  nowSeconds: number,
): Promise<{ handlerId: number; secret: string | null }> {
  const { projectId, slug } = await requireRoleIn(deps.pool, viewer, { slug: wish.slug }, "admin");
  const input =
    wish.kind === "webhook"
      ? { kind: wish.kind, projectSlug: slug, url: wish.url }
      : { kind: wish.kind, projectSlug: slug };
  const added = await addHandler(deps, input, nowSeconds);
  const subject = { kind: "handler" as const, id: added.handlerId };
  const deed = { actorId: viewer.userId, action: "handler.add", subject, projectId };
  await writeDown(deps.pool, { ...deed, details: { kind: wish.kind } }, nowSeconds);
  return added;
}

type OneHandler = { slug: string; handlerId: number };

/** Switches a handler of the project off or on. @throws {Refusal} `not_found` for another project's handler. */
export async function switchProjectHandler(
  deps: Deps,
  viewer: Viewer,
  { slug, handlerId, enabled }: OneHandler & { enabled: boolean },
  nowSeconds: number,
): Promise<void> {
  const projectId = await requireHandler(deps, viewer, { slug, handlerId });
  await enableHandler(deps, handlerId, enabled);
  const subject = { kind: "handler" as const, id: handlerId };
  const action = enabled ? "handler.on" : "handler.off";
  await writeDown(deps.pool, { actorId: viewer.userId, action, subject, projectId }, nowSeconds);
}

/** Enough to set a webhook up by trying; too few to make this server knock at somebody's door. */
const TESTS_PER_PROJECT = 10;
const TESTS_SECONDS = 600;
/** Counted in this process: with several processes there are as many times the tests, which is still a limit. */
const tests = new RateLimiterMemory({ points: TESTS_PER_PROJECT, duration: TESTS_SECONDS });

/** Sends a signed test message to a webhook now, and says what came back. @throws {Refusal} */
export async function testProjectHandler(
  deps: Deps,
  viewer: Viewer,
  { slug, handlerId }: OneHandler,
  nowSeconds: number,
): Promise<PostedTest> {
  const projectId = await requireHandler(deps, viewer, { slug, handlerId });
  const wait = await secondsToWait(tests, String(projectId));
  if (wait !== null) {
    throw new Refusal(
      "rate_limited",
      `A project tries its webhooks ${TESTS_PER_PROJECT} times in ten minutes. Try again in ${inWords(wait)}.`,
      { retryAfterSeconds: wait },
    );
  }
  return await postTest(deps, handlerId, nowSeconds);
}

async function requireHandler(deps: Deps, viewer: Viewer, { slug, handlerId }: OneHandler): Promise<number> {
  const { projectId } = await requireRoleIn(deps.pool, viewer, { slug }, "admin");
  const { rowCount } = await deps.pool.query("select from project_handler where id = $1 and project_id = $2", [
    handlerId,
    projectId,
  ]);
  if (rowCount === 0) throw new Refusal("not_found", "This project has no such handler.");
  return projectId;
}
