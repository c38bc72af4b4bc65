/** ECS with a namespace `shop`, and services in it that offer ports by Service Connect. */
import type { DeploymentConfiguration, Service, ServiceConnectConfiguration } from "@aws-sdk/client-ecs";
import type { HttpInstanceSummary } from "@aws-sdk/client-servicediscovery";
import { EcsWorld, network } from "./ecs-world.testing.ts";

export const containerDefinitions = [
  {
    name: "app",
    image: "app:1",
    portMappings: [
      { name: "web", containerPort: 8000, appProtocol: "http" },
      { name: "admin", containerPort: 8001 },
      { name: "beacon", containerPort: 8002, protocol: "udp" },
    ],
  },
];

/** The configuration that offers the port `web` in `shop`, with changes to the service and to the whole. */
export const offering = (service: object = {}, more: object = {}) => ({
  enabled: true,
  namespace: "shop",
  services: [{ portName: "web", clientAliases: [{ port: 80 }], ...service }],
  ...more,
});

export class ConnectWorld extends EcsWorld {
  namespaceArn = "";

  async open(): Promise<void> {
    await this.askNames("CreateHttpNamespace", { Name: "shop" });
    const { Namespaces = [] } = await this.askNames("ListNamespaces", {});
    this.namespaceArn = Namespaces[0]?.Arn ?? "";
  }

  /** Creates the service with Service Connect in the cluster `demo`, of two tasks that listen to names of ports. */
  async connect(
    serviceName: string,
    serviceConnectConfiguration: object,
    more: { deploymentConfiguration?: DeploymentConfiguration } = {},
  ) {
    await this.ask("CreateCluster", { clusterName: "demo" });
    await this.ask("CreateService", {
      cluster: "demo",
      serviceName,
      taskDefinition: await this.register("app:1", { containerDefinitions }),
      desiredCount: 2,
      launchType: "FARGATE",
      networkConfiguration: network,
      serviceConnectConfiguration: serviceConnectConfiguration as ServiceConnectConfiguration,
      ...more,
    });
  }

  async shown(name: string): Promise<Service | undefined> {
    return (await this.ask("DescribeServices", { cluster: "demo", services: [name] })).services?.[0];
  }

  async discovered(ServiceName: string): Promise<HttpInstanceSummary[]> {
    return (await this.askNames("DiscoverInstances", { NamespaceName: "shop", ServiceName })).Instances ?? [];
  }

  async namesInShop(): Promise<(string | undefined)[]> {
    return ((await this.askNames("ListServices", {})).Services ?? []).map(({ Name }) => Name);
  }

  /** What the service's newest task may call, as `name:port`. */
  callable(name: string): string[] | undefined {
    const launch = this.launches.filter(({ serviceName }) => serviceName === name).at(-1);
    return launch?.clientAliases?.map(({ dnsName, port }) => `${dnsName}:${port}`);
  }
}
