/** The Cloud Map namespaces that Service Connect works in, and the services ECS makes there, all through Cloud Map's API. */
import { shortHash } from "../../../kit/hash.ts";
import type { Call } from "../../gateway/operations.ts";
import type { ConnectNamespace, OfferedEndpoint } from "./service-connect.ts";

type Where = { readonly region: string };

/** The namespace of that name or ARN; undefined when there is none in the Region. */
export async function findNamespace(nameOrArn: string, call: Call, { region }: Where): Promise<ConnectNamespace | undefined> {
  const isIt = ({ Arn, Name }: { Arn?: string | undefined; Name?: string | undefined }): boolean => Arn === nameOrArn || Name === nameOrArn;
  for (let NextToken: string | undefined; ; ) {
    const answer = await call("servicediscovery", "ListNamespaces", NextToken === undefined ? {} : { NextToken }, { region });
    const found = answer.Namespaces?.find(isIt);
    if (found !== undefined) return { arn: found.Arn ?? "", id: found.Id ?? "", name: found.Name ?? "" };
    NextToken = answer.NextToken;
    if (NextToken === undefined) return undefined;
  }
}

/** The namespace of a cluster's `serviceConnectDefaults`: a name that is new becomes an HTTP namespace. Undefined for an ARN that is not there. */
export async function namespaceOrNew(nameOrArn: string, call: Call, where: Where): Promise<ConnectNamespace | undefined> {
  const found = await findNamespace(nameOrArn, call, where);
  if (found !== undefined || nameOrArn.startsWith("arn:")) return found;
  await call("servicediscovery", "CreateHttpNamespace", { Name: nameOrArn }, where);
  return findNamespace(nameOrArn, call, where);
}

/** The names of all services in the namespace, whoever made them. */
export async function servicesIn(namespace: ConnectNamespace, call: Call, where: Where): Promise<Set<string>> {
  const names = new Set<string>();
  for (let NextToken: string | undefined; ; ) {
    const Filters = [{ Name: "NAMESPACE_ID" as const, Values: [namespace.id] }];
    const answer = await call("servicediscovery", "ListServices", { Filters, ...(NextToken === undefined ? {} : { NextToken }) }, where);
    for (const { Name = "" } of answer.Services ?? []) names.add(Name);
    NextToken = answer.NextToken;
    if (NextToken === undefined) return names;
  }
}

/** The Cloud Map service behind an endpoint, made unless it is there; answers its ARN. It has no DNS records, whatever the namespace's type. */
export async function ensureService(endpoint: OfferedEndpoint, namespace: ConnectNamespace, call: Call, where: Where): Promise<string> {
  const { Service } = await call(
    "servicediscovery",
    "CreateService",
    {
      Name: endpoint.discoveryName,
      NamespaceId: namespace.id,
      Type: "HTTP",
      HealthCheckCustomConfig: { FailureThreshold: 1 },
      Description: "Managed by Amazon ECS Service Connect",
      // The same service asks again with its next deployment, and after a crash.
      CreatorRequestId: `ecs-${shortHash(endpoint.serviceArn, 11)}`,
    },
    where,
  );
  return Service?.Arn ?? "";
}
