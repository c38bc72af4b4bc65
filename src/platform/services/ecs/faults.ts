/** ECS's exceptions with ECS's words, for what several operations refuse alike. */
import {
  ClientException,
  ClusterNotFoundException,
  InvalidParameterException,
  NamespaceNotFoundException,
  ServiceNotActiveException,
  ServiceNotFoundException,
} from "@aws-sdk/client-ecs";

export function invalidParameter(message: string): InvalidParameterException {
  return new InvalidParameterException({ message, $metadata: {} });
}

export function clientFault(message: string): ClientException {
  return new ClientException({ message, $metadata: {} });
}

export function clusterNotFound(): ClusterNotFoundException {
  return new ClusterNotFoundException({ message: "Cluster not found.", $metadata: {} });
}

export function namespaceNotFound(name: string): NamespaceNotFoundException {
  return new NamespaceNotFoundException({ message: `Failed to retrieve namespace for ${name}`, $metadata: {} });
}

export function serviceNotFound(): ServiceNotFoundException {
  return new ServiceNotFoundException({ message: "Service not found.", $metadata: {} });
}

export function serviceNotActive(): ServiceNotActiveException {
  return new ServiceNotActiveException({ message: "Service was not ACTIVE.", $metadata: {} });
}

/** How many a list operation of ECS gives at once; the models of the API leave the range to its reference: 1 to 100. */
export function pageSize(maxResults: number | undefined, usual = 100): number {
  if (maxResults === undefined) return usual;
  if (maxResults < 1 || maxResults > 100) throw invalidParameter("maxResults must be between 1 and 100.");
  return maxResults;
}

export function badToken(): never {
  throw invalidParameter("Invalid token.");
}
