import type { HandlerState } from "../handler/list-handlers.ts";

/** Why a project is not told, for everybody to read: never what its server said, nor where that is. */
export type HandlerFailure = "answered" | "no_answer" | "not_written";

export function handlerFailure({
  kind,
  failingSinceSeconds,
  lastError,
}: Pick<HandlerState, "kind" | "failingSinceSeconds" | "lastError">): HandlerFailure | null {
  if (failingSinceSeconds === null) return null;
  if (kind === "export") return "not_written";
  return lastError !== null && /^answered \d/.test(lastError) ? "answered" : "no_answer";
}
