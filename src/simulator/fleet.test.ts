/** What idle services cost those that change. */
import { expect, test } from "vitest";
import { IdleFleet } from "./fleet.ts";

test("a change takes as many steps among five hundred services as among fifty", () => {
  const few = new IdleFleet(50, 2);
  const many = new IdleFleet(500, 2);
  const steps = few.change(2);
  expect(steps).toBeGreaterThan(100);
  expect(many.change(2)).toBe(steps);
});
