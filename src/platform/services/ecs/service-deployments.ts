/** Service deployments and service revisions: the history of what was deployed, and what exactly. */
import {
  ConflictException,
  type DeploymentLifecycleHookDetail,
  type ServiceRevision as DescribedRevision,
  type ServiceDeployment,
  type ServiceDeploymentBrief,
  ServiceDeploymentNotFoundException,
} from "@aws-sdk/client-ecs";
import type { Controller } from "../../../controller/controller.ts";
import { stopServiceDeployment } from "../../../engine/service/change-service.ts";
import { configurationInForce } from "../../../engine/service/configuration-in-force.ts";
import type { ServiceDeploymentState, ServiceRevision, ServiceState } from "../../../engine/service/service-state.ts";
import { parseArn } from "../../../model/arn.ts";
import type { Operations } from "../../gateway/operations.ts";
import { pageOf } from "../page.ts";
import { countTasks } from "./count-tasks.ts";
import { describeDeploymentConfiguration } from "./deployment-configuration.ts";
import type { EcsState } from "./ecs-state.ts";
import { badToken, invalidParameter, pageSize } from "./faults.ts";
import type { References } from "./references.ts";
import type { StoreKeeper } from "./store-keeper.ts";

/** The service an ARN `…:service-deployment/<cluster>/<service>/<id>` (or service-revision) belongs to. */
export function owningServiceArn(arn: string): string {
  const [, cluster = "", service = ""] = parseArn(arn)?.resource.split("/") ?? [];
  return arn.replace(/:service-(deployment|revision)\/.*$/, `:service/${cluster}/${service}`);
}

export function serviceDeploymentOperations(
  state: EcsState,
  keeper: StoreKeeper,
  references: References,
  controller: Controller,
): Operations<"ecs"> {
  const describe = (deployment: ServiceDeploymentState, service: ServiceState): ServiceDeployment => {
    const summary = (arn: string) => {
      const current = service.deployments.find((each) => each.serviceRevisionArn === arn);
      const tasks = controller.liveTasks(service.serviceArn).filter((task) => task.serviceRevisionArn === arn);
      const { runningCount, pendingCount } = countTasks(tasks);
      return { arn, requestedTaskCount: current?.desiredCount ?? 0, runningTaskCount: runningCount, pendingTaskCount: pendingCount };
    };
    const { rollback, alarms } = deployment;
    return {
      serviceDeploymentArn: deployment.serviceDeploymentArn,
      serviceArn: service.serviceArn,
      clusterArn: service.clusterArn,
      createdAt: new Date(deployment.createdAt),
      startedAt: date(deployment.startedAt),
      finishedAt: date(deployment.finishedAt),
      stoppedAt: date(deployment.stoppedAt),
      updatedAt: new Date(deployment.updatedAt),
      sourceServiceRevisions: deployment.sourceServiceRevisionArns.map(summary),
      targetServiceRevision: summary(deployment.targetServiceRevisionArn),
      status: deployment.status,
      statusReason: deployment.statusReason,
      // The API's list of stages knows the hooks before the production shift, but not their stage.
      lifecycleStage: deployment.lifecycleStage === "PRE_PRODUCTION_TRAFFIC_SHIFT" ? "PRODUCTION_TRAFFIC_SHIFT" : deployment.lifecycleStage,
      lifecycleHookDetails: hookDetails(service, deployment, (engineTime) => controller.wallTimeOf(engineTime)),
      deploymentConfiguration: describeDeploymentConfiguration(deployment.deploymentConfiguration),
      deploymentCircuitBreaker: { ...deployment.circuitBreaker },
      ...(alarms === undefined
        ? {}
        : { alarms: { status: alarms.status, alarmNames: [...alarms.alarmNames], triggeredAlarmNames: [...alarms.triggeredAlarmNames] } }),
      ...(rollback === undefined
        ? {}
        : {
            rollback: { reason: rollback.reason, startedAt: new Date(rollback.startedAt), serviceRevisionArn: rollback.serviceRevisionArn },
          }),
    };
  };

  return {
    ListServiceDeployments: (input, context) => {
      const service = references.service(input.service, input.cluster, context);
      const { before, after } = input.createdAt ?? {};
      const matching = service.serviceDeployments.filter(
        (each) =>
          (input.status === undefined || input.status.length === 0 || input.status.includes(each.status)) &&
          (before === undefined || each.createdAt <= before.getTime()) &&
          (after === undefined || each.createdAt >= after.getTime()),
      );
      // Newest first: the page's key rises as the age does.
      const keyOf = (each: ServiceDeploymentState): string => String(service.serviceDeployments.indexOf(each)).padStart(6, "0");
      const { items, nextToken } = pageOf(matching, keyOf, pageSize(input.maxResults, 20), input.nextToken, badToken);
      const serviceDeployments: ServiceDeploymentBrief[] = items.map((each) => ({
        serviceDeploymentArn: each.serviceDeploymentArn,
        serviceArn: service.serviceArn,
        clusterArn: service.clusterArn,
        createdAt: new Date(each.createdAt),
        startedAt: date(each.startedAt),
        finishedAt: date(each.finishedAt),
        targetServiceRevisionArn: each.targetServiceRevisionArn,
        status: each.status,
        statusReason: each.statusReason,
      }));
      return { serviceDeployments, nextToken };
    },

    DescribeServiceDeployments: (input) => {
      const serviceDeployments: ServiceDeployment[] = [];
      const failures: { arn: string; reason: string }[] = [];
      for (const arn of input.serviceDeploymentArns ?? []) {
        const service = keeper.service(owningServiceArn(arn));
        const deployment = service?.serviceDeployments.find((each) => each.serviceDeploymentArn === arn);
        if (service === undefined || deployment === undefined) failures.push({ arn, reason: "MISSING" });
        else serviceDeployments.push(describe(deployment, service));
      }
      return { serviceDeployments, failures };
    },

    StopServiceDeployment: (input) => {
      const arn = input.serviceDeploymentArn ?? "";
      const service = keeper.service(owningServiceArn(arn));
      const deployment = service?.serviceDeployments.find((each) => each.serviceDeploymentArn === arn);
      if (service === undefined || deployment === undefined) {
        throw new ServiceDeploymentNotFoundException({ message: "The service deployment was not found.", $metadata: {} });
      }
      if (deployment.status !== "PENDING" && deployment.status !== "IN_PROGRESS") {
        throw new ConflictException({
          message: `The service deployment cannot be stopped because its status is ${deployment.status}.`,
          $metadata: {},
        });
      }
      controller.putService(stopServiceDeployment(service, arn, input.stopType ?? "ROLLBACK", controller.now()));
      return { serviceDeploymentArn: arn };
    },

    ContinueServiceDeployment: (input) => {
      const arn = input.serviceDeploymentArn ?? "";
      const service = keeper.service(owningServiceArn(arn));
      const deployment = service?.deployments.find((each) => each.serviceDeploymentArn === arn);
      if (service === undefined || deployment === undefined) {
        throw new ServiceDeploymentNotFoundException({ message: "The service deployment was not found.", $metadata: {} });
      }
      const hook = deployment.staged?.hooks.find((each) => each.hookId === input.hookId);
      if (hook?.status !== "AWAITING_ACTION") {
        throw invalidParameter(`The lifecycle hook ${input.hookId ?? ""} does not await an action.`);
      }
      controller.answerHook(service.serviceArn, hook.hookId, input.action === "ROLLBACK" ? "FAILED" : "SUCCEEDED");
      return { serviceDeploymentArn: arn };
    },

    DescribeServiceRevisions: (input) => {
      const serviceRevisions: DescribedRevision[] = [];
      const failures: { arn: string; reason: string }[] = [];
      for (const arn of input.serviceRevisionArns ?? []) {
        const revision = keeper.revision(arn);
        if (revision === undefined) failures.push({ arn, reason: "MISSING" });
        else serviceRevisions.push(describeRevision(revision, state));
      }
      return { serviceRevisions, failures };
    },
  };
}

