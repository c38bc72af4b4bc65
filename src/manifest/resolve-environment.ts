/** Environment documents with every default, the environment `local` that is built in, and the one that no document describes. */
import type { EnvironmentLoadBalancer, ResolvedEnvironment, ResolvedVpc } from "./resolved.ts";
import { type EnvironmentValue, environmentBody } from "./schema/environment.ts";
import type { ObjectField } from "./schema/field.ts";
import { fill } from "./schema/fill.ts";

export const LOCAL = "local";
/** The file name that diagnostics and `explain` give for what is built in. */
export const BUILT_IN = "(built in)";

/** What is assumed of images. */
export const usualImages = { scanGate: { critical: "block", high: "block", medium: "ask", low: "note" }, tags: "*" } as const;

/** What `local` is without a document; one of that name merges over it. */
export const localDocument = {
  apiVersion: "fsd/v1",
  kind: "Environment",
  metadata: { name: LOCAL, description: "This machine" },
  environment: {
    account: "000000000000",
    region: "us-east-1",
    vpc: { cidr: "10.0.0.0/16", availabilityZones: 2, nat: "single" },
    cluster: { containerInsights: "enabled" },
    loadBalancers: { public: {}, internal: {} },
    namespace: "local.internal",
  },
} as const satisfies EnvironmentValue;

export function resolveEnvironment(document: EnvironmentValue, file: string, described = true): ResolvedEnvironment {
  const { name, description, tags, owners, pack } = document.metadata;
  const body = document.environment ?? {};
  const local = name === LOCAL;
  const balancers = body.loadBalancers ?? { internal: {} };
  const filled = fill<Pick<ResolvedEnvironment, "protect" | "dashboard">>(environmentBody, body);
  return {
    kind: "Environment",
    name,
    local,
    described,
    file,
    ...(description === undefined ? {} : { description }),
    tags: {
      ...tags,
      ...(pack === undefined ? {} : { "fsd:pack": pack }),
      ...(owners === undefined || owners.length === 0 ? {} : { "fsd:owners": owners.join(" ") }),
      "fsd:environment": name,
    },
    ...(body.account === undefined ? {} : { account: body.account }),
    ...(body.region === undefined ? {} : { region: body.region }),
    vpc: resolveVpc(body.vpc),
    cluster: {
      existing: false,
      containerInsights: "disabled",
      capacityProviders: ["FARGATE", "FARGATE_SPOT"],
      ...body.cluster,
      name: body.cluster?.name ?? `fsd-${name}`,
    },
    loadBalancers: {
      ...(balancers.public === undefined ? {} : { public: fill(objectOf("loadBalancers", "public"), balancers.public) }),
      ...(balancers.internal === undefined ? {} : { internal: fill(objectOf("loadBalancers", "internal"), balancers.internal) }),
    },
    ...(body.domain === undefined ? {} : { domain: body.domain }),
    namespace: body.namespace ?? `${name}.internal`,
    variables: body.variables ?? {},
    alarmTopics: body.alarmTopics ?? {},
    packs: body.packs ?? [],
    dashboard: filled.dashboard,
    images: {
      ...(body.images?.registry === undefined ? {} : { registry: body.images.registry }),
      scanGate: { ...usualImages.scanGate, ...body.images?.scanGate },
      tags: body.images?.tags ?? usualImages.tags,
      lifecycle: fill(objectOf("images", "lifecycle"), body.images?.lifecycle),
    },
    roles: fill(objectOf("roles"), body.roles),
    protect: filled.protect,
    ...(body.promoteFrom === undefined ? {} : { promoteFrom: body.promoteFrom }),
    standIns: { dependencies: body.local?.dependencies ?? {}, images: body.local?.images ?? {}, hooks: body.local?.hooks ?? {} },
  };
}

/** An environment that only its name is known of: it may be rendered, account and region stay pseudo parameters. */
export function undescribedEnvironment(name: string): ResolvedEnvironment {
  return resolveEnvironment({ apiVersion: "fsd/v1", kind: "Environment", metadata: { name } }, BUILT_IN, false);
}

/** A load balancer that nothing is said about. */
export const usualLoadBalancer: EnvironmentLoadBalancer = fill(objectOf("loadBalancers", "internal"), {});

function resolveVpc(vpc: NonNullable<EnvironmentValue["environment"]>["vpc"]): ResolvedVpc {
  if (vpc?.id !== undefined) {
    return {
      id: vpc.id,
      cidr: vpc.cidr ?? "",
      publicSubnets: vpc.publicSubnets ?? [],
      privateSubnets: vpc.privateSubnets ?? [],
    };
  }
  const { cidr, availabilityZones, nat, endpoints = [], flowLogs } = vpc ?? {};
  return { endpoints, ...fill(objectOf("vpc"), { cidr, availabilityZones, nat, flowLogs }) };
}

function objectOf(...path: string[]): ObjectField {
  let field: ObjectField = environmentBody;
  for (const name of path) field = field.fields[name] as ObjectField;
  return field;
}
