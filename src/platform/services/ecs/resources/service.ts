import type { CreateServiceRequest, Service, UpdateServiceRequest } from "@aws-sdk/client-ecs";
import { ResourceFailure, type ResourceRequest, type ResourceState, type ResourceType } from "../../resource-type.ts";
import { apiInput, changed, generatedName, list, text, unless } from "../../resource-work.ts";
import { ecs, ecsTags, retag } from "./ecs-work.ts";
import { schemas } from "./generated/schemas.ts";

const schema = schemas["AWS::ECS::Service"];

/** Properties that only a create takes, or that travel apart. */
const NOT_IN_UPDATE = new Set([
  "Cluster",
  "ServiceName",
  "Role",
  "SchedulingStrategy",
  "LaunchType",
  "DeploymentController",
  "Tags",
  "ForceNewDeployment",
  "PlacementStrategies",
]);
const RENAMED = { placementStrategies: "placementStrategy" } as const;
/** Removed from a template, these are emptied; other members, unmentioned, stay as they are. */
const EMPTIED = ["LoadBalancers", "ServiceRegistries", "PlacementConstraints", "VolumeConfigurations", "VpcLatticeConfigurations"];

/**
 * AWS::ECS::Service. `Ref` is the service's ARN. Complete when its deployment is COMPLETED: when the tasks run and are
 * healthy and the old ones are gone. A deployment that the circuit breaker fails is a failure of the resource. With the deployment
 * controller EXTERNAL it is complete at once: what runs in it is its task sets' affair.
 */
export const service: ResourceType = {
  type: "AWS::ECS::Service",
  schema,

  async create(request) {
    const { Tags: _, ForceNewDeployment: _force, ...properties } = request.properties;
    const serviceName = text(properties, "ServiceName") ?? generatedName(request, 255);
    const input = renamed(apiInput<CreateServiceRequest>(properties, schema, "camel"));
    const isReplica = properties.SchedulingStrategy !== "DAEMON";
    const { tags } = ecsTags(request);
    const { service: made } = await ecs(request)("CreateService", {
      ...(isReplica ? { desiredCount: 1 } : {}),
      ...input,
      serviceName,
      clientToken: request.token,
      ...(tags.length > 0 ? { tags } : {}),
    });
    const state = stateOf(made);
    request.initiated(state);
    await stable(request, made, made?.currentServiceDeployment);
    return state;
  },

  async update(request, current, previous) {
    const { properties } = request;
    const names = Object.keys(properties).filter((name) => !NOT_IN_UPDATE.has(name));
    const input = renamed(apiInput<UpdateServiceRequest>(properties, schema, "camel", names));
    const emptied = EMPTIED.filter((name) => list(previous, name).length > 0 && properties[name] === undefined);
    const force = changed("ForceNewDeployment", properties, previous) && properties.ForceNewDeployment !== undefined;
    const before = await describe(request, current.physicalId);
    const { service: updated } = await ecs(request)("UpdateService", {
      ...input,
      ...apiInput<Partial<UpdateServiceRequest>>(Object.fromEntries(emptied.map((name) => [name, []])), schema, "camel"),
      ...(changed("PlacementStrategies", properties, previous)
        ? renamed(apiInput(properties, schema, "camel", ["PlacementStrategies"]))
        : {}),
      cluster: clusterOf(request),
      service: current.physicalId,
      ...(force ? { forceNewDeployment: true } : {}),
    });
    await retag(request, current.physicalId);
    // An update that starts no deployment may still find an older one under way, even one that rolls back; that is not ours.
    const isOurs = request.isRepeated || updated?.currentServiceDeployment !== before?.currentServiceDeployment;
    await stable(request, updated, isOurs ? updated?.currentServiceDeployment : undefined);
    return { ...current, attributes: { ...current.attributes, ...stateOf(updated).attributes } };
  },

  async delete(request, { physicalId }) {
    const cluster = clusterOf(request);
    await unless(/^(ServiceNotFound|ServiceNotActive|ClusterNotFound)/, () =>
      ecs(request)("DeleteService", { cluster, service: physicalId, force: true }),
    );
    await request.until(async () => {
      const found = await describe(request, physicalId);
      return found === undefined || found.status === "INACTIVE";
    });
  },
};

function renamed<Input extends object>(input: Input): Input {
  return Object.fromEntries(Object.entries(input).map(([key, value]) => [RENAMED[key as keyof typeof RENAMED] ?? key, value])) as Input;
}

function clusterOf({ properties }: ResourceRequest): string | undefined {
  return text(properties, "Cluster");
}

function stateOf(found: Service | undefined): ResourceState {
  const arn = found?.serviceArn ?? "";
  return { physicalId: arn, attributes: { ServiceArn: arn, Name: found?.serviceName ?? "" } };
}

async function describe(request: ResourceRequest, serviceArn: string): Promise<Service | undefined> {
  const input = { cluster: clusterOf(request), services: [serviceArn] };
  const { services: [found] = [] } = await ecs(request)("DescribeServices", input).catch((fault: unknown) => {
    // The cluster went first: so did the service.
    if (fault instanceof Error && fault.name === "ClusterNotFoundException") return { services: [] };
    throw fault;
  });
  return found;
}

/** CloudFormation's own limit on a deployment that shifts traffic in stages ("Amazon ECS blue/green deployments", considerations). */
const STAGED_LIMIT_MS = 36 * 3_600_000;

/** Waits until the service runs what it should; fails when `deployment`, the one that was started for it, fails. */
async function stable(request: ResourceRequest, asked: Service | undefined, deployment: string | undefined): Promise<void> {
  const serviceArn = asked?.serviceArn ?? "";
  const { strategy = "ROLLING" } = asked?.deploymentConfiguration ?? {};
  const limitMs = strategy === "ROLLING" ? undefined : STAGED_LIMIT_MS;
  await request.until(async () => {
    if (deployment !== undefined) await refuseFailed(request, deployment);
    const found = await describe(request, serviceArn);
    if (found?.status !== "ACTIVE") throw new ResourceFailure("Service was deleted while it was being stabilized", "NotStabilized");
    // A third party brings its task sets, perhaps the rest of this stack, and they stand or do not by themselves.
    if (found.deploymentController?.type === "EXTERNAL") return true;
    const primary = found.deployments?.find(({ status }) => status === "PRIMARY");
    if (primary?.rolloutState === "FAILED") throw failed(primary.rolloutStateReason);
    return primary?.rolloutState === "COMPLETED" && found.runningCount === found.desiredCount && found.pendingCount === 0;
  }, limitMs);
}

// A deployment that a later one superseded is STOPPED, too, and no failure: the later one is awaited then.
async function refuseFailed(request: ResourceRequest, deployment: string): Promise<void> {
  const { serviceDeployments: [ours] = [] } = await ecs(request)("DescribeServiceDeployments", { serviceDeploymentArns: [deployment] });
  const isTriggered = ours?.deploymentCircuitBreaker?.status === "TRIGGERED" || ours?.alarms?.status === "TRIGGERED";
  if (ours?.status?.startsWith("ROLLBACK") === true || (ours?.status === "STOPPED" && isTriggered)) throw failed(ours.statusReason);
}

// The two detectors are named differently.
function failed(reason = ""): ResourceFailure {
  const detector = /alarm/i.test(reason) ? "ECS Deployment Alarm" : "ECS Deployment Circuit Breaker";
  return new ResourceFailure(`Error occurred during operation '${detector} was triggered'.`, "GeneralServiceException");
}
