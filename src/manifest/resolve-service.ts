/**
 * A checked Service document with everything that was left out: the defaults of the manifest reference. The numbers
 * themselves stand in the schema; here stands what depends on something else (a port, a strategy, an environment).
 */
import type {
  Alarm,
  AutoScaling,
  CapacityShare,
  ContainerCheck,
  Dependency,
  Deployment,
  HealthCheck,
  Iam,
  LoadBalancing,
  Networking,
  Observability,
  Patch,
  ResolvedEnvironment,
  ResolvedService,
  Resources,
  Secret,
  Sidecar,
  Volume,
} from "./resolved.ts";
import { dependencies as dependenciesField } from "./schema/dependencies.ts";
import type { ObjectField } from "./schema/field.ts";
import { fill } from "./schema/fill.ts";
import { iam as iamField } from "./schema/iam.ts";
import { type ServiceValue, serviceBody } from "./schema/service.ts";
import { secretOf, secretOfReference } from "./secrets.ts";
import { shiftsTraffic } from "./strategies.ts";
import { partsOf } from "./text.ts";
import { type MapNode, placeOf } from "./tree.ts";

const sizes = {
  micro: { cpu: 256, memory: 512 },
  small: { cpu: 512, memory: 1024 },
  medium: { cpu: 1024, memory: 2048 },
  large: { cpu: 2048, memory: 4096 },
} as const;

type Body = NonNullable<ServiceValue["service"]>;

export function resolveService(document: ServiceValue, tree: MapNode, environment: ResolvedEnvironment): ResolvedService {
  const body: Body = document.service ?? {};
  const name = document.metadata.name;
  const singleton = body.singleton ?? false;
  const resources = resolveResources(body, singleton);
  const { environment: variables, secrets } = resolveVariables(body, environment);
  const autoScaling = singleton ? undefined : resolveScaling(body, resources);
  const { metadata } = document;
  return {
    kind: "Service",
    name,
    env: environment.name,
    file: tree.at.file,
    metadata: { ...metadata, owners: metadata.owners ?? [], tags: metadata.tags ?? {} },
    service: {
      type: "ecs",
      ...(body.image === undefined ? {} : { image: openImage(body.image) }),
      ...(body.build === undefined
        ? {}
        : { build: { args: {}, ...fill<{ context: string; dockerfile: string }>(at("build"), body.build) } }),
      ...(body.command === undefined ? {} : { command: body.command }),
      ...(body.port === undefined ? {} : { port: body.port, healthCheck: resolveHealthCheck(body) }),
      ...resolveContainerCheck(body),
      resources,
      platformVersion: body.platformVersion ?? "LATEST",
      capacity: resolveCapacity(body),
      singleton,
      ...(autoScaling === undefined ? {} : { autoScaling }),
      deployment: resolveDeployment(body, environment, singleton),
      environment: variables,
      secrets,
      networking: resolveNetworking(body, name, environment),
      observability: resolveObservability(body, name, environment),
      sidecars: (body.sidecars ?? []).map((sidecar): Sidecar => ({ essential: false, environment: {}, dependsOn: {}, ...sidecar })),
      volumes: (body.volumes ?? []).map(
        ({ efs, ...volume }): Volume => ({ ...volume, ...(efs === undefined ? {} : { efs: { readOnly: false, ...efs } }) }),
      ),
      exec: body.exec ?? false,
      readonlyRootFilesystem: body.readonlyRootFilesystem ?? false,
      stopTimeout: body.stopTimeout ?? 30,
    },
    dependencies: resolveDependencies(document.dependencies),
    iam: resolveIam(document.iam),
    overrides: (document.overrides ?? []).map(
      ({ path, value }, index): Patch => ({ path, value, place: placeOf(tree, `overrides[${index}].path`) }),
    ),
  };
}

/** `${VERSION}` and what else is open, as the manifest writes it. */
function openImage(image: string): string {
  const names: Record<string, string> = { "AWS::AccountId": "ACCOUNT", "AWS::Region": "REGION", Version: "VERSION", GitSha: "GIT_SHA" };
  return partsOf(image)
    .map((part) =>
      "plain" in part ? part.plain : part.mark === "AWS::URLSuffix" ? "amazonaws.com" : `\${${names[part.mark] ?? part.mark}}`,
    )
    .join("");
}

