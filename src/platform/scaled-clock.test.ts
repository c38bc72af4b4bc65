import { describe, expect, it } from "vitest";
import { VirtualClock } from "../kit/virtual-clock.ts";
import { LibsqlStore } from "./persistence/libsql-store.ts";
import { ScaledClock } from "./scaled-clock.ts";

describe("engine time on the wall", () => {
  it("runs ten engine seconds in one wall second at speed 10", () => {
    const wall = new VirtualClock(1_000_000);
    const engine = new ScaledClock(wall, new LibsqlStore(":memory:"), 10);
    const rang: number[] = [];
    engine.at(engine.now() + 30_000, () => rang.push(wall.now()));
    wall.advanceBy(2_999);
    expect(rang).toEqual([]);
    wall.advanceBy(1);
    expect(rang).toEqual([1_003_000]);
    expect(engine.now()).toBe(1_030_000);
  });

  it("stands still while the platform is down and goes on at another speed", () => {
    const store = new LibsqlStore(":memory:");
    const wall = new VirtualClock(0);
    const first = new ScaledClock(wall, store, 10);
    wall.advanceBy(1_000);
    first.close();
    wall.advanceBy(3_600_000);
    const second = new ScaledClock(wall, store, 1);
    expect(second.now()).toBe(10_000);
    wall.advanceBy(1_000);
    expect(second.now()).toBe(11_000);
    second.close();
  });

  it("never goes back after a kill, and at most the reserve forward", () => {
    const store = new LibsqlStore(":memory:");
    const wall = new VirtualClock(0);
    const killed = new ScaledClock(wall, store, 10);
    wall.advanceBy(7_300);
    const stood = killed.now();
    const next = new ScaledClock(wall, store, 10);
    expect(next.now()).toBeGreaterThanOrEqual(stood);
    expect(next.now() - stood).toBeLessThanOrEqual(100_000);
  });

  it("calls back at once for an instant that has passed", () => {
    const wall = new VirtualClock(50);
    const engine = new ScaledClock(wall, new LibsqlStore(":memory:"), 10);
    const rang: string[] = [];
    engine.at(0, () => rang.push("now"));
    expect(rang).toEqual([]);
    wall.advanceBy(0);
    expect(rang).toEqual(["now"]);
  });
});
