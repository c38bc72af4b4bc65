import { describe, expect, it } from "vitest";
import { undescribedEnvironment } from "../../manifest/resolve-environment.ts";
import { type Claim, checkOwnership, stackTags } from "./ownership.ts";
import type { StackView } from "./stack.ts";

const claim: Claim = {
  service: { name: "items", metadata: { name: "items", pack: "shop", owners: [], tags: {} } },
  environment: undescribedEnvironment("prod"),
  repository: "github.com/acme/items",
  fsdVersion: "1.2.3",
};

function stack(tags: Readonly<Record<string, string>>, status = "UPDATE_COMPLETE"): StackView {
  return {
    name: "fsd-prod-items",
    id: "id",
    status,
    reason: undefined,
    terminationProtection: false,
    outputs: {},
    parameters: {},
    givenParameters: {},
    tags,
  };
}

describe("a service's stack", () => {
  it("carries environment, service, pack, fsd's version and repository", () => {
    expect(stackTags(claim, undefined)).toEqual({
      "fsd:environment": "prod",
      "fsd:service": "items",
      "fsd:pack": "shop",
      "fsd:version": "1.2.3",
      "fsd:repository": "github.com/acme/items",
    });
  });

  it("keeps its repository when it is deployed from a folder without one", () => {
    const existing = stack({ "fsd:service": "items", "fsd:repository": "github.com/acme/items" });
    const nameless = { ...claim, repository: undefined };
    expect(() => checkOwnership(nameless, existing)).not.toThrow();
    expect(stackTags(nameless, existing)["fsd:repository"]).toBe("github.com/acme/items");
  });

  it.each([
    ["another repository", { "fsd:service": "items", "fsd:repository": "github.com/acme/other" }, "is deployed from github.com/acme/other"],
    ["another service", { "fsd:service": "other" }, "is of the service other"],
    ["someone else's tool", {}, "was not made by fsd"],
  ])("of %s is refused", (_, tags, why) => {
    expect(() => checkOwnership(claim, stack(tags))).toThrow(
      expect.objectContaining({ code: "FSD7006", exitCode: 2, message: expect.stringContaining(why) }),
    );
  });

  it("that only a change set was proposed for is no one's yet", () => {
    expect(() => checkOwnership(claim, stack({}, "REVIEW_IN_PROGRESS"))).not.toThrow();
    expect(() => checkOwnership(claim, undefined)).not.toThrow();
  });
});