function resolveResources({ resources = {}, port }: Body, singleton: boolean): Resources {
  const { size, cpu, memory, architecture, ephemeralStorage } = resources;
  const pair = cpu === undefined ? sizes[size ?? "small"] : { cpu, memory: memory ?? Math.max(512, cpu * 2) };
  // A minimum above the usual count means that many; a maximum below it means no more than that.
  const usual = port === undefined || singleton ? 1 : 2;
  const desiredCount =
    resources.desiredCount ??
    Math.min(Math.max(usual, resources.minCapacity ?? 0), resources.maxCapacity ?? usual + (resources.minCapacity ?? 0));
  const minCapacity = resources.minCapacity ?? desiredCount;
  return {
    ...pair,
    ...(memory === undefined ? {} : { memory }),
    architecture: architecture ?? "x86_64",
    ...(ephemeralStorage === undefined ? {} : { ephemeralStorage }),
    desiredCount,
    minCapacity,
    maxCapacity: resources.maxCapacity ?? minCapacity,
  };
}

function resolveHealthCheck({ healthCheck }: Body): HealthCheck {
  const { container: _, ...own } = healthCheck ?? {};
  return fill(at("healthCheck"), own);
}

function resolveContainerCheck({ healthCheck, port }: Body): { containerCheck?: ContainerCheck } {
  const container = healthCheck?.container;
  if (container === undefined) return {};
  const { http, command, ...timing } = fill<ContainerCheck & { http?: string }>(at("healthCheck", "container"), container);
  if (command !== undefined)
    return { containerCheck: { command: /^CMD(-SHELL)?$/.test(command[0] ?? "") ? command : ["CMD", ...command], ...timing } };
  if (http === undefined || port === undefined) return {};
  return { containerCheck: { command: ["CMD-SHELL", httpCheck(`http://127.0.0.1:${port}${http}`, timing.timeout)], ...timing } };
}

/** Asks with the first of curl, wget, python3, node that the image has; slim images have no curl. */
function httpCheck(url: string, timeout: number): string {
  return [
    `if command -v curl >/dev/null; then exec curl -fsS -o /dev/null -m ${timeout} '${url}'; fi`,
    `if command -v wget >/dev/null; then exec wget -q -T ${timeout} -O /dev/null '${url}'; fi`,
    `if command -v python3 >/dev/null; then exec python3 -c "import urllib.request as r; r.urlopen('${url}', timeout=${timeout})"; fi`,
    `exec node -e "require('http').get('${url}', r => process.exit(r.statusCode < 400 ? 0 : 1)).on('error', () => process.exit(1))"`,
  ].join("; ");
}

function resolveCapacity({ capacity, spot }: Body): readonly CapacityShare[] {
  if (capacity !== undefined) return capacity.map((share) => ({ base: 0, weight: 1, ...share }));
  return [{ provider: spot === true ? "FARGATE_SPOT" : "FARGATE", base: 0, weight: 1 }];
}

function resolveScaling({ autoScaling }: Body, { minCapacity, maxCapacity }: Resources): AutoScaling | undefined {
  if (autoScaling === undefined && maxCapacity <= minCapacity) return undefined;
  const { schedule, metric, ...filled } = fill<
    Omit<AutoScaling, "schedule" | "metric"> & { metric?: AutoScaling["metric"]; schedule?: unknown }
  >(at("autoScaling"), autoScaling);
  const follows = filled.targetCPUUtilization ?? filled.targetMemoryUtilization ?? filled.targetRequestsPerTask ?? filled.queue ?? metric;
  const usual = follows === undefined && maxCapacity > minCapacity ? { targetCPUUtilization: 70, targetMemoryUtilization: 80 } : {};
  return {
    ...usual,
    ...filled,
    ...(metric === undefined ? {} : { metric: { ...metric, dimensions: metric.dimensions ?? {} } }),
    schedule: (autoScaling?.schedule ?? []).map(({ name, cron, rate, at: once, timezone, ...bounds }) => ({
      name,
      expression: cron !== undefined ? `cron(${cron})` : rate !== undefined ? `rate(${rate})` : `at(${once ?? ""})`,
      timezone: timezone ?? "UTC",
      ...bounds,
    })),
  };
}

function resolveDeployment({ deployment = {} }: Body, environment: ResolvedEnvironment, singleton: boolean): Deployment {
  const strategy = deployment.strategy ?? "rolling";
  const shifts = shiftsTraffic(strategy);
  const atOnce = strategy === "all-at-once" || singleton;
  const { threshold, ...breaker } = fill<Deployment["circuitBreaker"]>(at("deployment", "circuitBreaker"), deployment.circuitBreaker);
  return {
    strategy,
    minimumHealthyPercent: atOnce ? 0 : (deployment.minimumHealthyPercent ?? 100),
    maximumPercent: atOnce ? 100 : (deployment.maximumPercent ?? 200),
    circuitBreaker: shifts
      ? { enable: false, rollback: false, resetOnHealthyTask: true }
      : { ...breaker, ...(threshold === undefined ? {} : { threshold }) },
    alarms: deployment.alarms ?? [],
    bakeTime: shifts ? (deployment.bakeTime ?? 300) : 0,
    monitor: deployment.monitor ?? 0,
    freezeOnFailure: deployment.freezeOnFailure ?? environment.protect,
    ...(strategy === "canary" ? { canary: { percent: 5, bakeTime: 600, ...deployment.canary } } : {}),
    ...(strategy === "linear" ? { linear: { stepPercent: 10, stepBakeTime: 360, ...deployment.linear } } : {}),
    hooks: (shifts ? (deployment.hooks ?? []) : []).map((hook) => ({ ...hook, pause: hook.pause ?? hook.lambda === undefined })),
  };
}

