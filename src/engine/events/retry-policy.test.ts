import { describe, expect, it } from "vitest";
import { afterFailure } from "./retry-policy.ts";

describe("a delivery that failed", () => {
  it.each([
    ["for the first time waits a second", { attempts: 1 }, {}, { kind: "retry", at: 1_000 }],
    ["for the third time waits four", { attempts: 3 }, {}, { kind: "retry", at: 4_000 }],
    ["often waits a minute, no more", { attempts: 30 }, {}, { kind: "retry", at: 60_000 }],
    ["is not retried when no retry is allowed", { attempts: 1 }, { MaximumRetryAttempts: 0 }, { kind: "give-up", because: "attempts" }],
    ["is given its last retry", { attempts: 3 }, { MaximumRetryAttempts: 3 }, { kind: "retry", at: 4_000 }],
    ["is given up after its last retry", { attempts: 4 }, { MaximumRetryAttempts: 3 }, { kind: "give-up", because: "attempts" }],
    ["185 retries unless told otherwise", { attempts: 186 }, {}, { kind: "give-up", because: "attempts" }],
    ["is given up when it would be too old", { attempts: 7 }, { MaximumEventAgeInSeconds: 60 }, { kind: "retry", at: 60_000 }],
  ] as const)("%s", (_situation, delivery, policy, expected) => {
    expect(afterFailure({ addedAt: 0, ...delivery }, policy, 0)).toEqual(expected);
  });

  it("is too old a second later", () => {
    const late = afterFailure({ addedAt: 0, attempts: 7 }, { MaximumEventAgeInSeconds: 60 }, 1_000);
    expect(late).toEqual({ kind: "give-up", because: "age" });
    // A day unless told otherwise.
    expect(afterFailure({ addedAt: 0, attempts: 1 }, {}, 86_400_000)).toEqual({ kind: "give-up", because: "age" });
  });
});
