/**
 * Everything that may befall a task. The first group are the runtime's and the load balancer's outcomes (the
 * controller's `RuntimeEvent` and `TargetEvent`), the second are the scheduler's and the user's wishes.
 */
import type { TaskDecision } from "./task-decision.ts";
import type { StopCode, TargetRegistration } from "./task-state.ts";

export type TaskTrigger =
  | { readonly type: "task-provisioned"; readonly privateIp: string; readonly macAddress: string; readonly attachmentId: string }
  | { readonly type: "task-provision-failed"; readonly reason: string }
  | { readonly type: "container-pulled"; readonly container: string; readonly imageDigest?: string }
  | { readonly type: "container-pull-failed"; readonly container: string; readonly reason: string }
  | { readonly type: "container-started"; readonly container: string; readonly runtimeId: string }
  | { readonly type: "container-start-failed"; readonly container: string; readonly reason: string }
  | { readonly type: "container-exited"; readonly container: string; readonly exitCode?: number; readonly reason?: string }
  | { readonly type: "container-probed"; readonly container: string; readonly passed: boolean; readonly output: string }
  | { readonly type: "task-deprovisioned" }
  | {
      readonly type: "target-health";
      readonly targetGroupArn: string;
      readonly state: Exclude<TargetRegistration, "none">;
      readonly reason?: string;
      readonly description?: string;
    }
  | { readonly type: "stop"; readonly stopCode: StopCode; readonly stoppedReason: string }
  /** Spot wants its capacity back: the stop signal comes at once, drain and stop overlap. */
  | { readonly type: "spot-interrupted" }
  /** The registry took the call to take the task out. */
  | { readonly type: "instance-deregistered"; readonly registryArn: string }
  /** A rate limit of another service's refused a call, which was not made. */
  | { readonly type: "throttled"; readonly call: TaskDecision }
  /** The platform came back without the task's processes. */
  | { readonly type: "runtime-lost" }
  /** A due time has come, or unfinished effects are to be issued again. */
  | { readonly type: "resume" }
  | { readonly type: "due" };