/** The environment's variables, the service's own over them; `${secrets:…}` as a whole value is a secret. */
function resolveVariables(body: Body, environment: ResolvedEnvironment): Pick<ResolvedService["service"], "environment" | "secrets"> {
  const variables: Record<string, string> = {};
  const secrets: Secret[] = (body.secrets ?? []).flatMap(({ name, valueFrom }) => secretOf(name, valueFrom) ?? []);
  for (const [name, value] of Object.entries({ ...environment.variables, ...body.environment })) {
    const secret = secretOfReference(name, value);
    if (secret !== undefined) secrets.push(secret);
    else variables[name] = value;
  }
  return { environment: variables, secrets };
}

function resolveNetworking({ networking = {}, port }: Body, name: string, environment: ResolvedEnvironment): Networking {
  const { loadBalancer, serviceDiscovery } = networking;
  const balancing = fill<Omit<LoadBalancing, "host"> & { host?: string }>(at("networking", "loadBalancer"), loadBalancer);
  const host = balancing.host ?? (environment.domain === undefined ? undefined : `${name}.${environment.domain.name}`);
  return {
    vpc: networking.vpc ?? true,
    subnets: networking.subnets ?? [],
    securityGroups: networking.securityGroups ?? [],
    ...(port === undefined ? {} : { loadBalancer: { ...balancing, ...(host === undefined ? {} : { host }) } }),
    ...(serviceDiscovery === undefined ? {} : { serviceDiscovery: { name, ttl: 10, ...serviceDiscovery } }),
    ingress: networking.ingress ?? [],
  };
}

function resolveObservability({ observability = {}, port }: Body, name: string, environment: ResolvedEnvironment): Observability {
  const usual: Record<string, { metric: string; threshold: number; periods?: number }> = {
    cpu: { metric: "cpu", threshold: 80 },
    ...(port === undefined ? {} : { unhealthyHosts: { metric: "unhealthyHosts", threshold: 1 } }),
  };
  const alarms: Record<string, Alarm> = {};
  for (const [alarmName, alarm] of Object.entries(observability.alarms ?? usual)) alarms[alarmName] = resolveAlarm(alarm);
  return {
    logs: {
      group: `/ecs/${environment.name}/${name}`,
      ...fill<Omit<Observability["logs"], "group">>(at("observability", "logs"), observability.logs),
    },
    metrics: {
      exporter: "emf",
      ...fill<Omit<Observability["metrics"], "exporter">>(at("observability", "metrics"), observability.metrics),
    },
    traces: fill(at("observability", "traces"), observability.traces),
    dashboard: observability.dashboard ?? false,
    alarms,
  };
}

function resolveAlarm(alarm: NonNullable<NonNullable<Body["observability"]>["alarms"]>[string]): Alarm {
  const comparison = alarm.metric === "unhealthyHosts" ? ">=" : alarm.metric === "runningTasks" ? "<" : ">";
  return {
    periods: alarm.metric === "unhealthyHosts" ? 1 : 3,
    period: 60,
    comparison,
    missingData: "notBreaching",
    dimensions: {},
    ...alarm,
  };
}

function resolveDependencies(dependencies: ServiceValue["dependencies"]): readonly Dependency[] {
  return (dependencies ?? []).map(({ managed, ...dependency }) => ({
    ...fill<Omit<Dependency, "topics" | "groups">>(dependenciesField.item as ObjectField, dependency),
    ...(dependency.access === undefined && dependency.permissions === undefined ? { access: "read" as const } : {}),
    topics: dependency.topics ?? [],
    groups: dependency.groups ?? [],
    ...(managed === undefined || managed === false ? {} : { managed: managed === true ? {} : managed }),
  }));
}

function resolveIam(iam: ServiceValue["iam"]): Iam {
  const { policyStatements, ...rest } = fill<Partial<Iam>>(iamField, iam);
  return {
    ...rest,
    managedPolicies: rest.managedPolicies ?? [],
    policyStatements: (policyStatements ?? []).map((statement) => ({ ...statement, conditions: statement.conditions ?? {} })),
  };
}

function at(...path: string[]): ObjectField {
  let field: ObjectField = serviceBody;
  for (const name of path) field = field.fields[name] as ObjectField;
  return field;
}
