/**
 * Application Auto Scaling for the desired count of ECS services. The parts that act on their own, `Scaler` and
 * `ScheduledScaling`, are made, started and closed by the composition root.
 */
import type { Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import type { Call, Provider } from "../../gateway/operations.ts";
import { policyOperations } from "./policies.ts";
import type { Scaler } from "./scaler.ts";
import type { ScalingStore } from "./scaling-store.ts";
import { scheduledActionOperations } from "./scheduled-actions.ts";
import type { ScheduledScaling } from "./scheduled-scaling.ts";
import { targetOperations } from "./targets.ts";

export interface ApplicationAutoScalingDependencies {
  /** Wall time. */
  readonly clock: Clock;
  readonly ids: Ids;
  readonly account: string;
  readonly call: Call;
  readonly scaling: ScalingStore;
  readonly scaler: Scaler;
  readonly schedules: ScheduledScaling;
}

export function applicationAutoScalingProvider(dependencies: ApplicationAutoScalingDependencies): Provider<"application-auto-scaling"> {
  const { clock, ids, account, call, scaling: store, scaler, schedules } = dependencies;
  const now = (): number => clock.now();
  return {
    service: "application-auto-scaling",
    operations: {
      ...targetOperations({ store, scaler, schedules, call, account, ids, now }),
      ...policyOperations({ store, call, account, ids, now }),
      ...scheduledActionOperations({ store, schedules, account, ids, now }),
    },
  };
}
