/** A service's deployment configuration between the API and the scheduler, with every default ECS fills in. */
import type { DeploymentConfiguration as Requested } from "@aws-sdk/client-ecs";
import {
  type CircuitBreaker,
  type DeploymentConfiguration,
  defaultDeploymentConfiguration,
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
  if (strategy !== "ROLLING") throw invalidParameter(`The local platform does not carry out the deployment strategy ${strategy} yet.`);
  const alarms = input?.alarms ?? current.alarms;
  return {
    strategy,
    minimumHealthyPercent,
    maximumPercent,
    circuitBreaker: circuitBreaker(input, current.circuitBreaker),
    ...(alarms === undefined
      ? {}
      : { alarms: { alarmNames: alarms.alarmNames ?? [], enable: alarms.enable ?? false, rollback: alarms.rollback ?? false } }),
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
    bakeTimeInMinutes: 0,
    ...(alarms === undefined ? {} : { alarms: { ...alarms, alarmNames: [...alarms.alarmNames] } }),
  };
}
