/**
 * Services whose deployments a third party controls (deployment controller EXTERNAL): which parameters are the service's,
 * and which are its task sets'. Source: "Deploy Amazon ECS services using a third-party controller".
 */
import type { CreateServiceRequest, UpdateServiceRequest } from "@aws-sdk/client-ecs";
import type { ServiceState } from "../../../engine/service/service-state.ts";
import { deploymentConfiguration } from "./deployment-configuration.ts";
import { invalidParameter } from "./faults.ts";

export function isExternal({ deploymentController }: Pick<CreateServiceRequest, "deploymentController">): boolean {
  return deploymentController?.type === "EXTERNAL";
}

/** Only `ECS` and `EXTERNAL` are carried out: there is no CodeDeploy here. */
export function requireController({ deploymentController }: Pick<CreateServiceRequest, "deploymentController">): void {
  if (deploymentController?.type !== "CODE_DEPLOY") return;
  throw invalidParameter(
    "The local platform has no CodeDeploy, so it does not carry out the deployment controller CODE_DEPLOY; use ECS with deploymentConfiguration.strategy BLUE_GREEN, CANARY or LINEAR, or EXTERNAL with task sets.",
  );
}

/** On AWS a service can change its controller; here it keeps the one that it was created with. */
export function requireSameController({ deploymentController }: UpdateServiceRequest, { taskSets }: ServiceState): void {
  const current = taskSets === undefined ? "ECS" : "EXTERNAL";
  const asked = deploymentController?.type ?? current;
  if (asked === current) return;
  throw invalidParameter(
    `The local platform does not move a service from the deployment controller ${current} to ${asked}; create another service.`,
  );
}

/** What a task set brings, by its name in the API and in a sentence. */
const ofTaskSets = {
  taskDefinition: "task definition",
  launchType: "launch type",
  capacityProviderStrategy: "capacity provider strategy",
  platformVersion: "platform version",
  networkConfiguration: "network configuration",
  loadBalancers: "load balancers",
  serviceRegistries: "service registries",
} as const;

/** What nothing of an external service can have. */
const unsupported = ["serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations"] as const;

/** Refuses what CreateService cannot be given with this controller. */
export function requireServiceParameters(input: CreateServiceRequest): void {
  // The two that people meet most often have ECS's own words.
  if (isGiven(input.taskDefinition)) throw invalidParameter("TaskDefinition must be blank.");
  if (isGiven(input.networkConfiguration)) throw invalidParameter("NetworkConfiguration must be null.");
  for (const [name, words] of Object.entries(ofTaskSets)) {
    if (!isGiven(input[name as keyof typeof ofTaskSets])) continue;
    throw invalidParameter(
      `Unable to specify ${words} on services with an EXTERNAL deployment controller. Specify ${name} with CreateTaskSet.`,
    );
  }
  refuseUnsupported(input);
  const other = Object.entries(input.deploymentConfiguration ?? {}).find(
    ([name, value]) => name !== "minimumHealthyPercent" && name !== "maximumPercent" && isGiven(value),
  );
  if (other !== undefined)
    throw invalidParameter(
      `deploymentConfiguration.${other[0]} is not supported with an EXTERNAL deployment controller: the third party deploys.`,
    );
}

/** Refuses what UpdateService cannot change with this controller. */
export function requireUpdatable(input: UpdateServiceRequest, service: ServiceState): void {
  for (const [name, words] of Object.entries(ofTaskSets)) {
    if (!isGiven(input[name as keyof typeof ofTaskSets & keyof UpdateServiceRequest])) continue;
    throw invalidParameter(
      `Unable to update ${words} on services with an EXTERNAL deployment controller. Create a task set with CreateTaskSet.`,
    );
  }
  refuseUnsupported(input);
  if (input.forceNewDeployment === true) {
    throw invalidParameter(
      "Unable to force a new deployment on services with an EXTERNAL deployment controller. Create a task set with CreateTaskSet.",
    );
  }
  const { deploymentConfiguration: current, enableExecuteCommand, availabilityZoneRebalancing } = service;
  const kept: [name: string, asked: unknown, current: unknown][] = [
    ["deploymentConfiguration", JSON.stringify(deploymentConfiguration(input.deploymentConfiguration, current)), JSON.stringify(current)],
    ["enableExecuteCommand", input.enableExecuteCommand ?? enableExecuteCommand, enableExecuteCommand],
    ["availabilityZoneRebalancing", input.availabilityZoneRebalancing ?? availabilityZoneRebalancing, availabilityZoneRebalancing],
  ];
  const changed = kept.find(([, asked, known]) => asked !== known);
  if (changed !== undefined) throw invalidParameter(`Unable to update ${changed[0]} on services with an EXTERNAL deployment controller.`);
}

function refuseUnsupported(input: CreateServiceRequest | UpdateServiceRequest): void {
  const given = unsupported.find((name) => isGiven(input[name]));
  if (given !== undefined) throw invalidParameter(`${given} is not supported with an EXTERNAL deployment controller.`);
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && value.length === 0);
}
