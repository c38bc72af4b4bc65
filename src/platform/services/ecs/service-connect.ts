/**
 * A service's `serviceConnectConfiguration`, checked as CreateService and UpdateService do, and what follows from it.
 * Sentences are ECS's where AWS's own are known ("SC service is already used by …", "Failed to retrieve namespace for …");
 * the others say what the API reference of ServiceConnectService and ServiceConnectClientAlias asks for.
 */
import type { ServiceConnectClientAlias, ServiceConnectConfiguration, ServiceConnectService } from "@aws-sdk/client-ecs";
import type { ConnectEndpoint, TaskDefinitionRecord } from "./ecs-state.ts";
import { invalidParameter } from "./faults.ts";

export const DEFAULT_TEST_HEADER = "x-amzn-ecs-blue-green-test";

const DEFAULT_IDLE_S = { http: 5 * 60, tcp: 60 * 60 };
const DEFAULT_PER_REQUEST_S = 15;
const LOG_DRIVERS = ["awslogs", "splunk", "awsfirelens"];
/** The hosts file of a task has an address for each. */
const MOST_ENDPOINTS = 1_000;

/** One of `services`, checked: an endpoint without its Cloud Map service, and the port of the tasks behind it. */
export interface OfferedEndpoint extends Omit<ConnectEndpoint, "discoveryArn"> {
  readonly containerName: string;
  readonly containerPort: number;
}

export interface ConnectNamespace {
  readonly arn: string;
  readonly id: string;
  readonly name: string;
}

/**
 * What the configuration offers in `namespace`, where `present` are its endpoints, as they are and as they will be, and `taken` the
 * names of all its Cloud Map services. Throws InvalidParameterException.
 */
export function offeredEndpoints(
  configuration: ServiceConnectConfiguration,
  definition: TaskDefinitionRecord,
  serviceArn: string,
  namespace: ConnectNamespace,
  { present, taken }: { readonly present: readonly ConnectEndpoint[]; readonly taken: ReadonlySet<string> },
): OfferedEndpoint[] {
  requireLogging(configuration);
  const offered: OfferedEndpoint[] = [];
  for (const service of configuration.services ?? []) {
    const endpoint = offeredEndpoint(service, definition, serviceArn, namespace);
    const owner = present.find((each) => each.endpoint === endpoint.endpoint)?.serviceArn;
    const isTaken = owner === undefined ? taken.has(endpoint.discoveryName) : owner !== serviceArn;
    if (isTaken) throw invalidParameter(`SC service is already used by ${namespace.arn}: the discovery name ${endpoint.discoveryName}`);
    if (offered.some((each) => each.discoveryName === endpoint.discoveryName)) {
      throw invalidParameter(`The discovery name ${endpoint.discoveryName} must be unique in serviceConnectConfiguration.`);
    }
    offered.push(endpoint);
  }
  requireFreeAliases(offered, present, namespace.name);
  const others = new Set(present.filter((each) => each.serviceArn !== serviceArn).map(({ endpoint }) => endpoint));
  if (others.size + offered.length > MOST_ENDPOINTS) {
    throw invalidParameter(`A namespace can have at most ${MOST_ENDPOINTS} Service Connect endpoints.`);
  }
  return offered;
}

type Aliased = Pick<ConnectEndpoint, "serviceArn" | "discoveryName" | "dnsName" | "port">;

/** Throws InvalidParameterException when two of a service's endpoints have the same alias, or one of them that of another service's. */
export function requireFreeAliases(offered: readonly Aliased[], present: readonly Aliased[], namespaceName: string): void {
  for (const [index, { serviceArn, dnsName, port }] of offered.entries()) {
    const others = [...offered.slice(0, index), ...present.filter((each) => each.serviceArn !== serviceArn)];
    const rival = others.find((each) => each.dnsName === dnsName && each.port === port);
    if (rival === undefined) continue;
    throw invalidParameter(
      `The client alias ${dnsName}:${port} must be unique in the namespace ${namespaceName}; ${rival.discoveryName} has it.`,
    );
  }
}

