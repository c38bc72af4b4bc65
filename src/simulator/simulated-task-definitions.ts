/** The task definitions of a simulated world: each registered version's plan, how its containers behave, and what is launched of it. */
import type { TaskPlans } from "../controller/controller-dependencies.ts";
import type { ContainerPlan, TaskPlan } from "../engine/service/task-plan.ts";
import type { TaskState } from "../engine/service/task-state.ts";
import type { TaskLaunch } from "../model/task-launch.ts";
import { type ContainerBehaviour, wellBehaved } from "./simulated-runtime.ts";

/** A version of a simulated program: how it is checked and how it behaves. */
export interface SimulatedVersion {
  readonly containers?: readonly (Partial<ContainerPlan> & Pick<ContainerPlan, "name">)[];
  /** The behaviour of every container, or of each by name. */
  readonly behaviour?: Partial<ContainerBehaviour> | ((container: string, task: TaskLaunch) => Partial<ContainerBehaviour>);
}

export class SimulatedTaskDefinitions implements TaskPlans {
  readonly #account: string;
  readonly #versions = new Map<string, { readonly plan: TaskPlan; readonly version: SimulatedVersion }>();

  /** @param account the part of every ARN before the resource: `arn:aws:ecs:us-east-1:000000000000` */
  constructor(account: string) {
    this.#account = account;
  }

  /** RegisterTaskDefinition. */
  register(name: string, version: SimulatedVersion): TaskPlan {
    const taskDefinitionArn = `${this.#account}:task-definition/${name}:${this.#versions.size + 1}`;
    const plan: TaskPlan = {
      taskDefinitionArn,
      containers: (version.containers ?? [{ name: "app" }]).map((container) => ({
        image: "app",
        essential: true,
        dependsOn: [],
        stopTimeoutMs: 30_000,
        pinned: true,
        ...container,
      })),
    };
    this.#versions.set(taskDefinitionArn, { plan, version });
    return plan;
  }

  plan(taskDefinitionArn: string): TaskPlan {
    const known = this.#versions.get(taskDefinitionArn);
    if (known === undefined) throw new Error(`no task definition ${taskDefinitionArn}`);
    return known.plan;
  }

  launch(task: TaskState): TaskLaunch {
    return launchOf(task, this.plan(task.taskDefinitionArn));
  }

  behaviour(task: TaskLaunch, container: string): ContainerBehaviour {
    const version = this.#versions.get(`${this.#account}:task-definition/${task.family}:${task.revision}`)?.version;
    const behaviour = typeof version?.behaviour === "function" ? version.behaviour(container, task) : version?.behaviour;
    return { ...wellBehaved, ...behaviour };
  }
}

function launchOf(task: TaskState, plan: TaskPlan): TaskLaunch {
  const [family = "", revision = "0"] = task.taskDefinitionArn.split("/").at(-1)?.split(":") ?? [];
  return {
    taskArn: task.taskArn,
    taskId: task.taskId,
    account: "000000000000",
    region: "us-east-1",
    clusterName: "sim",
    family,
    revision: Number(revision),
    cpu: 256,
    memory: 512,
    network: { subnetId: task.subnetId, securityGroups: task.securityGroups, assignPublicIp: task.assignPublicIp },
    containers: plan.containers.map((container) => ({
      name: container.name,
      image: container.image,
      essential: container.essential,
      environment: {},
      secrets: [],
      ports: [],
      readonlyRootFilesystem: false,
    })),
  };
}
