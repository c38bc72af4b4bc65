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
    expect(map.resolve("orders.one.internal")).toEqual(["10.0.1.4", "10.0.1.5"]);
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
});
