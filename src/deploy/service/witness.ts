/**
 * Watches a service while its stack is deployed: tells how the revisions advance and which tasks end badly, and
 * keeps the evidence at the moment it appears, since ECS and CloudFormation remove most of it when they roll back.
 */
import type { StackEvent } from "@aws-sdk/client-cloudformation";
import type { Task } from "@aws-sdk/client-ecs";
import type { Aws } from "../../aws/aws.ts";
import type { CloudWatch } from "../../aws/cloud-watch.ts";
import type { Roles } from "../../aws/roles.ts";
import { standingUnassumable, unassumableRoleIn } from "../../engine/service/launch-error.ts";
import type { Clock } from "../../kit/clock.ts";
import type { Asked, Evidence, FailedResource, StoppedTask, TargetSeen } from "../diagnosis/evidence.ts";
import { tellingLine } from "../diagnosis/last-words.ts";
import type { Tell } from "../events.ts";
import { failedResources } from "../stack/stack-events.ts";
import { observeRole } from "./observe-role.ts";
import { observeTraffic } from "./observe-traffic.ts";
import { ongoingDeployment } from "./service-deployment.ts";
import { observeService, observeServiceTargets, revisionOf, type ServiceView } from "./service-view.ts";
import { describeTasks, type LogPlace, listTaskArns, listTasks, logPlaces, privateIpOf, stoppedTask } from "./tasks.ts";

export interface Watched {
  readonly service: string;
  readonly env: string;
  readonly cluster: string;
  readonly asked: Asked;
  /** Whether the deployment may wait for a person at a PAUSE hook. */
  readonly pauses: boolean;
}

const tasksKept = 20;
/** CloudWatch has new numbers once a minute. */
const TRAFFIC_EVERY_MS = 60_000;

export interface WitnessTools {
  readonly aws: Aws;
  readonly tell: Tell;
  readonly clock: Pick<Clock, "now">;
  /** Asked for only while the deployment is paused. */
  readonly cloudWatch: () => Promise<CloudWatch>;
  /** Asked for only when ECS cannot assume a role. */
  readonly roles: () => Promise<Roles>;
}

export class Witness {
  readonly #aws: Aws;
  readonly #tell: Tell;
  readonly #watched: Watched;
  readonly #clock: Pick<Clock, "now">;
  readonly #cloudWatch: () => Promise<CloudWatch>;
  readonly #roles: () => Promise<Roles>;
  /** When CloudWatch is asked next for the traffic of old and new. */
  #trafficDue = 0;
  #trafficTold = "";
  /** The task definition that is being deployed, once CloudFormation has made it. */
  #requested: string | undefined;
  readonly #eventIds = new Set<string>();
  readonly #earlierTasks = new Set<string>();
  readonly #rollouts = new Map<string, string>();
  readonly #stopped = new Map<string, StoppedTask>();
  /** Told once; a task that has not come to its end yet is looked at again. */
  readonly #ended = new Set<string>();
  /** How many tasks ended by themselves in the same way. */
  readonly #crashes = new Map<string, number>();
  /** What ECS counts as failed of the newest deployment. */
  #failed = 0;
  readonly #targets = new Map<string, TargetSeen>();
  readonly #revisionByIp = new Map<string, string>();
  /** Deployments of which was said that their alarms are waited for. */
  readonly #baking = new Set<string>();
  /** Stages of the PAUSE hooks that it waits at, as told, by the hook. */
  readonly #pauses = new Map<string, string>();
  readonly #messages: string[] = [];
  readonly #failedResources: FailedResource[] = [];
  readonly #logPlaces = new Map<string, ReadonlyMap<string, LogPlace>>();

  constructor({ aws, tell, clock, cloudWatch, roles }: WitnessTools, watched: Watched) {
    this.#aws = aws;
    this.#tell = tell;
    this.#clock = clock;
    this.#cloudWatch = cloudWatch;
    this.#roles = roles;
    this.#watched = watched;
  }

