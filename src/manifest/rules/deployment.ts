/** Deployments that could never move, never end, or never be undone. Rounding is ECS's: minimum up, maximum down. */
import type { ResolvedService } from "../resolved.ts";
import { shiftsTraffic } from "../strategies.ts";
import type { Rules } from "./rules.ts";

const at = "service.deployment";

export function checkDeployment({ service }: ResolvedService, rules: Rules): void {
  const { deployment, resources } = service;
  const { strategy, minimumHealthyPercent: minimum, maximumPercent: maximum } = deployment;
  const shifts = shiftsTraffic(strategy);
  if (!rules.sound(`${at}.strategy`)) return;
  // What an earlier layer said for its own strategy gives way to a later layer's other one.
  const meant = (name: string): boolean =>
    rules.given(`${at}.${name}`) && (!rules.given(`${at}.strategy`) || rules.together(`${at}.strategy`, `${at}.${name}`));
  if (shifts && service.port === undefined && rules.sound("service.port")) {
    rules.report(
      "FSD1506",
      `${at}.strategy`,
      `${strategy} shifts traffic at the load balancer, and this service has no port`,
      "use rolling, or add port",
    );
  }
  if (!shifts && meant("bakeTime"))
    rules.report("FSD1502", `${at}.bakeTime`, `bakeTime has no meaning with ${strategy}`, "remove it, or use blue-green, canary or linear");
  if (shifts && meant("circuitBreaker"))
    rules.report(
      "FSD1507",
      `${at}.circuitBreaker`,
      `the circuit breaker does not watch ${strategy} deployments`,
      "remove circuitBreaker; use alarms",
    );
  for (const name of ["canary", "linear"] as const) {
    if (strategy !== name && meant(name))
      rules.report("FSD1111", `${at}.${name}`, `${name} has no meaning with strategy ${strategy}`, `write strategy: ${name}, or remove it`);
  }
  if (!shifts && meant("hooks"))
    rules.report("FSD1111", `${at}.hooks`, `hooks have no meaning with strategy ${strategy}`, "use blue-green, canary or linear");
  deployment.hooks.forEach(({ stage, pause }, index) => {
    if (pause && ["TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"].includes(stage) && rules.sound(`${at}.hooks[${index}]`))
      rules.report(
        "FSD1509",
        `${at}.hooks[${index}].stage`,
        `ECS does not pause at ${stage}`,
        `pause before or after it (${stage === "TEST_TRAFFIC_SHIFT" ? "POST_SCALE_UP, POST_TEST_TRAFFIC_SHIFT" : "PRE_PRODUCTION_TRAFFIC_SHIFT, POST_PRODUCTION_TRAFFIC_SHIFT"}), or ask a function`,
      );
  });
  checkLength(service, rules);
  checkBreaker(service, rules);
  if (rules.sound(`${at}.alarms`, "service.observability")) {
    deployment.alarms.forEach((alarm, index) => {
      if (Object.hasOwn(service.observability.alarms, alarm)) return;
      const known = Object.keys(service.observability.alarms);
      rules.report(
        "FSD1504",
        `${at}.alarms[${index}]`,
        `no alarm ${alarm} is defined`,
        `define it under observability.alarms${known.length > 0 ? `; there are ${known.join(", ")}` : ""}`,
      );
    });
  }
  if (!rules.sound(`${at}.minimumHealthyPercent`, `${at}.maximumPercent`, "service.resources", "service.singleton") || shifts) return;
  if (strategy === "all-at-once" || service.singleton) {
    // Percentages of an earlier layer give way to the strategy; beside it they contradict it.
    const decides = service.singleton ? "service.singleton" : `${at}.strategy`;
    const what = service.singleton ? "a singleton" : "all-at-once";
    for (const [name, only] of [
      ["minimumHealthyPercent", 0],
      ["maximumPercent", 100],
    ] as const) {
      const given = rules.number(`${at}.${name}`);
      if (given === undefined || given === only || !rules.together(decides, `${at}.${name}`)) continue;
      rules.report("FSD1508", `${at}.${name}`, `${what} is 0/100, so ${name} cannot be ${given}`, "remove it");
    }
    return;
  }
  checkBounds(minimum, maximum, resources, rules);
}

function checkBounds(minimum: number, maximum: number, resources: ResolvedService["service"]["resources"], rules: Rules): void {
  // Any count that scaling may choose must be able to move.
  const counts = new Set([resources.desiredCount, Math.max(1, resources.minCapacity)]);
  for (let count = Math.max(1, resources.minCapacity); count <= Math.min(resources.maxCapacity, resources.minCapacity + 50); count++)
    counts.add(count);
  for (const desired of [...counts].sort((a, b) => a - b)) {
    if (desired === 0) continue;
    const healthy = Math.ceil((desired * minimum) / 100);
    const most = Math.floor((desired * maximum) / 100);
    if (most > desired || healthy < desired) continue;
    const tasks = desired === 1 ? "1 task" : `${desired} tasks`;
    const paths = [`${at}.maximumPercent`, `${at}.minimumHealthyPercent`];
    rules.report(
      "FSD1501",
      paths,
      `with ${tasks}, ${minimum}/${maximum} means at least ${healthy} healthy and at most ${most} in all: no task can be started or stopped`,
      `use maximumPercent ${Math.ceil(((desired + 1) / desired) * 100)} or more, or minimumHealthyPercent ${Math.floor(((desired - 1) / desired) * 100)} or less`,
    );
    return;
  }
}

function checkLength({ deployment }: ResolvedService["service"], rules: Rules): void {
  const { strategy, canary, linear, bakeTime } = deployment;
  if (!rules.sound(at)) return;
  const steps = linear === undefined ? 0 : Math.ceil(100 / linear.stepPercent) - 1;
  const seconds = bakeTime + (canary?.bakeTime ?? 0) + steps * (linear?.stepBakeTime ?? 0);
  const parts = [
    ...(canary === undefined ? [] : [`${canary.percent} % for ${hours(canary.bakeTime)}`]),
    ...(linear === undefined ? [] : [`${steps} steps of ${hours(linear.stepBakeTime)}`]),
    `bakeTime ${hours(bakeTime)}`,
  ];
  if (seconds > 33 * 3600) {
    rules.report(
      "FSD1503",
      [`${at}.bakeTime`, `${at}.${strategy}`],
      `${strategy} would bake for ${hours(seconds)} (${parts.join(" + ")}), at most 33 h are possible`,
      "shorten the bake times",
    );
  }
}

function hours(seconds: number): string {
  return `${Math.round(seconds / 360) / 10} h`;
}

function checkBreaker({ deployment }: ResolvedService["service"], rules: Rules): void {
  const { circuitBreaker, strategy } = deployment;
  const path = `${at}.circuitBreaker`;
  if (!rules.given(path) || !rules.sound(path)) return;
  if ((strategy === "rolling" || strategy === "all-at-once") && !circuitBreaker.enable) {
    rules.report(
      "FSD1505",
      `${path}.enable`,
      "without the circuit breaker a version that never starts keeps the deploy going for hours",
      "leave it on",
    );
  }
  const { threshold } = circuitBreaker;
  if (threshold !== undefined && threshold.type !== "COUNT" && threshold.value > 100) {
    rules.report("FSD1105", `${path}.threshold.value`, `threshold ${threshold.value} is a percentage`, "use 1 to 100, or type: COUNT");
  }
}
