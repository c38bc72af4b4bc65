/** What tests of simulations are built of: a service of two tasks behind a load balancer, scaled by its CPU, and two calm hours. */
import { defaultDeploymentConfiguration } from "../engine/service/service-state.ts";
import { noFaults } from "./faults.ts";
import { usually } from "./forecast.ts";
import { steadyLoad } from "./load.ts";
import type { ScalingPolicy } from "./scaling-model.ts";
import type { ServiceModel } from "./service-model.ts";
import type { SimulationOptions } from "./simulation.ts";

export const monday = Date.UTC(2026, 0, 5);
export const tracking = (name: string, metric: string, target: number): ScalingPolicy => ({
  kind: "target-tracking",
  name,
  metric,
  target,
  disableScaleIn: false,
  scaleOutCooldownMs: 60_000,
  scaleInCooldownMs: 300_000,
});
export const model: ServiceModel = {
  name: "api",
  desiredCount: 2,
  cpu: 1024,
  memory: 2048,
  deployment: defaultDeploymentConfiguration,
  gracePeriodMs: 60_000,
  stopTimeoutMs: 30_000,
  balancer: { intervalMs: 30_000, timeoutMs: 5_000, healthyThreshold: 2, unhealthyThreshold: 3, deregistrationDelayMs: 30_000 },
  capacityProviderStrategy: [],
  scaling: {
    minCapacity: 2,
    maxCapacity: 20,
    policies: [tracking("cpu", "cpu", 60)],
    schedule: [],
  },
};
/** One vCPU does 100 requests a second. */
export const options: SimulationOptions = {
  seed: 1,
  hours: 2,
  load: steadyLoad(100),
  faults: noFaults,
  conditions: usually,
  work: { cpuMs: 10, latencyMs: 20 },
  startTime: monday,
};
