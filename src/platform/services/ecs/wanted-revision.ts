/** The revision that a request asks for: of a new service or task set, and of a service that is changed. */
import type { CreateServiceRequest, CreateTaskSetRequest, UpdateServiceRequest } from "@aws-sdk/client-ecs";
import { canonical } from "../../../kit/json.ts";
import type { RequestContext } from "../../gateway/operations.ts";
import type { Capacity } from "./capacity.ts";
import type { RevisionRecord, TaskDefinitionRecord } from "./ecs-state.ts";
import type { References } from "./references.ts";
import type { WantedRevision } from "./service-revisions.ts";

type Asked = Pick<CreateTaskSetRequest, "platformVersion" | "networkConfiguration" | "loadBalancers" | "serviceRegistries"> &
  Pick<CreateServiceRequest, "serviceConnectConfiguration" | "volumeConfigurations">;

/** What is absent is as AWS takes it. */
export function newRevision(input: Asked, { taskDefinitionArn }: TaskDefinitionRecord, { launchType, strategy }: Capacity): WantedRevision {
  const { platformVersion = "LATEST", networkConfiguration = {}, loadBalancers = [], serviceRegistries = [] } = input;
  const { serviceConnectConfiguration, volumeConfigurations } = input;
  return {
    taskDefinitionArn,
    ...(launchType === undefined ? {} : { launchType }),
    ...(strategy.length === 0 ? {} : { capacityProviderStrategy: strategy }),
    platformVersion,
    networkConfiguration,
    loadBalancers,
    serviceRegistries,
    ...(serviceConnectConfiguration === undefined ? {} : { serviceConnectConfiguration }),
    ...(volumeConfigurations === undefined ? {} : { volumeConfigurations }),
  };
}

/** The revision an update asks for: what is absent stays. */
export function changedRevision(
  input: UpdateServiceRequest,
  current: RevisionRecord,
  references: References,
  context: RequestContext,
): WantedRevision {
  return {
    ...askedOf(current),
    taskDefinitionArn:
      input.taskDefinition === undefined
        ? current.taskDefinitionArn
        : (references.taskDefinition(input.taskDefinition, context)?.taskDefinitionArn ??
          references.usableTaskDefinition(input.taskDefinition, context).taskDefinitionArn),
    platformVersion: input.platformVersion ?? current.platformVersion,
    networkConfiguration: input.networkConfiguration ?? current.networkConfiguration,
    loadBalancers: input.loadBalancers ?? current.loadBalancers,
    serviceRegistries: input.serviceRegistries ?? current.serviceRegistries,
    ...(input.serviceConnectConfiguration === undefined ? {} : { serviceConnectConfiguration: input.serviceConnectConfiguration }),
    ...(input.volumeConfigurations === undefined ? {} : { volumeConfigurations: input.volumeConfigurations }),
  };
}

export function sameRevision(wanted: WantedRevision, current: RevisionRecord): boolean {
  return canonical(wanted) === canonical(askedOf(current));
}

/** A revision without what ECS added. */
function askedOf(current: RevisionRecord): WantedRevision {
  const { serviceRevisionArn: _arn, serviceConnectResources: _resources, connectEndpoints: _endpoints, ...asked } = current;
  return asked;
}
