import type { StackStatus } from "@aws-sdk/client-cloudformation";
import { describe, expect, it } from "vitest";
import { readiness, type StackReadiness } from "./stack.ts";

/** What `fsd deploy` makes of each status: the type knows them all. */
const expected: Readonly<Record<StackStatus, StackReadiness>> = {
  REVIEW_IN_PROGRESS: "empty",
  CREATE_IN_PROGRESS: "busy",
  CREATE_FAILED: "dead",
  CREATE_COMPLETE: "ready",
  ROLLBACK_IN_PROGRESS: "settling",
  ROLLBACK_FAILED: "dead",
  ROLLBACK_COMPLETE: "dead",
  DELETE_IN_PROGRESS: "settling",
  DELETE_FAILED: "dead",
  DELETE_COMPLETE: "absent",
  UPDATE_IN_PROGRESS: "busy",
  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: "settling",
  UPDATE_COMPLETE: "ready",
  UPDATE_FAILED: "unfinished",
  UPDATE_ROLLBACK_IN_PROGRESS: "settling",
  UPDATE_ROLLBACK_FAILED: "half-rolled-back",
  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: "settling",
  UPDATE_ROLLBACK_COMPLETE: "ready",
  IMPORT_IN_PROGRESS: "busy",
  IMPORT_COMPLETE: "ready",
  IMPORT_ROLLBACK_IN_PROGRESS: "settling",
  // CloudFormation has no operation that ends a failed way back of an import.
  IMPORT_ROLLBACK_FAILED: "stuck",
  IMPORT_ROLLBACK_COMPLETE: "ready",
};

describe("what may be done with a stack", () => {
  it.each(Object.entries(expected))("that is %s", (status, can) => expect(readiness(status)).toBe(can));

  it("that is not there", () => expect(readiness(undefined)).toBe("absent"));
});
