import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "./virtual-clock.ts";

describe("a clock that steps", () => {
  it("runs callbacks by instant, then in the order they were scheduled", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 60 }), (instants) => {
        const clock = new VirtualClock();
        const ran: [instant: number, order: number][] = [];
        instants.forEach((instant, order) => {
          clock.at(instant, () => ran.push([clock.now(), order]));
        });
        while (clock.step());
        const expected = instants.map((instant, order) => [instant, order] as [number, number]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        expect(ran).toEqual(expected);
      }),
    );
  });

  it("does not run what was cancelled, and cancelling what has run changes nothing", () => {
    const clock = new VirtualClock();
    const ran: string[] = [];
    const cancel = clock.at(10, () => ran.push("cancelled"));
    const late = clock.at(10, () => ran.push("kept"));
    cancel();
    cancel();
    clock.advanceTo(10);
    late();
    expect(ran).toEqual(["kept"]);
    expect(clock.nextDue()).toBeUndefined();
  });

  it("runs what a callback schedules for the same instant, and stands at the instant it was sent to", () => {
    const clock = new VirtualClock();
    const ran: number[] = [];
    clock.at(5, () => clock.at(5, () => ran.push(clock.now())));
    clock.advanceTo(7);
    expect(ran).toEqual([5]);
    expect(clock.now()).toBe(7);
  });
});
