/** A third party that deploys a simulated service by task sets, as CreateTaskSet and its siblings let it. */
import { createTaskSet, drainTaskSet, promoteTaskSet, scaleTaskSet } from "../engine/service/change-task-sets.ts";
import type { TaskSetState } from "../engine/service/task-set-state.ts";
import type { TaskState } from "../engine/service/task-state.ts";
import type { SimulatedVersion } from "./simulated-task-definitions.ts";
import type { SimulatedService, SimulatedWorld } from "./simulated-world.ts";

/** The two target groups between which the third party moves the traffic. */
export type Colour = "targets" | "others";

export class SimulatedTaskSets {
  readonly #world: SimulatedWorld;
  readonly #service: SimulatedService;

  /** Creates the service, without a task set. */
  constructor(world: SimulatedWorld, service: Omit<SimulatedService, "version" | "external">) {
    this.#world = world;
    this.#service = { ...service, version: {}, external: true };
    world.create(this.#service);
  }

  /** CreateTaskSet; answers its id. */
  create(version: SimulatedVersion, scale: number, colour: Colour = "targets"): string {
    const { controller, random } = this.#world;
    const { name } = this.#service;
    const revision = this.#world.newRevision({ ...this.#service, version }, `${name}-${colour}`);
    const id = `ecs-svc/${random.digits(19)}`;
    const taskSetArn = `${revision.serviceArn.replace(":service/", ":task-set/")}/${id}`;
    const service = createTaskSet(this.#world.service(name), { id, taskSetArn, scale }, revision, controller.now());
    controller.putService(service, revision);
    return id;
  }

  /** UpdateTaskSet. */
  scale(id: string, scale: number): void {
    this.#put(scaleTaskSet(this.#state, id, scale, this.#world.controller.now()));
  }

  /** UpdateServicePrimaryTaskSet. */
  promote(id: string): void {
    this.#put(promoteTaskSet(this.#state, id, this.#world.controller.now()));
  }

  /** DeleteTaskSet. */
  delete(id: string): void {
    this.#put(drainTaskSet(this.#state, id, this.#world.controller.now()));
  }

  /** Gives all production traffic to one target group. */
  moveTraffic(colour: Colour): void {
    const { name } = this.#service;
    this.#world.weights.set(`${name}-production`, [{ targetGroupArn: `${name}-${colour}`, weight: 1 }]);
  }

  all(): readonly TaskSetState[] {
    return this.#state.taskSets ?? [];
  }

  taskSet(id: string): TaskSetState | undefined {
    return this.all().find(({ deployment }) => deployment.id === id);
  }

  /** Its tasks that are wanted RUNNING. */
  tasks(id: string): readonly TaskState[] {
    return this.#world.tasks(this.#service.name).filter((task) => task.deploymentId === id && task.desiredStatus === "RUNNING");
  }

  get #state() {
    return this.#world.service(this.#service.name);
  }

  #put(service: ReturnType<SimulatedWorld["service"]>): void {
    this.#world.controller.putService(service);
  }
}
