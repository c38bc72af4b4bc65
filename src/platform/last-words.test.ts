import { describe, expect, it } from "vitest";
import { endedBy, refusedStart } from "./last-words.ts";
import { StoreUnusableError } from "./persistence/open-database.ts";

const badStatus = new RangeError("Invalid status code: 0");

describe("the last that a platform's log says", () => {
  it("is when, how and where it came about that a running platform ended, whatever the kind of error", () => {
    const said = endedBy(badStatus, "unhandledRejection", Date.UTC(2026, 0, 2));
    expect(said).toMatch(/^2026-01-02T00:00:00\.000Z The platform ended by a rejection that nobody handled, a bug in fsd; .*fsd local up/);
    expect(said).toMatch(/RangeError: Invalid status code: 0\n +at .*last-words\.test/);
    expect(endedBy("thrown", "uncaughtException", 0)).toMatch(/by an error that nobody caught.*\nthrown$/);
  });

  it("is in words alone what its caller can mend", () => {
    expect(refusedStart(badStatus)).toBe("Invalid status code: 0");
    const full = new StoreUnusableError("in use", "the disk is full");
    expect([refusedStart(full), endedBy(full, "uncaughtException", 0)]).toEqual(["the disk is full", "the disk is full"]);
    expect(refusedStart(new TypeError("x"))).toMatch(/TypeError: x\n +at /);
  });
});
