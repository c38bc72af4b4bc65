import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SteadyClock, SystemClock } from "./clock.ts";

const HOUR = 3_600_000;

describe("the machine's time that is set, or goes on while the machine sleeps", () => {
  beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
  afterEach(() => vi.useRealTimers());

  /** How long after the jump each clock calls back for `waitMs`, in ms of time that passed. */
  function waited(clock: SystemClock | SteadyClock, waitMs: number, jumpMs: number): number {
    let passed = -1;
    const began = performance.now();
    clock.at(clock.now() + waitMs, () => {
      passed = performance.now() - began;
    });
    vi.setSystemTime(Date.now() + jumpMs);
    vi.advanceTimersByTime(3 * HOUR);
    return passed;
  }

  it("brings an instant of the calendar nearer, which is met within a minute", () => {
    expect(waited(new SystemClock(), 2 * HOUR, HOUR)).toBe(HOUR);
    expect(waited(new SystemClock(), HOUR, 8 * HOUR)).toBeLessThanOrEqual(60_001);
  });

  it("does not lengthen a short wait", () => {
    expect(waited(new SystemClock(), 1_000, -HOUR)).toBe(1_000);
  });

  it("moves nothing that goes by steady time", () => {
    const clock = new SteadyClock();
    const before = clock.now();
    vi.setSystemTime(Date.now() + 8 * HOUR);
    expect(clock.now()).toBe(before);
    vi.setSystemTime(Date.now() - 16 * HOUR);
    expect(clock.now()).toBe(before);
    for (const jump of [8 * HOUR, -8 * HOUR]) expect(waited(clock, 90_000, jump)).toBe(90_000);
  });

  it("does not call back what was cancelled in a later lap", () => {
    const clock = new SystemClock();
    const rang: string[] = [];
    const cancel = clock.at(clock.now() + HOUR, () => rang.push("cancelled"));
    vi.advanceTimersByTime(HOUR / 2);
    cancel();
    vi.advanceTimersByTime(HOUR);
    expect(rang).toEqual([]);
  });
});