  /** Notes what was there before, so that it is not taken for a consequence. */
  async begin(): Promise<void> {
    const { cluster, service } = this.#watched;
    const [before, stopped] = await Promise.all([
      observeService(this.#aws, cluster, service),
      listTaskArns(this.#aws, cluster, service, "STOPPED"),
    ]);
    for (const { id } of before?.events ?? []) this.#eventIds.add(id);
    for (const arn of stopped) this.#earlierTasks.add(arn);
  }

  /** Looks once, after these events of the stack; answers whether anything was new. */
  async look(events: readonly StackEvent[]): Promise<boolean> {
    for (const event of events) this.#noteResource(event);
    const { cluster, service } = this.#watched;
    const seen = await observeService(this.#aws, cluster, service);
    if (seen === undefined) return false;
    const told = [this.#tellRollout(seen), this.#tellMessages(seen)];
    const [stopped] = await Promise.all([this.#lookAtStoppedTasks(), this.#lookAtTargets(seen), this.#lookAtPauses(seen)]);
    return stopped || told.includes(true);
  }

  /** What was seen; logs of the last tasks are read once more, because lines may arrive after the end of a task. */
  async evidence(): Promise<Evidence> {
    await this.#lookAtStoppedTasks();
    for (const [arn, task] of this.#stopped) {
      if (task.containers.some(({ lastLines: lines }) => lines.length === 0)) {
        const [described] = await describeTasks(this.#aws, this.#watched.cluster, [arn]);
        if (described !== undefined) this.#stopped.set(arn, await this.#stoppedTask(described));
      }
    }
    return {
      service: this.#watched.service,
      env: this.#watched.env,
      cliFlags: this.#aws.cliFlags,
      failedResources: this.#failedResources,
      stoppedTasks: [...this.#stopped.values()].filter(
        ({ revision }) => this.#requested === undefined || revision === revisionOf(this.#requested),
      ),
      targets: [...this.#targets.values()].filter(({ ip }) => this.#isRequested(this.#revisionByIp.get(ip))),
      serviceEvents: this.#messages,
      ...(await this.#roleSeen()),
      asked: this.#watched.asked,
    };
  }

  async #roleSeen(): Promise<Pick<Evidence, "roles" | "region">> {
    const roleArn = this.#messages.map(unassumableRoleIn).findLast((found) => found !== undefined);
    if (roleArn === undefined) return {};
    return { roles: [await observeRole(await this.#roles(), roleArn)], region: await this.#aws.region() };
  }

  #noteResource(event: StackEvent): void {
    const { ResourceType = "", ResourceStatus = "", PhysicalResourceId = "" } = event;
    if (ResourceType === "AWS::ECS::TaskDefinition" && (ResourceStatus === "CREATE_COMPLETE" || ResourceStatus === "UPDATE_COMPLETE")) {
      this.#requested ??= PhysicalResourceId;
    }
    this.#failedResources.push(...failedResources([event]));
  }

  #tellRollout({ deployments }: ServiceView): boolean {
    let changed = false;
    this.#failed = deployments[0]?.failed ?? 0;
    for (const { id, revision, status, rolloutState, desired, running, pending, failed } of deployments) {
      const now = { revision, status, rolloutState, desired, running, pending, failed };
      const text = JSON.stringify(now);
      if (this.#rollouts.get(id) === text) continue;
      this.#rollouts.set(id, text);
      changed = true;
      this.#tell({ type: "rollout", subject: this.#watched.service, ...now });
      if (status === "PRIMARY" && rolloutState === "IN_PROGRESS" && running === desired && desired > 0) this.#tellOfAlarms(id);
    }
    return changed;
  }

  /** Says why nothing moves any more: with alarms ECS waits as long as the slowest of them needs to ring. */
  #tellOfAlarms(deployment: string): void {
    const { service, asked } = this.#watched;
    if (asked.alarms === undefined || asked.alarms.length === 0 || this.#baking.has(deployment)) return;
    this.#baking.add(deployment);
    this.#tell({ type: "note", subject: service, text: `every task runs; ECS waits whether ${asked.alarms.join(" or ")} goes off` });
  }

  async #lookAtPauses(seen: ServiceView): Promise<void> {
    const { cluster, service, pauses } = this.#watched;
    const { deployments } = seen;
    if (!pauses) return;
    const isOpen = deployments[0]?.rolloutState === "IN_PROGRESS";
    const waiting = isOpen ? ((await ongoingDeployment(this.#aws, cluster, service))?.pauses ?? []) : [];
    for (const [hookId, stage] of [...this.#pauses]) {
      if (waiting.some((pause) => pause.hookId === hookId)) continue;
      this.#pauses.delete(hookId);
      this.#tell({ type: "resumed", subject: service, stage });
    }
    for (const { hookId, ...pause } of waiting) {
      if (this.#pauses.has(hookId)) continue;
      this.#pauses.set(hookId, pause.stage);
      this.#tell({ type: "paused", subject: service, ...pause });
      this.#trafficDue = 0;
    }
    if (waiting.length > 0) await this.#lookAtTraffic(seen);
  }

  /** What old and new do with their requests, for whoever decides how to go on; told when it is another than before. */
  async #lookAtTraffic(view: ServiceView): Promise<void> {
    const { cluster, service } = this.#watched;
    const now = this.#clock.now();
    if (now < this.#trafficDue) return;
    this.#trafficDue = now + TRAFFIC_EVERY_MS;
    try {
      const comparison = await observeTraffic(this.#aws, await this.#cloudWatch(), { cluster, service, view, now });
      if (comparison === undefined || JSON.stringify(comparison) === this.#trafficTold) return;
      this.#trafficTold = JSON.stringify(comparison);
      this.#tell({ type: "traffic", subject: service, ...comparison });
    } catch (refused) {
      // A look, not a part of the deployment: it goes on without.
      this.#trafficDue = Number.POSITIVE_INFINITY;
      this.#tell({ type: "note", subject: service, text: `old and new cannot be compared: ${(refused as Error).message}` });
    }
  }

  #tellMessages({ events }: ServiceView): boolean {
    const fresh = events.filter(({ id }) => !this.#eventIds.has(id)).reverse();
    for (const { id, message } of fresh) {
      this.#eventIds.add(id);
      this.#messages.push(message);
      this.#tell({ type: "service-event", subject: this.#watched.service, message });
    }
    return fresh.length > 0;
  }

  async #lookAtStoppedTasks(): Promise<boolean> {
    const { cluster, service } = this.#watched;
    const arns = await listTaskArns(this.#aws, cluster, service, "STOPPED");
    const open = arns.filter((arn) => !this.#earlierTasks.has(arn) && !this.#ended.has(arn));
    const tasks = (await describeTasks(this.#aws, cluster, open)).filter((task) => this.#isRequested(task.taskDefinitionArn));
    let changed = false;
    for (const task of tasks) {
      const arn = task.taskArn ?? "";
      if (task.lastStatus === "STOPPED") this.#ended.add(arn);
      if (!endedBadly(task)) continue;
      if (this.#ended.has(arn)) this.#countCrash(task);
      const known = this.#stopped.has(arn);
      if (!known && this.#stopped.size >= tasksKept) continue;
      const stopped = await this.#stoppedTask(task);
      this.#stopped.set(arn, stopped);
      changed ||= !known;
      if (this.#ended.has(arn)) this.#tellTask(stopped);
    }
    return changed;
  }

  /** The most frequent way in which tasks of the requested revision ended by themselves, or were not started at all. */
  repeatedCrash(): { readonly count: number; readonly how: string } | undefined {
    const stands = standingUnassumable(this.#messages);
    if (stands !== undefined) return { how: `ECS cannot assume the role ${stands.roleArn}`, count: this.#failed };
    const [most] = [...this.#crashes].sort(([, a], [, b]) => b - a);
    return most === undefined ? undefined : { how: most[0], count: most[1] };
  }

  #countCrash({ stopCode, stoppedReason = "", containers = [] }: Task): void {
    if (stopCode !== "EssentialContainerExited" && stopCode !== "TaskFailedToStart") return;
    const failed = containers.find(({ exitCode = 0 }) => exitCode !== 0) ?? containers[0];
    const how = failed?.reason ?? (failed?.exitCode === undefined ? stoppedReason : `exit code ${failed.exitCode}`);
    this.#crashes.set(how, (this.#crashes.get(how) ?? 0) + 1);
  }

  #tellTask({ taskId, revision, stopCode, stoppedReason, containers }: StoppedTask): void {
    const container = containers.find(({ exitCode = 0 }) => exitCode !== 0) ?? containers[0];
    const line = container === undefined ? undefined : (tellingLine(container.lastLines) ?? container.lastLines.at(-1));
    this.#tell({
      type: "task",
      subject: this.#watched.service,
      taskId,
      revision,
      stopCode,
      stoppedReason,
      ...(container?.exitCode === undefined ? {} : { exitCode: container.exitCode }),
      ...(container?.reason === undefined ? {} : { reason: container.reason }),
      ...(line === undefined ? {} : { tellingLine: line }),
    });
  }

  async #stoppedTask(task: Task): Promise<StoppedTask> {
    return stoppedTask(this.#aws, task, await this.#placesOf(task.taskDefinitionArn ?? ""));
  }

  async #placesOf(taskDefinition: string): Promise<ReadonlyMap<string, LogPlace>> {
    const known = this.#logPlaces.get(taskDefinition);
    if (known !== undefined) return known;
    const places = await logPlaces(this.#aws, taskDefinition);
    this.#logPlaces.set(taskDefinition, places);
    return places;
  }

  async #lookAtTargets(view: ServiceView): Promise<void> {
    const unhealthy = ((await observeServiceTargets(this.#aws, view)) ?? []).filter(({ state }) => state === "unhealthy");
    for (const target of unhealthy) this.#targets.set(`${target.ip}:${target.port}`, target);
    if (unhealthy.every(({ ip }) => this.#revisionByIp.has(ip))) return;
    const { cluster, service } = this.#watched;
    for (const task of await listTasks(this.#aws, cluster, service, "RUNNING")) {
      const ip = privateIpOf(task);
      if (ip !== undefined && task.taskDefinitionArn !== undefined) this.#revisionByIp.set(ip, task.taskDefinitionArn);
    }
  }

  /** Before CloudFormation has said which revision it made, every task may be of it. */
  #isRequested(taskDefinition: string | undefined): boolean {
    return this.#requested === undefined || taskDefinition === undefined || taskDefinition === this.#requested;
  }
}

/** Scaling, deployments and people stop tasks as well; those ends say nothing about the program. */
function endedBadly({ stopCode, stoppedReason = "" }: Task): boolean {
  return (
    stopCode === "EssentialContainerExited" ||
    stopCode === "TaskFailedToStart" ||
    stopCode === "SpotInterruption" ||
    /failed (ELB|container) health checks/.test(stoppedReason)
  );
}
