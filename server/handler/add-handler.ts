import { randomBytes } from "node:crypto";
import * as z from "zod";
import type { Deps } from "../deps.ts";
import { parseOrRefuse } from "../project/create-project.ts";
import { Refusal } from "../refusal.ts";
import { checkWebhookUrl, WebhookError } from "./post-webhook.ts";

export const handlerSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("webhook"), projectSlug: z.string(), url: z.string().max(2_000) }),
  z.strictObject({ kind: z.literal("export"), projectSlug: z.string() }),
]);
export type HandlerInput = z.input<typeof handlerSchema>;

/** `secret`: what a webhook's messages are signed with; shown now and never again. */
export type AddedHandler = { handlerId: number; secret: string | null };

/** Handlers that one project may have: each is told of everything. */
const HANDLERS_MAX = 10;

/**
 * Gives a project one more handler. It is told of what ends from now on.
 * @throws {Refusal} `not_found` when there is no such project, `bad_request` when the address cannot be used, `conflict`
 * when the project has as many as it may.
 */
export async function addHandler(deps: Deps, input: HandlerInput, nowSeconds: number): Promise<AddedHandler> {
  const handler = parseOrRefuse(handlerSchema, input, "The handler");
  const { projectSlug: slug } = handler;
  const project = await deps.prisma.project.findUnique({ where: { slug }, select: { id: true } });
  if (project === null) throw new Refusal("not_found", `There is no project ${slug}.`);
  const url = handler.kind === "webhook" ? usableUrl(handler.url) : null;
  const secret = url === null ? null : randomBytes(32).toString("hex");
  const { id } = await deps.prisma.$transaction(async (client) => {
    // One after the other, or many at once would all count the same.
    await client.$queryRaw`select id from project where id = ${project.id} for no key update`;
    if ((await client.projectHandler.count({ where: { projectId: project.id } })) >= HANDLERS_MAX) {
      throw new Refusal("conflict", `A project has at most ${HANDLERS_MAX} handlers.`);
    }
    return await client.projectHandler.create({
      data: { projectId: project.id, kind: handler.kind, url, secret, createdSeconds: nowSeconds },
      select: { id: true },
    });
  });
  return { handlerId: Number(id), secret };
}

function usableUrl(text: string): string {
  try {
    return checkWebhookUrl(text).href;
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error;
    throw new Refusal("bad_request", `The address cannot be used: ${error.message}.`, { cause: error });
  }
}

/**
 * Switches a handler off, or on again. While it is off nothing new is meant for it, and what waits for it stays waiting. On, also
 * when it was on already, ends its rest and that of its messages, the oldest first: whoever says so has repaired it. Since when it
 * fails stays, until a delivery succeeds. A message that is just being sent once more may come twice, under its one key.
 * @throws {Refusal} `not_found`
 */
export async function enableHandler({ pool }: Pick<Deps, "pool">, handlerId: number, enabled: boolean): Promise<void> {
  const { rowCount } = await pool.query(enabled ? SWITCH_ON : SWITCH_OFF, [handlerId]);
  if (rowCount === 0) throw new Refusal("not_found", `There is no handler ${handlerId}.`);
}

const SWITCH_OFF = "update project_handler set enabled = false where id = $1";

/** Locked messages are in the hands of a process that writes down what became of them: they are not waited for. */
const SWITCH_ON = `
  with waking as (update project_handler set enabled = true, failures = least(failures, 1), next_seconds = 0 where id = $1 returning id),
       awake as (update outbox set next_seconds = created_seconds where id in
                   (select o.id from outbox o join waking w on w.id = o.handler_id
                     where o.done_seconds is null and o.last_error is not null and o.next_seconds > o.created_seconds
                       for update of o skip locked))
  select from waking`;
