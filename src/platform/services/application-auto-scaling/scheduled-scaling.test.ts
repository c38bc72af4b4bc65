/** Scheduled actions: when they occur, and what they do to the bounds and the count. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MINUTE, ScalingWorld, target } from "./scaling-world.testing.ts";

let self: ScalingWorld;
beforeEach(() => {
  self = new ScalingWorld();
});
afterEach(() => self.end());

describe("scheduled actions", () => {
  const night = { ...target, ScheduledActionName: "night", Schedule: "cron(0 20 * * ? *)", Timezone: "Europe/Berlin" };
  const morning = { ...target, ScheduledActionName: "morning", Schedule: "cron(0 6 * * ? *)", Timezone: "Europe/Berlin" };

  it("set the bounds at their local time, and the desired count with them", async () => {
    await self.register();
    await self.call("PutScheduledAction", { ...night, ScalableTargetAction: { MinCapacity: 0, MaxCapacity: 0 } });
    await self.call("PutScheduledAction", { ...morning, ScalableTargetAction: { MinCapacity: 2, MaxCapacity: 10 } });
    self.clock.advanceTo(Date.UTC(2026, 10, 20, 18, 59));
    await self.settle();
    expect(self.service.desiredCount).toBe(4);
    self.clock.advanceTo(Date.UTC(2026, 10, 20, 19, 0));
    await self.settle();
    expect(self.service.desiredCount).toBe(0);
    self.clock.advanceTo(Date.UTC(2026, 10, 21, 5, 0));
    await self.settle();
    expect(self.service.desiredCount).toBe(2);
    const { ScalingActivities } = await self.call("DescribeScalingActivities", target);
    expect(ScalingActivities?.[0]?.Cause).toBe(
      "scheduled action name morning was triggered; minimum capacity was set to 2 and maximum capacity was set to 10",
    );
  });

  it("occur at a time of their zone and at a rate, and leave a count within the bounds alone", async () => {
    await self.register();
    const once = { ...target, ScheduledActionName: "once", Schedule: "at(2026-11-20T14:00:00)", Timezone: "Europe/Berlin" };
    await self.call("PutScheduledAction", { ...once, ScalableTargetAction: { MinCapacity: 3, MaxCapacity: 8 } });
    const often = { ...target, ScheduledActionName: "often", Schedule: "rate(2 hours)" };
    await self.call("PutScheduledAction", { ...often, ScalableTargetAction: { MinCapacity: 6 } });
    const bounds = async () => {
      const [shown] = (await self.call("DescribeScalableTargets", target)).ScalableTargets ?? [];
      return [shown?.MinCapacity, shown?.MaxCapacity, self.service.desiredCount];
    };
    const at = async (hour: number, minute = 0): Promise<unknown> => {
      self.clock.advanceTo(Date.UTC(2026, 10, 20, hour, minute));
      await self.settle();
      return bounds();
    };
    expect(await at(12, 59)).toEqual([2, 10, 4]);
    expect(await at(13)).toEqual([3, 8, 4]);
    expect(await at(14)).toEqual([6, 8, 6]);
    // What happens once has happened.
    await self.register(1, 10);
    self.service.desiredCount = 4;
    expect(await at(15, 59)).toEqual([1, 10, 4]);
    expect(await at(16)).toEqual([6, 10, 6]);
  });

  it("move the count at once in the middle of a cooldown, in either direction", async () => {
    await self.register();
    await self.track(60, { ScaleOutCooldown: 3600, ScaleInCooldown: 3600 });
    await self.minutes(3, 90);
    await self.minutes(1, 58);
    expect(self.service.desiredCount).toBe(6);
    const soon = async (ScheduledActionName: string, bounds: { MinCapacity: number; MaxCapacity: number }): Promise<void> => {
      const Schedule = `at(${new Date(self.clock.now() + MINUTE).toISOString().slice(0, 19)})`;
      await self.call("PutScheduledAction", { ...target, ScheduledActionName, Schedule, ScalableTargetAction: bounds });
      await self.minutes(1);
    };
    await soon("up", { MinCapacity: 9, MaxCapacity: 12 });
    expect(self.service.desiredCount).toBe(9);
    await soon("down", { MinCapacity: 1, MaxCapacity: 3 });
    expect(self.service.desiredCount).toBe(3);
  });

  it("that came due while the platform was down are made up for, the last of them last", async () => {
    await self.register();
    await self.call("PutScheduledAction", { ...night, ScalableTargetAction: { MinCapacity: 0, MaxCapacity: 0 } });
    await self.call("PutScheduledAction", { ...morning, ScalableTargetAction: { MinCapacity: 3, MaxCapacity: 3 } });
    await self.close();
    self.clock.advanceTo(Date.UTC(2026, 10, 23, 12, 0));
    self.open();
    await self.settle();
    expect(self.service.desiredCount).toBe(3);
  });

  it("go with a suspended schedule or a deleted action nowhere", async () => {
    await self.register();
    await self.call("PutScheduledAction", { ...night, ScalableTargetAction: { MinCapacity: 0, MaxCapacity: 0 } });
    await self.call("RegisterScalableTarget", { ...target, SuspendedState: { ScheduledScalingSuspended: true } });
    self.clock.advanceBy(24 * 60 * MINUTE);
    await self.settle();
    expect(self.service.desiredCount).toBe(4);
    await self.call("RegisterScalableTarget", { ...target, SuspendedState: { ScheduledScalingSuspended: false } });
    await self.call("DeleteScheduledAction", { ...target, ScheduledActionName: "night" });
    self.clock.advanceBy(24 * 60 * MINUTE);
    await self.settle();
    expect(self.service.desiredCount).toBe(4);
  });
});
