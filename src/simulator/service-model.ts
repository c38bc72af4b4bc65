/**
 * A service as a rehearsal needs it: sizes, bounds, checks and scaling, without names of AWS resources. The command
 * makes it from a manifest.
 */
import type { CapacityProviderStrategyItem, DeploymentConfiguration } from "../engine/service/service-state.ts";
import type { HealthCheckPlan } from "../engine/service/task-plan.ts";
import type { ScalingModel } from "./scaling-model.ts";
import type { ContainerBehaviour } from "./simulated-runtime.ts";
import { type SimulatedService, SimulatedWorld, type SimulatedWorldOptions } from "./simulated-world.ts";

export interface ServiceModel {
  readonly name: string;
  readonly desiredCount: number;
  /** CPU units, 1024 a vCPU. */
  readonly cpu: number;
  /** MiB. */
  readonly memory: number;
  readonly deployment: DeploymentConfiguration;
  readonly gracePeriodMs: number;
  readonly stopTimeoutMs: number;
  /** Zones of the environment: tasks are spread over them, and the load balancer has a node in each, which probes by itself. Absent: two, and one prober. */
  readonly zones?: number;
  /** Absent: no load balancer. */
  readonly balancer?: {
    readonly intervalMs: number;
    /** How long a health check waits for its answer. */
    readonly timeoutMs: number;
    readonly healthyThreshold: number;
    readonly unhealthyThreshold: number;
    readonly deregistrationDelayMs: number;
  };
  /** `asksProgram`: its command asks the program at its own address, and waits for the answer like any other request. */
  readonly containerCheck?: HealthCheckPlan & { readonly asksProgram: boolean };
  readonly capacityProviderStrategy: readonly CapacityProviderStrategyItem[];
  /** The slowest alarm's period times its periods, when alarms guard deployments. */
  readonly alarmWindowMs?: number;
  readonly scaling?: ScalingModel;
}

/** How the outside of the service behaves, in milliseconds. */
export interface Conditions {
  readonly provisionMs: number;
  readonly pullMs: number;
  /** From the start of the program until it answers. */
  readonly answersAfterMs: number;
  /** From the stop signal to the exit. */
  readonly stopsAfterMs: number;
  /** How long connections keep a draining target busy; at most the deregistration delay. */
  readonly drainMs: number;
}

/** The one alarm that stands for all that guard the service's deployments. */
export const DEPLOYMENT_ALARM = "deployment";

/** A world with nothing in it but the service, standing ready to be created. */
export function worldOf(model: ServiceModel, conditions: Conditions, options: SimulatedWorldOptions = {}): SimulatedWorld {
  const world = new SimulatedWorld({ ...options, provisionMs: conditions.provisionMs });
  if (model.deployment.alarms?.enable === true) world.setAlarm(DEPLOYMENT_ALARM, "OK", model.alarmWindowMs);
  return world;
}

/** The service as the simulated world takes it. */
export function simulatedService(model: ServiceModel, conditions: Conditions): SimulatedService {
  const { balancer, deployment, zones } = model;
  const { alarms } = deployment;
  return {
    name: model.name,
    desiredCount: model.desiredCount,
    version: { containers: [containerOf(model)], behaviour: behaviourOf(conditions) },
    availabilityZoneRebalancing: "ENABLED",
    deployment: { ...deployment, ...(alarms === undefined ? {} : { alarms: { ...alarms, alarmNames: [DEPLOYMENT_ALARM] } }) },
    gracePeriodMs: model.gracePeriodMs,
    capacityProviderStrategy: model.capacityProviderStrategy,
    ...(zones === undefined ? {} : { availabilityZones: zones }),
    ...(balancer === undefined
      ? {}
      : { targetGroup: { ...balancer, probers: zones ?? 1, drainMs: Math.min(conditions.drainMs, balancer.deregistrationDelayMs) } }),
  };
}

export function containerOf({ containerCheck, stopTimeoutMs }: ServiceModel): {
  name: string;
  stopTimeoutMs: number;
  healthCheck?: HealthCheckPlan;
} {
  return { name: "app", stopTimeoutMs, ...(containerCheck === undefined ? {} : { healthCheck: containerCheck }) };
}

export function behaviourOf({ pullMs, answersAfterMs, stopsAfterMs }: Conditions): Partial<ContainerBehaviour> {
  return { pullMs, answersAfterMs, stopsAfterMs };
}
