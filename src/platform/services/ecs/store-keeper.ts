import type { StateKeeper } from "../../../controller/state-keeper.ts";
import type { ServiceRevision, ServiceState } from "../../../engine/service/service-state.ts";
import type { TaskState } from "../../../engine/service/task-state.ts";
import type { Collection, Store } from "../../persistence/store.ts";

/** Hears of each change before it is written, in the same transaction: what it writes becomes durable together with the change. */
export interface StateWitness {
  taskChanges(before: TaskState | undefined, after: TaskState): void;
  serviceChanges(before: ServiceState | undefined, after: ServiceState): void;
}

/** The controller's memory in the platform's store. */
export class StoreKeeper implements StateKeeper {
  readonly #store: Store;
  readonly #services: Collection<ServiceState>;
  readonly #tasks: Collection<TaskState>;
  readonly #revisions: Collection<ServiceRevision>;

  readonly #witness: StateWitness | undefined;

  constructor(store: Store, witness?: StateWitness) {
    this.#store = store;
    this.#witness = witness;
    this.#services = store.collection("ecs.scheduler.service");
    this.#tasks = store.collection("ecs.scheduler.task");
    this.#revisions = store.collection("ecs.scheduler.revision");
  }

  service(serviceArn: string): ServiceState | undefined {
    return this.#services.get(serviceArn);
  }

  services(prefix?: string): ServiceState[] {
    return this.#services.list(prefix);
  }

  putService(service: ServiceState): void {
    this.#witness?.serviceChanges(this.#services.get(service.serviceArn), service);
    this.#services.put(service.serviceArn, service);
  }

  task(taskArn: string): TaskState | undefined {
    return this.#tasks.get(taskArn);
  }

  tasks(prefix?: string): TaskState[] {
    return this.#tasks.list(prefix);
  }

  putTask(task: TaskState): void {
    this.#witness?.taskChanges(this.#tasks.get(task.taskArn), task);
    this.#tasks.put(task.taskArn, task);
  }

  forgetTask(taskArn: string): void {
    this.#tasks.delete(taskArn);
  }

  revision(serviceRevisionArn: string): ServiceRevision | undefined {
    return this.#revisions.get(serviceRevisionArn);
  }

  putRevision(revision: ServiceRevision): void {
    this.#revisions.put(revision.serviceRevisionArn, revision);
  }

  commit(work: () => void): void {
    this.#store.transaction(work);
  }
}
