import type { CalledService } from "./throttled-calls.ts";

/** What is to be done about one task: a closed union, each member carried out by one port of the controller. */
export type TaskDecision =
  | { readonly type: "provision" }
  | { readonly type: "pull"; readonly container: string }
  | { readonly type: "start"; readonly container: string }
  | { readonly type: "probe"; readonly container: string; readonly command: readonly string[]; readonly timeoutMs: number }
  /** `timeoutMs`, as configured and scaled by `limit`, is engine time; the controller turns it to the runtime's. */
  | { readonly type: "stop"; readonly container: string; readonly timeoutMs: number }
  | { readonly type: "deprovision" }
  | { readonly type: "register-target"; readonly targetGroupArn: string; readonly ip: string; readonly port: number }
  | { readonly type: "deregister-target"; readonly targetGroupArn: string; readonly ip: string; readonly port: number }
  | { readonly type: "register-instance"; readonly registryArn: string; readonly ip: string; readonly port?: number }
  | { readonly type: "report-instance-health"; readonly registryArn: string; readonly healthy: boolean }
  | { readonly type: "deregister-instance"; readonly registryArn: string };

/** What the service's events tell about a task's own steps. */
export type TaskHappening =
  | { readonly type: "target-registered"; readonly taskArn: string; readonly targetGroupArn: string }
  | { readonly type: "target-deregistered"; readonly taskArn: string; readonly targetGroupArn: string }
  /** A call of the task's was refused by that service's rate limit. */
  | { readonly type: "throttled"; readonly taskArn: string; readonly service: CalledService };
