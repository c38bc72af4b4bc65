/** When a load balancer's nodes, each of which probes by itself, find out what a program does. */
import { describe, expect, test } from "vitest";
import type { TargetState } from "../controller/ports.ts";
import { VirtualClock } from "../kit/virtual-clock.ts";
import { SeededRandom } from "./random.ts";
import { SimulatedTargetGroups } from "./simulated-target-groups.ts";
import { SimulatedTraffic } from "./simulated-traffic.ts";

const SECOND = 1_000;
const ip = "10.0.0.1";

/** Probed every 30 s, three failures make it ill and two successes well again; registered at 0. */
function probed(probers: number): { clock: VirtualClock; groups: SimulatedTargetGroups; told: [second: number, state: TargetState][] } {
  const clock = new VirtualClock();
  const told: [number, TargetState][] = [];
  const groups = new SimulatedTargetGroups({
    clock,
    behaviour: () => ({ intervalMs: 30 * SECOND, healthyThreshold: 2, unhealthyThreshold: 3, drainMs: 0, probers }),
    emit: ({ state }) => told.push([clock.now() / SECOND, state]),
  });
  groups.register("targets", { ip, port: 80 });
  return { clock, groups, told };
}

function trafficTo(targetGroups: SimulatedTargetGroups, clock: VirtualClock): SimulatedTraffic {
  const weights = [{ targetGroupArn: "targets", weight: 1 }];
  const random = new SeededRandom(1);
  return new SimulatedTraffic({ targetGroups, weights: () => weights, now: () => clock.now(), random: () => random.next() });
}

describe("a program that answers from a moment on", () => {
  test.each([
    [1, 5, 30],
    [1, 20, 30],
    [2, 5, 15],
    [2, 20, 30],
    [2, 40, 45],
    [3, 5, 10],
    [3, 12, 20],
    [3, 25, 30],
  ])("is found healthy by the first of %i probers to ask after second %i, at %i", (probers, answers, healthy) => {
    const { clock, groups, told } = probed(probers);
    clock.advanceTo(answers * SECOND);
    groups.setAnswering(ip, true);
    clock.advanceTo(300 * SECOND);
    expect(told.find(([, state]) => state === "healthy")).toEqual([healthy, "healthy"]);
  });
});

test("a node that has found none healthy goes by what the others found: nothing is sent to a program that does not listen yet", () => {
  const { clock, groups } = probed(2);
  groups.register("targets", { ip: "10.0.0.2", port: 80 });
  groups.setAnswering(ip, true);
  const traffic = trafficTo(groups, clock);
  // The one node has asked at second 15, the other asks at 30.
  clock.advanceTo(20 * SECOND);
  const routed = Array.from({ length: 40 }, () => traffic.request());
  expect(new Set(routed.map((request) => request?.ip))).toEqual(new Set([ip]));
  expect(new Set(routed.map((request) => request?.node))).toEqual(new Set([0, 1]));
});

describe("a program that hangs from second 100 on", () => {
  // Three failures in a row: of the prober that asks next after the program began to hang.
  test.each([
    [1, 180],
    [2, 165],
    [3, 160],
  ])("is found unhealthy as soon as one of %i probers has failed three times, at second %i", (probers, unhealthy) => {
    const { clock, groups, told } = probed(probers);
    groups.setAnswering(ip, true);
    clock.advanceTo(100 * SECOND);
    groups.setAnswering(ip, false);
    clock.advanceTo(400 * SECOND);
    expect(told.filter(([, state]) => state === "unhealthy")).toEqual([[unhealthy, "unhealthy"]]);
  });

  // Two successes in a row, of every prober that had found it ill: the last one decides.
  test.each([
    [1, 330],
    [2, 345],
    [3, 340],
  ])("and answers again from second 290 on is healthy when the last of %i probers says so, at %i", (probers, healthy) => {
    const { clock, groups, told } = probed(probers);
    groups.setAnswering(ip, true);
    clock.advanceTo(100 * SECOND);
    groups.setAnswering(ip, false);
    clock.advanceTo(290 * SECOND);
    groups.setAnswering(ip, true);
    clock.advanceTo(600 * SECOND);
    expect(told.at(-1)).toEqual([healthy, "healthy"]);
  });

  test("gets requests from the node that has not found out, and none from the one that has", () => {
    const { clock, groups } = probed(2);
    groups.register("targets", { ip: "10.0.0.2", port: 80 });
    for (const each of [ip, "10.0.0.2"]) groups.setAnswering(each, true);
    clock.advanceTo(100 * SECOND);
    groups.setAnswering(ip, false);
    const traffic = trafficTo(groups, clock);
    const toTheIll = (): Set<number> => {
      const routed = Array.from({ length: 40 }, () => traffic.request()).filter((request) => request?.ip === ip);
      return new Set(routed.map((request) => request?.node ?? -1));
    };
    clock.advanceTo(164 * SECOND);
    expect(toTheIll()).toEqual(new Set([0, 1]));
    clock.advanceTo(166 * SECOND);
    expect(toTheIll()).toEqual(new Set([0]));
    clock.advanceTo(181 * SECOND);
    expect(toTheIll()).toEqual(new Set());
  });
});

test("a flap that one prober's checks all miss may be noticed by two, and half of them then wait for a recovery", () => {
  const seen = (probers: number): TargetState[] => {
    const clock = new VirtualClock();
    const states: TargetState[] = [];
    const groups = new SimulatedTargetGroups({
      clock,
      behaviour: () => ({ intervalMs: 30 * SECOND, healthyThreshold: 2, unhealthyThreshold: 1, drainMs: 0, probers }),
      emit: ({ state }) => states.push(state),
    });
    groups.register("targets", { ip, port: 80 });
    groups.setAnswering(ip, true);
    clock.advanceTo(100 * SECOND);
    groups.setAnswering(ip, false);
    clock.advanceTo(110 * SECOND);
    groups.setAnswering(ip, true);
    clock.advanceTo(300 * SECOND);
    return states;
  };
  expect(seen(1)).toEqual(["initial", "healthy"]);
  expect(seen(2)).toEqual(["initial", "healthy", "unhealthy", "healthy"]);
});
