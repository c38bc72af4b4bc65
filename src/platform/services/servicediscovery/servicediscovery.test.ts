import * as sdk from "@aws-sdk/client-servicediscovery";
import { NamespaceAlreadyExists, ResourceInUse, ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RandomIds } from "../../../kit/ids.ts";
import { createGateway } from "../../gateway/gateway.ts";
import type { Listening } from "../../gateway/listen.ts";
import { LibsqlStore } from "../../persistence/libsql-store.ts";
import { CloudMap } from "./cloud-map.ts";
import { servicediscoveryProvider } from "./provider.ts";

describe("Cloud Map over the wire", () => {
  const ids = new RandomIds();
  const map = new CloudMap({ store: new LibsqlStore(":memory:"), clock: { now: () => 1_700_000_000_000 }, ids });
  let listening: Listening;
  let client: ServiceDiscoveryClient;
  beforeAll(async () => {
    const gateway = createGateway({ account: "000000000000", ids, report: (defect) => expect(defect).toBeUndefined() });
    gateway.mount("servicediscovery", servicediscoveryProvider(map));
    listening = await gateway.listen(0);
    client = new ServiceDiscoveryClient({
      endpoint: listening.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "t", secretAccessKey: "t" },
      disableHostPrefix: true,
    });
  });
  afterAll(async () => {
    client.destroy();
    await listening.close();
  });

  it("resolves a service's healthy tasks by name, all of them when none is healthy, and nothing once they left", async () => {
    const { OperationId } = await client.send(new sdk.CreatePrivateDnsNamespaceCommand({ Name: "one.internal", Vpc: "vpc-1" }));
    const { Operation } = await client.send(new sdk.GetOperationCommand({ OperationId }));
    expect(Operation).toMatchObject({ Status: "SUCCESS", Type: "CREATE_NAMESPACE" });
    const { Service } = await client.send(
      new sdk.CreateServiceCommand({
        Name: "orders",
        NamespaceId: Operation?.Targets?.NAMESPACE,
        DnsConfig: { DnsRecords: [{ Type: "A", TTL: 10 }] },
        HealthCheckCustomConfig: { FailureThreshold: 1 },
      }),
    );
    const arn = Service?.Arn ?? "";
    expect(map.resolve("orders.one.internal")).toEqual([]);
    map.register(arn, "task-a", { ip: "10.0.1.4" });
    map.register(arn, "task-b", { ip: "10.0.1.5" });
    map.setHealth(arn, "task-a", false);
    expect(map.resolve("Orders.one.internal.")).toEqual(["10.0.1.5"]);
    map.setHealth(arn, "task-b", false);
    const [first, second] = [map.resolve("orders.one.internal"), map.resolve("orders.one.internal")];
    expect([...(first ?? [])].sort()).toEqual(["10.0.1.4", "10.0.1.5"]);
    expect(second).toEqual([...(first ?? [])].reverse());
    expect(map.resolve("example.com")).toBeUndefined();
    const { Instances } = await client.send(new sdk.ListInstancesCommand({ ServiceId: Service?.Id }));
    expect(Instances).toHaveLength(2);

    await expect(client.send(new sdk.DeleteServiceCommand({ Id: Service?.Id }))).rejects.toThrow(ResourceInUse);
    map.deregister(arn, "task-a");
    map.deregister(arn, "task-b");
    await client.send(new sdk.DeleteServiceCommand({ Id: Service?.Id }));
    await client.send(new sdk.DeleteNamespaceCommand({ Id: Operation?.Targets?.NAMESPACE }));
    expect(map.resolve("orders.one.internal")).toBeUndefined();
  });

  it("answers the same create request as before and refuses another one of the same name", async () => {
    const request = { Name: "twice.internal", Vpc: "vpc-1", CreatorRequestId: "once" };
    const first = await client.send(new sdk.CreatePrivateDnsNamespaceCommand(request));
    const again = await client.send(new sdk.CreatePrivateDnsNamespaceCommand(request));
    expect(again.OperationId).toBe(first.OperationId);
    await expect(client.send(new sdk.CreatePrivateDnsNamespaceCommand({ ...request, CreatorRequestId: "other" }))).rejects.toThrow(
      NamespaceAlreadyExists,
    );
  });

  it("gives each instance of an SRV service a name, answers one address for a weighted one, and counts changes", async () => {
    const { OperationId } = await client.send(new sdk.CreatePrivateDnsNamespaceCommand({ Name: "srv.internal", Vpc: "vpc-1" }));
    const NamespaceId = (await client.send(new sdk.GetOperationCommand({ OperationId }))).Operation?.Targets?.NAMESPACE;
    const create = async (Name: string, Type: "A" | "SRV", RoutingPolicy: "WEIGHTED" | "MULTIVALUE") => {
      const DnsConfig = { RoutingPolicy, DnsRecords: [{ Type, TTL: 10 }] };
      return (await client.send(new sdk.CreateServiceCommand({ Name, NamespaceId, DnsConfig }))).Service?.Arn ?? "";
    };
    const [db, web] = [await create("db", "SRV", "MULTIVALUE"), await create("web", "A", "WEIGHTED")];
    map.register(db, "T1", { ip: "10.0.1.9", port: 5432 });
    expect(map.resolve("t1.db.srv.internal")).toEqual(["10.0.1.9"]);
    for (const last of [1, 2, 3]) map.register(web, `t${last}`, { ip: `10.0.1.${last}` });
    expect(map.resolve("web.srv.internal")).toHaveLength(1);
    const revision = async () =>
      (await client.send(new sdk.DiscoverInstancesRevisionCommand({ NamespaceName: "srv.internal", ServiceName: "web" })))
        .InstancesRevision;
    const before = await revision();
    map.deregister(web, "t1");
    expect(await revision()).toBe((before ?? 0) + 1);
    const { Operations } = await client.send(
      new sdk.ListOperationsCommand({ Filters: [{ Name: "NAMESPACE_ID", Values: [NamespaceId ?? ""] }] }),
    );
    expect(Operations).toEqual([{ Id: OperationId, Status: "SUCCESS" }]);
  });
});
