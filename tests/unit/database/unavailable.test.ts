import { describe, expect, test } from "vitest";
import { whyUnavailable } from "../../../server/database/unavailable.ts";

const failed = (fields: object, message = "failed") => Object.assign(new Error(message), fields);

describe("what cannot serve just now", () => {
  test.each([
    ["nobody listens", failed({ code: "ECONNREFUSED" })],
    ["starting up", failed({ code: "57P03", severity: "FATAL" })],
    ["too many connections", failed({ code: "53300", severity: "FATAL" })],
    ["no connections allowed", failed({ code: "55000", severity: "FATAL" })],
    ["ended under way", new Error("Connection terminated unexpectedly")],
    ["no connection in time", new Error("timeout exceeded when trying to connect")],
    ["as a cause", new Error("call failed", { cause: failed({ code: "57P01" }) })],
  ])("away: %s", (_, error) => {
    expect(whyUnavailable(error)).toMatchObject({ kind: "away", message: expect.stringContaining("Nothing is lost") });
  });

  test.each(["53100", "ENOSPC", "EDQUOT"])("full: %s", (code) => {
    expect(whyUnavailable(failed({ code }))).toMatchObject({
      kind: "full",
      message: expect.stringMatching(/disk is full/),
    });
  });

  test.each([
    ["a constraint", failed({ code: "23505", severity: "ERROR" })],
    ["another state than a statement needs", failed({ code: "55000", severity: "ERROR" })],
    ["a missing file", failed({ code: "ENOENT" })],
    ["a fault of ours", new TypeError("x is not a function")],
    ["no error at all", "away"],
  ])("neither: %s", (_, error) => {
    expect(whyUnavailable(error)).toBeUndefined();
  });
});