/** The hooks of the present stage. Expiry is engine time told as the wall time it will come at. */
function hookDetails(
  service: ServiceState,
  { deploymentId }: ServiceDeploymentState,
  wallTimeOf: (engineTime: number) => number,
): DeploymentLifecycleHookDetail[] {
  const staged = service.deployments.find((each) => each.id === deploymentId)?.staged;
  return (staged?.hooks ?? []).map((state) => {
    const hook = configurationInForce(service).lifecycleHooks[state.index];
    const timeoutMs = hook?.timeoutMs;
    return {
      hookId: state.hookId,
      targetType: hook?.targetType,
      targetArn: hook?.target,
      status: state.status,
      timeoutAction: hook?.timeoutAction,
      ...(timeoutMs === undefined ? {} : { expiresAt: new Date(wallTimeOf(state.sinceTime + timeoutMs)) }),
    };
  });
}

function describeRevision(revision: ServiceRevision, state: EcsState): DescribedRevision {
  const record = state.revisions.get(revision.serviceRevisionArn);
  return {
    serviceRevisionArn: revision.serviceRevisionArn,
    serviceArn: revision.serviceArn,
    clusterArn: revision.clusterArn,
    taskDefinition: revision.taskDefinitionArn,
    ...(revision.capacityProviderStrategy.length > 0
      ? { capacityProviderStrategy: revision.capacityProviderStrategy.map((item) => ({ ...item })) }
      : { launchType: "FARGATE" as const }),
    platformVersion: revision.platformVersion,
    platformFamily: "Linux",
    loadBalancers: [...(record?.loadBalancers ?? [])],
    serviceRegistries: [...(record?.serviceRegistries ?? [])],
    networkConfiguration: record?.networkConfiguration,
    ...(record?.serviceConnectConfiguration === undefined ? {} : { serviceConnectConfiguration: record.serviceConnectConfiguration }),
    containerImages: (revision.containerImages ?? []).map((image) => ({ ...image })),
    guardDutyEnabled: false,
    createdAt: new Date(revision.createdAt),
  };
}

function date(time: number | undefined): Date | undefined {
  return time === undefined ? undefined : new Date(time);
}
