/**
 * The controller's durable memory, as narrow as it needs it: implemented over the store by the local platform and in
 * plain maps by the simulator. What is written inside `commit` becomes durable together, before any effect.
 */
import type { ServiceRevision, ServiceState } from "../engine/service/service-state.ts";
import type { TaskState } from "../engine/service/task-state.ts";

export interface StateKeeper {
  service(serviceArn: string): ServiceState | undefined;
  services(): Iterable<ServiceState>;
  putService(service: ServiceState): void;
  task(taskArn: string): TaskState | undefined;
  tasks(): Iterable<TaskState>;
  putTask(task: TaskState): void;
  forgetTask(taskArn: string): void;
  revision(serviceRevisionArn: string): ServiceRevision | undefined;
  putRevision(revision: ServiceRevision): void;
  commit(work: () => void): void;
}

/** A keeper whose memory lasts as long as the process. */
export class MemoryKeeper implements StateKeeper {
  readonly #services = new Map<string, ServiceState>();
  readonly #tasks = new Map<string, TaskState>();
  readonly #revisions = new Map<string, ServiceRevision>();

  service(serviceArn: string): ServiceState | undefined {
    return this.#services.get(serviceArn);
  }

  services(): Iterable<ServiceState> {
    return this.#services.values();
  }

  putService(service: ServiceState): void {
    this.#services.set(service.serviceArn, service);
  }

  task(taskArn: string): TaskState | undefined {
    return this.#tasks.get(taskArn);
  }

  tasks(): Iterable<TaskState> {
    return this.#tasks.values();
  }

  putTask(task: TaskState): void {
    this.#tasks.set(task.taskArn, task);
  }

  forgetTask(taskArn: string): void {
    this.#tasks.delete(taskArn);
  }

  revision(serviceRevisionArn: string): ServiceRevision | undefined {
    return this.#revisions.get(serviceRevisionArn);
  }

  putRevision(revision: ServiceRevision): void {
    this.#revisions.set(revision.serviceRevisionArn, revision);
  }

  commit(work: () => void): void {
    work();
  }
}
