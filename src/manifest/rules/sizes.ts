/** Sizes, counts and capacity: what Fargate sells and what scaling can move. */
import { fargateSizes, memoryHint } from "../fargate-sizes.ts";
import type { ResolvedService } from "../resolved.ts";
import type { Rules } from "./rules.ts";
import { checkScheduleExpression } from "./schedules.ts";

const at = "service.resources";

export function checkSizes({ service }: ResolvedService, rules: Rules): void {
  const { cpu, memory } = service.resources;
  if (rules.sound(`${at}.cpu`, `${at}.memory`, `${at}.size`)) {
    if (rules.given(`${at}.memory`) && !rules.given(`${at}.cpu`)) {
      rules.report("FSD1205", `${at}.memory`, `memory ${memory} is given without cpu`, "add cpu, or use size");
    } else if (fargateSizes.get(cpu)?.includes(memory) === false) {
      rules.report(
        "FSD1203",
        [`${at}.memory`, `${at}.cpu`],
        `memory ${memory} is not a Fargate size for cpu ${cpu}`,
        `use ${memoryHint(cpu)}`,
      );
    }
  }
}

export function checkCounts({ service }: ResolvedService, rules: Rules): void {
  const { desiredCount, minCapacity, maxCapacity } = service.resources;
  const counts = ["desiredCount", "minCapacity", "maxCapacity"].map((name) => `${at}.${name}`);
  if (!rules.sound(...counts, "service.singleton", "service.port")) return;
  if (service.singleton) {
    const wrong = counts.find((path) => rules.given(path) && service.resources[path.slice(at.length + 1) as "desiredCount"] > 1);
    if (wrong !== undefined)
      rules.report(
        "FSD1204",
        wrong,
        `a singleton has one task, not ${service.resources[wrong.slice(at.length + 1) as "desiredCount"]}`,
        "remove the count, or singleton",
      );
    if (rules.given("service.autoScaling"))
      rules.report("FSD1204", "service.autoScaling", "a singleton is never scaled", "remove autoScaling, or singleton");
    return;
  }
  if (minCapacity > maxCapacity) {
    rules.report(
      "FSD1201",
      [`${at}.maxCapacity`, `${at}.minCapacity`],
      `maxCapacity ${maxCapacity} is below minCapacity ${minCapacity}`,
      `use ${minCapacity} or more`,
    );
  } else if (desiredCount < minCapacity || desiredCount > maxCapacity) {
    rules.report(
      "FSD1201",
      counts,
      `desiredCount ${desiredCount} is not within ${minCapacity}..${maxCapacity}`,
      desiredCount > maxCapacity && !rules.given(`${at}.maxCapacity`)
        ? `add maxCapacity: ${desiredCount} or more`
        : `use ${minCapacity} to ${maxCapacity}`,
    );
  }
}

export function checkScaling({ service }: ResolvedService, rules: Rules): void {
  const { minCapacity, maxCapacity } = service.resources;
  const { autoScaling } = service;
  if (autoScaling === undefined || !rules.sound("service.autoScaling", at, "service.singleton")) return;
  const follows =
    autoScaling.targetCPUUtilization ??
    autoScaling.targetMemoryUtilization ??
    autoScaling.targetRequestsPerTask ??
    autoScaling.metric?.target ??
    autoScaling.queue?.name;
  // A block that fixes the count takes the base's scaling out of force; beside it they contradict each other.
  const fixed = ["minCapacity", "maxCapacity"].map((name) => `${at}.${name}`).filter((path) => rules.given(path));
  const meant = fixed.length === 0 || fixed.every((path) => rules.together("service.autoScaling", path));
  if (minCapacity === maxCapacity && autoScaling.schedule.length === 0 && meant) {
    rules.report(
      "FSD1207",
      "service.autoScaling",
      `minCapacity and maxCapacity are both ${minCapacity}, so nothing can be scaled`,
      "raise resources.maxCapacity, or remove autoScaling",
    );
  }
  if (autoScaling.targetRequestsPerTask !== undefined && service.port === undefined && rules.sound("service.port")) {
    rules.report(
      "FSD1405",
      "service.autoScaling.targetRequestsPerTask",
      "a service without a port gets no requests",
      "add port, or follow cpu, memory or a queue",
    );
  }
  if (
    minCapacity === 0 &&
    maxCapacity > 0 &&
    follows !== undefined &&
    autoScaling.queue === undefined &&
    autoScaling.metric === undefined
  ) {
    const raised = autoScaling.schedule.some((change) => (change.minCapacity ?? 0) > 0);
    if (!raised)
      rules.report(
        "FSD1208",
        `${at}.minCapacity`,
        "minCapacity 0: once there is no task, no CPU, memory or request metric can start one",
        "use minCapacity: 1, a queue, or a schedule",
      );
  }
  autoScaling.schedule.forEach((change, index) => {
    const path = `service.autoScaling.schedule[${index}]`;
    checkScheduleExpression(path, change, rules);
    if (change.minCapacity === undefined && change.maxCapacity === undefined)
      rules.report("FSD1103", path, `the schedule ${change.name} changes nothing`, "add minCapacity or maxCapacity");
    else if ((change.minCapacity ?? 0) > (change.maxCapacity ?? Number.MAX_SAFE_INTEGER)) {
      rules.report(
        "FSD1201",
        `${path}.maxCapacity`,
        `maxCapacity ${change.maxCapacity} is below minCapacity ${change.minCapacity}`,
        `use ${change.minCapacity} or more`,
      );
    }
  });
}

export function checkCapacity({ service }: ResolvedService, rules: Rules): void {
  const path = "service.capacity";
  if (!rules.given(path) || !rules.sound(path)) return;
  const { capacity } = service;
  if (capacity.every(({ weight }) => weight === 0))
    rules.report("FSD1209", path, "every weight is 0, so tasks beyond the base have no place", "give one provider a weight of 1 or more");
  if (capacity.filter(({ base }) => base > 0).length > 1)
    rules.report("FSD1209", `${path}[1].base`, "only one provider may have a base", "remove the other base");
  const { maxCapacity } = service.resources;
  const first = capacity.findIndex(({ base }) => base >= maxCapacity);
  if (capacity.length > 1 && first >= 0 && maxCapacity > 0 && rules.sound(at))
    rules.report(
      "FSD1212",
      `${path}[${first}].base`,
      `base ${capacity[first]?.base} takes every one of at most ${maxCapacity} tasks, so the weights never count`,
      `use a base below ${maxCapacity}, or this provider alone`,
    );
  if (new Set(capacity.map(({ provider }) => provider)).size < capacity.length)
    rules.report("FSD1209", `${path}[1].provider`, `${capacity[1]?.provider} is named twice`, "name each provider once");
}
