/** One task decision, carried out through the port it belongs to. */
import type { TaskDecision } from "../engine/service/task-decision.ts";
import type { TaskState } from "../engine/service/task-state.ts";
import type { TaskLaunch } from "../model/task-launch.ts";
import type { ServiceRegistries, TargetGroups, TaskRuntime } from "./ports.ts";

export interface Hands {
  readonly runtime: TaskRuntime;
  readonly targetGroups: TargetGroups;
  readonly registries: ServiceRegistries;
  readonly wallMs: (engineMs: number) => number;
}

/** Carries out `decision` on `task`. Nothing is returned: outcomes arrive as events. */
export function carryOut(decision: TaskDecision, task: TaskState, launch: () => TaskLaunch, hands: Hands): void {
  const { runtime, targetGroups, registries, wallMs } = hands;
  switch (decision.type) {
    case "provision":
      runtime.provision(launch());
      return;
    case "pull":
      runtime.pull(launch(), decision.container);
      return;
    case "start":
      runtime.start(launch(), decision.container);
      return;
    case "probe":
      runtime.probe(task.taskArn, decision.container, decision.command, wallMs(decision.timeoutMs));
      return;
    case "stop":
      runtime.stop(task.taskArn, decision.container, wallMs(decision.timeoutMs));
      return;
    case "deprovision":
      runtime.deprovision(task.taskArn);
      return;
    case "register-target":
      targetGroups.register(decision.targetGroupArn, { ip: decision.ip, port: decision.port });
      return;
    case "deregister-target":
      targetGroups.deregister(decision.targetGroupArn, { ip: decision.ip, port: decision.port });
      return;
    case "register-instance":
      registries.register(decision.registryArn, task.taskId, {
        ip: decision.ip,
        ...(decision.port === undefined ? {} : { port: decision.port }),
        ...(task.taskSetExternalId === undefined ? {} : { taskSetExternalId: task.taskSetExternalId }),
      });
      return;
    case "report-instance-health":
      registries.setHealth(decision.registryArn, task.taskId, decision.healthy);
      return;
    case "deregister-instance":
      registries.deregister(decision.registryArn, task.taskId);
      return;
  }
}
