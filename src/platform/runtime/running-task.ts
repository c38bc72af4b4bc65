/** What the process runtime knows of a task and its containers while it has them. */
import type { ContainerLaunch, TaskLaunch } from "../../model/task-launch.ts";
import type { ContainerLog } from "./container-log.ts";
import type { ContainerProcess } from "./container-process.ts";
import type { ContainerResources } from "./container-resources.ts";
import type { PreparedImage } from "./image-cache.ts";
import type { ContainerStart, TaskInterface } from "./task-host.ts";

export interface Task {
  readonly launch: TaskLaunch;
  readonly containers: Map<string, Container>;
  readonly credentialsId?: string;
  attaching?: Promise<TaskInterface>;
  network?: TaskInterface;
  pullStartedAt?: number;
  pullStoppedAt?: number;
  deprovisioning?: Promise<void>;
}

export interface Container {
  readonly spec: ContainerLaunch;
  readonly runtimeId: string;
  pulling?: Promise<void>;
  image?: PreparedImage;
  secrets?: Readonly<Record<string, string>>;
  start?: ContainerStart;
  resources?: ContainerResources;
  log?: ContainerLog;
  createdAt?: number;
  startedAt?: number;
  process?: ContainerProcess;
  /** Set by `stop` and never taken back. */
  stopping?: boolean;
  exit?: { readonly exitCode?: number; readonly reason?: string };
  /** Resolves when the container is over. */
  ended?: Promise<void>;
}
