/** A service's deployment configuration between the API and the scheduler, with every default ECS fills in. */
import type { DeploymentLifecycleHook, DeploymentLifecycleHookStage, DeploymentConfiguration as Requested } from "@aws-sdk/client-ecs";
import {
  type CircuitBreaker,
  type DeploymentConfiguration,
  defaultDeploymentConfiguration,
  hookStages,
  type LifecycleHook,
} from "../../../engine/service/service-state.ts";
import { invalidParameter } from "./faults.ts";

/** What is asked over what was: members that are absent stay, a circuit breaker given is taken whole. */
export function deploymentConfiguration(
  input: Requested | undefined,
  current: DeploymentConfiguration = defaultDeploymentConfiguration,
): DeploymentConfiguration {
  const minimumHealthyPercent = input?.minimumHealthyPercent ?? current.minimumHealthyPercent;
  const maximumPercent = input?.maximumPercent ?? current.maximumPercent;
  if (minimumHealthyPercent < 0 || maximumPercent < 0)
    throw invalidParameter("minimumHealthyPercent and maximumPercent must not be negative.");
  if (maximumPercent < minimumHealthyPercent) throw invalidParameter("maximumPercent must not be less than minimumHealthyPercent.");
  if (maximumPercent < 100) throw invalidParameter("maximumPercent must be at least 100.");
  if (minimumHealthyPercent === 100 && maximumPercent === 100) {
    throw invalidParameter("Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.");
  }
  const strategy = input?.strategy ?? current.strategy;
  const alarms = input?.alarms ?? current.alarms;
  return {
    strategy,
    minimumHealthyPercent,
    maximumPercent,
    circuitBreaker: circuitBreaker(input, current.circuitBreaker),
    ...stagedConfiguration(input, current, strategy),
    ...(alarms === undefined
      ? {}
      : { alarms: { alarmNames: alarms.alarmNames ?? [], enable: alarms.enable ?? false, rollback: alarms.rollback ?? false } }),
  };
}

type Staged = Pick<DeploymentConfiguration, "bakeTimeMs" | "lifecycleHooks" | "linear" | "canary">;

function stagedConfiguration(
  input: Requested | undefined,
  current: DeploymentConfiguration,
  strategy: DeploymentConfiguration["strategy"],
): Staged {
  const bakeMinutes = input?.bakeTimeInMinutes;
  if (bakeMinutes !== undefined && (bakeMinutes < 0 || bakeMinutes > 1440)) {
    throw invalidParameter("bakeTimeInMinutes must be between 0 and 1440.");
  }
  if (strategy === "BLUE_GREEN" && current.strategy !== "BLUE_GREEN" && bakeMinutes === undefined) {
    throw invalidParameter("bakeTimeInMinutes is required with the BLUE_GREEN deployment strategy.");
  }
  if (strategy === "ROLLING" && (input?.lifecycleHooks ?? []).length > 0) {
    throw invalidParameter("Lifecycle hooks are not supported with the ROLLING deployment strategy.");
  }
  const { linearConfiguration: linear, canaryConfiguration: canary } = input ?? {};
  const stepPercent = linear?.stepPercent ?? current.linear.stepPercent;
  const percent = canary?.canaryPercent ?? current.canary.percent;
  if (stepPercent < 3 || stepPercent > 100) throw invalidParameter("stepPercent must be between 3.0 and 100.0.");
  if (Math.abs(stepPercent * 10 - Math.round(stepPercent * 10)) > 1e-9) throw invalidParameter("stepPercent has one decimal at most.");
  if (percent < 0.1 || percent > 100) throw invalidParameter("canaryPercent must be between 0.1 and 100.0.");
  return {
    bakeTimeMs: bakeMinutes === undefined ? current.bakeTimeMs : bakeMinutes * 60_000,
    lifecycleHooks: input?.lifecycleHooks === undefined ? current.lifecycleHooks : input.lifecycleHooks.map(lifecycleHook),
    linear: { stepPercent, stepBakeMs: minutes("stepBakeTimeInMinutes", linear?.stepBakeTimeInMinutes, current.linear.stepBakeMs) },
    canary: { percent, bakeMs: minutes("canaryBakeTimeInMinutes", canary?.canaryBakeTimeInMinutes, current.canary.bakeMs) },
  };
}

function minutes(name: string, given: number | undefined, otherwiseMs: number): number {
  if (given !== undefined && (given < 0 || given > 1440)) throw invalidParameter(`${name} must be between 0 and 1440.`);
  return given === undefined ? otherwiseMs : given * 60_000;
}

