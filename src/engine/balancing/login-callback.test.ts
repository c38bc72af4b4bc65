import { describe, expect, it } from "vitest";
import { judgeCallback, type LoginState } from "./login-callback.ts";
import { NOW } from "./login-situation.testing.ts";

describe("a login", () => {
  const state: LoginState = { ruleArn: "arn:rule", url: "https://shop.example/a", nonce: "n".repeat(32), startedAt: NOW };
  const open = (sealed: string) => (sealed === "good" ? state : undefined);
  it.each<[string, string, string | undefined, number, object]>([
    ["with code and state", "code=c&state=good", state.nonce, NOW, { code: "c", state }],
    ["in its last millisecond", "code=c&state=good", state.nonce, NOW + 899_999, { code: "c", state }],
    ["after fifteen minutes", "code=c&state=good", state.nonce, NOW + 900_000, { failure: "ClientLoginTimeout" }],
    ["without a state", "code=c", state.nonce, NOW, { failure: "AuthMissingStateParam" }],
    ["with a strange state", "code=c&state=bad", state.nonce, NOW, { failure: "AuthInvalidStateParam" }],
    ["without a nonce", "code=c&state=good", undefined, NOW, { failure: "AuthMissingAWSALBAuthNonce" }],
    ["with another nonce", "code=c&state=good", "m".repeat(32), NOW, { failure: "AuthInvalidAWSALBAuthNonce" }],
    ["with an error", "error=access_denied&state=good", state.nonce, NOW, { failure: "IdpErrorResponse" }],
    ["with neither", "state=good", state.nonce, NOW, { failure: "AuthMissingCodeParam" }],
  ])("comes back %s", (_, query, nonce, now, verdict) => {
    expect(judgeCallback(query, nonce, open, now)).toEqual(verdict);
  });
});
