import { type Namespace, NamespaceAlreadyExists, NamespaceNotFound, ResourceInUse } from "@aws-sdk/client-servicediscovery";
import { formatArn } from "../../../model/arn.ts";
import type { Operations, RequestContext } from "../../gateway/operations.ts";
import type { CloudMap, NamespaceRecord } from "./cloud-map.ts";
import { page } from "./pages.ts";
import { putTags } from "./tags.ts";

const DEFAULT_SOA_TTL = 15;

/** A namespace by id or ARN. */
export function mustFindNamespace(map: CloudMap, region: string, idOrArn: string | undefined): NamespaceRecord {
  const id = (idOrArn ?? "").replace(/^arn:.*:namespace\//, "");
  const namespace = map.namespaces.get(`${region}/${id}`);
  if (namespace === undefined) throw new NamespaceNotFound({ message: `Namespace ${id} does not exist.`, $metadata: {} });
  return namespace;
}

export function namespaceOperations(map: CloudMap): Operations<"servicediscovery"> {
  const create = (
    { account, region }: RequestContext,
    type: NamespaceRecord["type"],
    input: { Name: string | undefined; CreatorRequestId?: string | undefined; Description?: string | undefined; Vpc?: string | undefined },
    tags: readonly { Key: string | undefined; Value: string | undefined }[] | undefined,
    soaTtl = DEFAULT_SOA_TTL,
  ): { OperationId: string } => {
    const { Name: name = "", CreatorRequestId, Description, Vpc } = input;
    const same = map.namespaces.list(`${region}/`).find((other) => other.name === name && other.type === type);
    if (same !== undefined) {
      // The same request again is answered as before.
      const repeated = CreatorRequestId !== undefined && same.creatorRequestId === CreatorRequestId;
      const before = map.operations.list().find(({ type: kind, targets }) => kind === "CREATE_NAMESPACE" && targets.NAMESPACE === same.id);
      if (repeated && before !== undefined) return { OperationId: before.id };
      throw new NamespaceAlreadyExists({
        message: `The namespace ${name} already exists.`,
        CreatorRequestId: same.creatorRequestId,
        NamespaceId: same.id,
        $metadata: {},
      });
    }
    const id = map.newId("ns");
    const record: NamespaceRecord = {
      region,
      id,
      arn: formatArn("servicediscovery", region, account, `namespace/${id}`),
      name,
      type,
      soaTtl,
      hostedZoneId: `Z${map.newId("").slice(1).toUpperCase()}`,
      creatorRequestId: CreatorRequestId ?? map.newRequestId(),
      createdAt: map.now(),
      ...(Description === undefined ? {} : { description: Description }),
      ...(Vpc === undefined ? {} : { vpcId: Vpc }),
    };
    return map.transaction(() => {
      map.namespaces.put(`${region}/${id}`, record);
      putTags(map, record.arn, tags);
      return { OperationId: map.done(region, "CREATE_NAMESPACE", { NAMESPACE: id }) };
    });
  };

  const change = (region: string, id: string | undefined, changed: Partial<NamespaceRecord>): { OperationId: string } => {
    const namespace = mustFindNamespace(map, region, id);
    map.namespaces.put(`${region}/${namespace.id}`, { ...namespace, ...changed });
    return { OperationId: map.done(region, "UPDATE_NAMESPACE", { NAMESPACE: namespace.id }) };
  };

  return {
    CreatePrivateDnsNamespace: (input, context) =>
      create(context, "DNS_PRIVATE", input, input.Tags, input.Properties?.DnsProperties?.SOA?.TTL),
    CreateHttpNamespace: (input, context) => create(context, "HTTP", input, input.Tags),
    GetNamespace: ({ Id }, { region }) => ({ Namespace: describe(map, mustFindNamespace(map, region, Id)) }),
    ListNamespaces: ({ Filters = [], MaxResults, NextToken }, { region }) => {
      const found = map.namespaces.list(`${region}/`).filter((namespace) =>
        Filters.every(({ Name, Values = [], Condition = "EQ" }) => {
          const value = Name === "TYPE" ? namespace.type : Name === "HTTP_NAME" || Name === "NAME" ? namespace.name : "";
          return Condition === "BEGINS_WITH" ? Values.some((start) => value.startsWith(start)) : Values.includes(value);
        }),
      );
      const { items, nextToken } = page(found, NextToken, MaxResults);
      return { Namespaces: items.map((namespace) => describe(map, namespace)), NextToken: nextToken };
    },
    UpdatePrivateDnsNamespace: ({ Id, Namespace }, { region }) =>
      change(region, Id, {
        ...(Namespace?.Description === undefined ? {} : { description: Namespace.Description }),
        ...(Namespace?.Properties?.DnsProperties?.SOA?.TTL === undefined ? {} : { soaTtl: Namespace.Properties.DnsProperties.SOA.TTL }),
      }),
    UpdateHttpNamespace: ({ Id, Namespace }, { region }) => change(region, Id, { description: Namespace?.Description ?? "" }),
    DeleteNamespace: ({ Id }, { region }) => {
      const namespace = mustFindNamespace(map, region, Id);
      if (map.servicesOf(namespace.id).length > 0) {
        throw new ResourceInUse({ message: `Namespace ${namespace.id} has associated services.`, $metadata: {} });
      }
      return map.transaction(() => {
        map.namespaces.delete(`${region}/${namespace.id}`);
        map.tags.delete(namespace.arn);
        return { OperationId: map.done(region, "DELETE_NAMESPACE", { NAMESPACE: namespace.id }) };
      });
    },
  };
}

function describe(map: CloudMap, namespace: NamespaceRecord): Namespace {
  return {
    Id: namespace.id,
    Arn: namespace.arn,
    Name: namespace.name,
    Type: namespace.type,
    Description: namespace.description,
    ServiceCount: map.servicesOf(namespace.id).length,
    Properties: {
      ...(namespace.type === "HTTP" ? {} : { DnsProperties: { HostedZoneId: namespace.hostedZoneId, SOA: { TTL: namespace.soaTtl } } }),
      HttpProperties: { HttpName: namespace.name },
    },
    CreateDate: new Date(namespace.createdAt),
    CreatorRequestId: namespace.creatorRequestId,
  };
}