function offeredEndpoint(
  service: ServiceConnectService,
  definition: TaskDefinitionRecord,
  serviceArn: string,
  namespace: ConnectNamespace,
): OfferedEndpoint {
  const { portName = "", discoveryName = portName, clientAliases = [], tls } = service;
  const mapped = (definition.containerDefinitions ?? []).flatMap(({ name: containerName = "", portMappings = [] }) =>
    portMappings.flatMap((mapping) =>
      mapping.name === portName && mapping.containerPort !== undefined
        ? [{ containerName, containerPort: mapping.containerPort, appProtocol: mapping.appProtocol, protocol: mapping.protocol }]
        : [],
    ),
  )[0];
  if (mapped === undefined) {
    throw invalidParameter(`The portName ${portName} does not match the name of a port mapping in the task definition.`);
  }
  if (mapped.protocol === "udp") throw invalidParameter(`Service Connect carries no UDP: the port mapping ${portName} must be of tcp.`);
  if (!/^[a-z0-9_][a-z0-9_-]{0,63}$/.test(discoveryName)) {
    throw invalidParameter(
      `Invalid discoveryName '${discoveryName}': up to 64 lowercase letters, numbers, underscores and hyphens, not beginning with a hyphen.`,
    );
  }
  const [alias, second] = clientAliases;
  if (alias === undefined) throw invalidParameter(`The Service Connect service ${discoveryName} must have a client alias with a port.`);
  if (second !== undefined) throw invalidParameter(`The Service Connect service ${discoveryName} can have at most 1 client alias.`);
  if (tls !== undefined) {
    throw invalidParameter(
      `The local platform does not carry out Service Connect's tls (of ${discoveryName}): it has no private certificate authority.`,
    );
  }
  const { containerName, containerPort, appProtocol } = mapped;
  return {
    endpoint: `${namespace.arn}/${discoveryName}`,
    serviceArn,
    namespaceArn: namespace.arn,
    discoveryName,
    ...requireAlias(alias, `${discoveryName}.${namespace.name}`),
    ...(appProtocol === undefined ? {} : { appProtocol }),
    ...timeouts(service, appProtocol),
    containerName,
    containerPort,
  };
}

function requireAlias(
  { dnsName, port = 0, testTrafficRules }: ServiceConnectClientAlias,
  usual: string,
): Pick<ConnectEndpoint, "dnsName" | "port" | "testHeader"> {
  if (port < 1 || port > 65_535) throw invalidParameter(`The port of a client alias must be between 1 and 65535, not ${port}.`);
  if (dnsName !== undefined && !/^[a-z0-9_][a-z0-9_.-]{0,126}$/.test(dnsName)) {
    throw invalidParameter(
      `Invalid dnsName '${dnsName}': up to 127 lowercase letters, numbers, underscores, hyphens and periods, not beginning with a hyphen.`,
    );
  }
  const { name = DEFAULT_TEST_HEADER, value } = testTrafficRules?.header ?? {};
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) throw invalidParameter(`Invalid test traffic rule: '${name}' is no name of a header.`);
  return {
    dnsName: dnsName ?? usual,
    port,
    testHeader: { name: name.toLowerCase(), ...(value?.exact === undefined ? {} : { exact: value.exact }) },
  };
}

function timeouts(
  { discoveryName, portName, timeout }: ServiceConnectService,
  appProtocol: ConnectEndpoint["appProtocol"],
): Pick<ConnectEndpoint, "idleTimeoutMs" | "perRequestTimeoutMs"> {
  const { idleTimeoutSeconds, perRequestTimeoutSeconds } = timeout ?? {};
  if ((idleTimeoutSeconds ?? 0) < 0 || (perRequestTimeoutSeconds ?? 0) < 0) {
    throw invalidParameter(`The timeouts of ${discoveryName ?? portName ?? ""} must not be negative.`);
  }
  if (appProtocol === undefined && perRequestTimeoutSeconds !== undefined) {
    throw invalidParameter(
      `perRequestTimeoutSeconds of ${discoveryName ?? portName ?? ""} needs an appProtocol in the port mapping; for TCP only idleTimeoutSeconds is allowed.`,
    );
  }
  const usualIdleS = appProtocol === undefined ? DEFAULT_IDLE_S.tcp : DEFAULT_IDLE_S.http;
  return {
    idleTimeoutMs: (idleTimeoutSeconds ?? usualIdleS) * 1000,
    perRequestTimeoutMs: appProtocol === undefined ? 0 : (perRequestTimeoutSeconds ?? DEFAULT_PER_REQUEST_S) * 1000,
  };
}

function requireLogging({ logConfiguration, accessLogConfiguration }: ServiceConnectConfiguration): void {
  const driver = logConfiguration?.logDriver;
  if (driver !== undefined && !LOG_DRIVERS.includes(driver)) {
    throw invalidParameter(
      `Log driver ${driver} is not supported for launch type FARGATE. Supported log drivers: ${LOG_DRIVERS.join(", ")}.`,
    );
  }
  if (accessLogConfiguration !== undefined && logConfiguration === undefined) {
    throw invalidParameter("accessLogConfiguration needs a logConfiguration in the serviceConnectConfiguration.");
  }
}

/** What of an enabled configuration the platform does not carry out on a machine with or without networks for tasks, as sentences about a service. */
export function inertParts(configuration: ServiceConnectConfiguration | undefined, privateNetworks: boolean): string[] {
  if (configuration?.enabled !== true) return [];
  const parts: string[] = [];
  if (!privateNetworks) {
    parts.push(
      "has Service Connect, whose names do not resolve on this machine: its tasks run without a network, and so without a hosts file, of their own (fsd local status says why).",
    );
  }
  if (configuration.logConfiguration !== undefined) {
    parts.push("has a logConfiguration for Service Connect's proxy, which on the local platform writes no log.");
  }
  return parts;
}