function lifecycleHook(hook: DeploymentLifecycleHook): LifecycleHook {
  const targetType = hook.targetType ?? "AWS_LAMBDA";
  const stages = hook.lifecycleStages ?? [];
  if (stages.length === 0) throw invalidParameter("A lifecycle hook must name at least one lifecycle stage.");
  const hookless = stages.find((stage) => !hookStages.includes(stage));
  if (hookless !== undefined)
    throw invalidParameter(`A lifecycle hook cannot be set on ${hookless}. Stages of hooks: ${hookStages.join(", ")}.`);
  if (targetType === "AWS_LAMBDA" && hook.hookTargetArn === undefined)
    throw invalidParameter("A lifecycle hook must have a hookTargetArn.");
  if (targetType === "PAUSE" && stages.some((stage) => stage === "TEST_TRAFFIC_SHIFT" || stage === "PRODUCTION_TRAFFIC_SHIFT")) {
    throw invalidParameter("A PAUSE hook cannot be set on TEST_TRAFFIC_SHIFT or PRODUCTION_TRAFFIC_SHIFT.");
  }
  const timeout = hook.timeoutConfiguration;
  return {
    targetType,
    stages,
    timeoutAction: timeout?.action ?? "ROLLBACK",
    ...(hook.hookTargetArn === undefined ? {} : { target: hook.hookTargetArn }),
    ...(hook.roleArn === undefined ? {} : { roleArn: hook.roleArn }),
    ...(hook.hookDetails === undefined ? {} : { details: hook.hookDetails }),
    ...(timeout?.timeoutInMinutes === undefined ? {} : { timeoutMs: timeout.timeoutInMinutes * 60_000 }),
  };
}

function describeHook(hook: LifecycleHook): DeploymentLifecycleHook {
  return {
    targetType: hook.targetType,
    hookTargetArn: hook.target,
    roleArn: hook.roleArn,
    lifecycleStages: hook.stages.filter(
      (stage): stage is DeploymentLifecycleHookStage => stage !== "SCALE_UP" && stage !== "BAKE_TIME" && stage !== "CLEAN_UP",
    ),
    ...(hook.details === undefined ? {} : { hookDetails: hook.details as DeploymentLifecycleHook["hookDetails"] }),
    ...(hook.timeoutMs === undefined
      ? {}
      : { timeoutConfiguration: { timeoutInMinutes: hook.timeoutMs / 60_000, action: hook.timeoutAction } }),
  };
}

function circuitBreaker(input: Requested | undefined, current: CircuitBreaker): CircuitBreaker {
  const asked = input?.deploymentCircuitBreaker;
  if (asked === undefined) return current;
  const threshold = asked.thresholdConfiguration;
  const type = threshold?.type ?? "BOUNDED_PERCENT";
  const value = threshold?.value ?? 50;
  if (value < 1 || (type !== "COUNT" && value > 100)) {
    throw invalidParameter(
      `Invalid threshold value ${value} for ${type}: it must be ${type === "COUNT" ? "at least 1" : "between 1 and 100"}.`,
    );
  }
  return {
    enable: asked.enable ?? false,
    rollback: asked.rollback ?? false,
    resetOnHealthyTask: asked.resetOnHealthyTask ?? true,
    threshold: { type, value },
  };
}

/** As DescribeServices reads it back: every default spelled out. */
export function describeDeploymentConfiguration(configuration: DeploymentConfiguration): Requested {
  const { circuitBreaker: breaker, alarms } = configuration;
  return {
    deploymentCircuitBreaker: {
      enable: breaker.enable,
      rollback: breaker.rollback,
      resetOnHealthyTask: breaker.resetOnHealthyTask,
      thresholdConfiguration: { type: breaker.threshold.type, value: breaker.threshold.value },
    },
    maximumPercent: configuration.maximumPercent,
    minimumHealthyPercent: configuration.minimumHealthyPercent,
    strategy: configuration.strategy,
    bakeTimeInMinutes: configuration.bakeTimeMs / 60_000,
    ...(configuration.lifecycleHooks.length === 0 ? {} : { lifecycleHooks: configuration.lifecycleHooks.map(describeHook) }),
    ...(configuration.strategy === "LINEAR"
      ? {
          linearConfiguration: {
            stepPercent: configuration.linear.stepPercent,
            stepBakeTimeInMinutes: configuration.linear.stepBakeMs / 60_000,
          },
        }
      : {}),
    ...(configuration.strategy === "CANARY"
      ? {
          canaryConfiguration: {
            canaryPercent: configuration.canary.percent,
            canaryBakeTimeInMinutes: configuration.canary.bakeMs / 60_000,
          },
        }
      : {}),
    ...(alarms === undefined ? {} : { alarms: { ...alarms, alarmNames: [...alarms.alarmNames] } }),
  };
}
