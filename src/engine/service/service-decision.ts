/** What is to be done about one service: a closed union. Every member says why, in words made for logs and forecasts. */
import type { LifecycleStage, ServiceEvent, ServiceState, TrafficWeight } from "./service-state.ts";
import type { StopCode } from "./task-state.ts";

/** Why a deployment failed. */
export type FailureCause = "circuit-breaker" | "alarm" | "stopped-by-user" | "lifecycle-hook" | "stage-timeout";

export type ServiceDecision =
  | {
      readonly type: "start-task";
      readonly taskId: string;
      readonly deploymentId: string;
      readonly serviceRevisionArn: string;
      readonly taskDefinitionArn: string;
      readonly capacityProviderName?: string;
      readonly subnetId: string;
      readonly availabilityZone: string;
      readonly reason: "missing" | "replaces-unhealthy" | "rebalances-zones";
    }
  | {
      readonly type: "stop-task";
      readonly taskArn: string;
      readonly stopCode: StopCode;
      readonly stoppedReason: string;
      readonly reason: "replaced-by-deployment" | "scale-in" | "failed-health-checks" | "makes-room" | "rebalances-zones";
    }
  /** What the service has learned about a task and must not forget. */
  | {
      readonly type: "mark-task";
      readonly taskArn: string;
      readonly firstHealthyTime?: number;
      readonly accounted?: boolean;
      readonly sickAnnounced?: boolean;
    }
  /** So many tasks were not started, for ECS cannot launch them at all. */
  | { readonly type: "give-up-launch"; readonly deploymentId: string; readonly launches: number; readonly reason: "configuration-error" }
  | { readonly type: "complete-deployment"; readonly deploymentId: string; readonly reason: "all-tasks-healthy" | "nothing-desired" }
  | { readonly type: "fail-deployment"; readonly deploymentId: string; readonly reason: FailureCause }
  | {
      readonly type: "roll-back";
      readonly deploymentId: string;
      readonly toDeploymentId: string;
      readonly reason: FailureCause;
    }
  | { readonly type: "retire-deployment"; readonly deploymentId: string; readonly reason: "no-tasks-left" }
  /** Gives a listener rule its weights. */
  | {
      readonly type: "set-weights";
      readonly listenerRuleArn: string;
      readonly weights: readonly TrafficWeight[];
      readonly reason: "test-traffic" | "production-traffic" | "refused-before";
    }
  | {
      readonly type: "call-hook";
      readonly hookId: string;
      readonly target: string;
      readonly details?: unknown;
      readonly stage: LifecycleStage;
      readonly serviceDeploymentArn: string;
      readonly targetServiceRevisionArn: string;
      readonly reason: "stage-entered" | "not-yet-done";
    }
  | { readonly type: "finish-service"; readonly reason: "no-tasks-left" };

export interface ServiceOutcome {
  /** The service after these decisions; the same object when nothing changed. */
  readonly service: ServiceState;
  readonly decisions: readonly ServiceDecision[];
  /** New events, oldest first; already in `service.events`. */
  readonly events: readonly ServiceEvent[];
  /** Engine time of the next reconcile that may decide something by itself. */
  readonly wakeAt: number | undefined;
}
