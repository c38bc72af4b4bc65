import { expect, it } from "vitest";
import type { Resource, Template } from "../../synth/template.ts";
import { takesLastTask, taskBounds } from "./task-bounds.ts";

function bounds(service: Resource["Properties"], target?: Resource["Properties"]) {
  const Resources: Template["Resources"] = {
    Service: { Type: "AWS::ECS::Service", Properties: service ?? {} },
    ...(target === undefined ? {} : { Target: { Type: "AWS::ApplicationAutoScaling::ScalableTarget", Properties: target } }),
  };
  return taskBounds({ Resources });
}

it("counts the tasks of a service that nothing scales", () => {
  expect(bounds({ DesiredCount: 3 })).toEqual({ least: 3, most: 3 });
  expect(bounds({ DesiredCount: "0" })).toEqual({ least: 0, most: 0 });
  expect(bounds({})).toEqual({ least: 1, most: 1 });
  expect(taskBounds({ Resources: { Schedule: { Type: "AWS::Scheduler::Schedule" } } })).toEqual({ least: 0, most: 0 });
});

it("takes the bounds of scaling, and of every schedule, over a count that only begins", () => {
  const begins = { DesiredCount: { "Fn::If": ["BeginsWithDesiredCount", { Ref: "DesiredCount" }, { Ref: "AWS::NoValue" }] } };
  expect(bounds(begins, { MinCapacity: 2, MaxCapacity: 10 })).toEqual({ least: 2, most: 10 });
  const night = { ScheduledActionName: "night", ScalableTargetAction: { MinCapacity: 0, MaxCapacity: 0 } };
  const busy = { ScheduledActionName: "busy", ScalableTargetAction: { MaxCapacity: 20 } };
  expect(bounds(begins, { MinCapacity: 2, MaxCapacity: 10, ScheduledActions: [night, busy] })).toEqual({ least: 0, most: 20 });
});

const none = { least: 0, most: 0 };
const sometimes = { least: 0, most: 5 };
const always = { least: 1, most: 5 };

it.each([
  ["a service that always has a task, to one that may have none", always, sometimes, true],
  ["one that may have none, to one that can have none at all", sometimes, none, true],
  ["a service that always has a task, to none", always, none, true],
  ["one that may have none, as before", sometimes, sometimes, false],
  ["one without tasks, as before", none, none, false],
  ["one without tasks, to one with", none, always, false],
  ["a new service without tasks", undefined, none, false],
  ["one that cannot be read, to one that may have none", "unknown", sometimes, true],
  ["one that cannot be read, to one that always has a task", "unknown", always, false],
] as const)("changes %s: the last task goes %#", (_situation, live, next, takes) => {
  expect(takesLastTask(live, next)).toBe(takes);
});
