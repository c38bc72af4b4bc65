import { describe, expect, it } from "vitest";
import { standingUnassumable, unassumableRole } from "./launch-error.ts";
import { serviceEvent } from "./service-events.ts";

describe("a role that ECS could not assume", () => {
  const failed = (name: string): string => serviceEvent.launchFailed("items", unassumableRole(`arn:aws:iam::111122223333:role/${name}`));

  it("stands in the way until a start is told", () => {
    const told = [serviceEvent.started("items", ["1"], 0), failed("first"), failed("second"), serviceEvent.unableToStart("items")];
    expect(standingUnassumable(told)).toEqual({ message: failed("second"), roleArn: "arn:aws:iam::111122223333:role/second" });
    expect(standingUnassumable([])).toBeUndefined();
  });

  it.each([serviceEvent.started("items", ["1", "2"], 0), serviceEvent.startedInZone("items", "us-east-1b", "1")])(
    "is over after %j",
    (start) => {
      expect(standingUnassumable([failed("app"), start, serviceEvent.steady("items")])).toBeUndefined();
    },
  );
});
