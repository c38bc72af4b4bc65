/** A resolved manifest as a rehearsal takes it. */
import { type DeploymentConfiguration, type LifecycleHook, lifecycleStages } from "../engine/service/service-state.ts";
import type { AutoScaling, Hook, ResolvedEnvironment, ResolvedService } from "../manifest/resolved.ts";
import { backlogPerTask, requestsPerTask, type ScalingModel, type ScalingPolicy } from "../simulator/scaling-model.ts";
import type { ServiceModel } from "../simulator/service-model.ts";

const strategies = {
  rolling: "ROLLING",
  "all-at-once": "ROLLING",
  "blue-green": "BLUE_GREEN",
  canary: "CANARY",
  linear: "LINEAR",
} as const;

/** `zones`: of the environment. `customMetric`: metric math for the value of the manifest's own metric; without it nothing is known of it. */
export function serviceModel({ name, service }: ResolvedService, zones: number, customMetric?: string): ServiceModel {
  const { healthCheck, containerCheck, resources, deployment, networking, observability, autoScaling } = service;
  const windows = deployment.alarms.map((alarm) => {
    const { period = 60, periods = 1 } = observability.alarms[alarm] ?? {};
    return period * periods * 1000;
  });
  return {
    name,
    zones,
    desiredCount: Math.max(resources.desiredCount, autoScaling === undefined ? 0 : resources.minCapacity),
    cpu: resources.cpu,
    memory: resources.memory,
    deployment: deploymentConfiguration(deployment),
    gracePeriodMs: (healthCheck?.gracePeriod ?? 0) * 1000,
    stopTimeoutMs: service.stopTimeout * 1000,
    capacityProviderStrategy: service.capacity.map(({ provider, base, weight }) => ({ capacityProvider: provider, base, weight })),
    ...(windows.length === 0 ? {} : { alarmWindowMs: Math.max(...windows) }),
    ...(healthCheck === undefined || networking.loadBalancer === undefined
      ? {}
      : {
          balancer: {
            intervalMs: healthCheck.interval * 1000,
            timeoutMs: healthCheck.timeout * 1000,
            healthyThreshold: healthCheck.healthyThreshold,
            unhealthyThreshold: healthCheck.unhealthyThreshold,
            deregistrationDelayMs: networking.loadBalancer.deregistrationDelay * 1000,
          },
        }),
    ...(containerCheck === undefined
      ? {}
      : {
          containerCheck: {
            command: containerCheck.command,
            intervalMs: containerCheck.interval * 1000,
            timeoutMs: containerCheck.timeout * 1000,
            retries: containerCheck.retries,
            startPeriodMs: containerCheck.startPeriod * 1000,
            asksProgram: asksItself(containerCheck.command, service.port),
          },
        }),
    ...(autoScaling === undefined ? {} : { scaling: scalingModel(autoScaling, resources, customMetric) }),
  };
}

/** How many zones an environment spans: with a network of its owner's, as many as it names private subnets. */
export function zonesOf({ vpc }: ResolvedEnvironment): number {
  return "availabilityZones" in vpc ? vpc.availabilityZones : Math.max(1, vpc.privateSubnets.length);
}

/** Whether a check's command asks the program at its own address; one of another program's, or of a file, does not. */
function asksItself(command: readonly string[], port: number | undefined): boolean {
  const text = command.join(" ");
  return /\b(localhost|127\.0\.0\.1|0\.0\.0\.0)\b|\[::1\]/.test(text) || (port !== undefined && new RegExp(`:${port}\\b`).test(text));
}

/** The policies that synthesis makes of the same manifest, by the same names. */
function scalingModel(
  { scaleOutCooldown, scaleInCooldown, queue, metric, schedule, ...targets }: AutoScaling,
  { minCapacity, maxCapacity }: ResolvedService["service"]["resources"],
  customMetric: string | undefined,
): ScalingModel {
  const policy = (policyName: string, expression: string, target: number | undefined): ScalingPolicy[] =>
    target === undefined
      ? []
      : [
          {
            kind: "target-tracking",
            name: policyName,
            metric: expression,
            target,
            disableScaleIn: false,
            scaleOutCooldownMs: scaleOutCooldown * 1000,
            scaleInCooldownMs: scaleInCooldown * 1000,
          },
        ];
  return {
    minCapacity,
    maxCapacity,
    schedule,
    policies: [
      ...policy("cpu", "cpu", targets.targetCPUUtilization),
      ...policy("memory", "memory", targets.targetMemoryUtilization),
      ...policy("requests", requestsPerTask, targets.targetRequestsPerTask),
      ...(queue?.backlogPerTask === undefined
        ? policy("queue", "waiting", queue === undefined ? undefined : (queue.depth ?? 100))
        : policy("queue", backlogPerTask, queue.backlogPerTask)),
      ...policy("metric", customMetric ?? UNKNOWN_METRIC, metric?.target),
    ],
  };
}

/** No minute has a value of this one. */
const UNKNOWN_METRIC = "unknown";

function deploymentConfiguration(deployment: ResolvedService["service"]["deployment"]): DeploymentConfiguration {
  const { circuitBreaker: breaker, alarms, canary, linear } = deployment;
  return {
    strategy: strategies[deployment.strategy],
    minimumHealthyPercent: deployment.minimumHealthyPercent,
    maximumPercent: deployment.maximumPercent,
    circuitBreaker: {
      enable: breaker.enable,
      rollback: breaker.rollback,
      resetOnHealthyTask: breaker.resetOnHealthyTask,
      threshold: breaker.threshold ?? { type: "BOUNDED_PERCENT", value: 50 },
    },
    ...(alarms.length === 0 ? {} : { alarms: { alarmNames: alarms, enable: true, rollback: true } }),
    bakeTimeMs: deployment.bakeTime * 1000,
    // A hook waits for people or programs nobody can foresee: a rehearsal takes their consent for granted.
    lifecycleHooks: deployment.hooks.flatMap(consentingHook),
    canary: { percent: canary?.percent ?? 5, bakeMs: (canary?.bakeTime ?? 600) * 1000 },
    linear: { stepPercent: linear?.stepPercent ?? 10, stepBakeMs: (linear?.stepBakeTime ?? 360) * 1000 },
  };
}

function consentingHook({ stage }: Hook): LifecycleHook[] {
  const known = lifecycleStages.find((each) => each === stage);
  return known === undefined ? [] : [{ targetType: "PAUSE", stages: [known], timeoutMs: 0, timeoutAction: "CONTINUE" }];
}
