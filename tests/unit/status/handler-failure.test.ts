import { expect, test } from "vitest";
import { handlerFailure } from "../../../server/status/handler-failure.ts";

test.each([
  ["webhook", 5, "answered 500: no", "answered"],
  ["webhook", 5, "connect ECONNREFUSED 10.0.0.7:80", "no_answer"],
  ["webhook", 5, null, "no_answer"],
  ["export", 5, "ENOSPC: no space left", "not_written"],
  ["webhook", null, "answered 422: not this one", null],
] as const)("%s, failing since %s with %s: everybody reads %s", (kind, failingSinceSeconds, lastError, failure) => {
  expect(handlerFailure({ kind, failingSinceSeconds, lastError })).toBe(failure);
});
