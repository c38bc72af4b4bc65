/**
 * Services that call one another by Service Connect's names, made through the SDK: the image, network and roles are those of a
 * service `front` that `fsd deploy` has brought about, which also lets a test look out of one of its tasks.
 */
import { type DeploymentConfiguration, ECS, type ServiceConnectConfiguration, type TaskDefinition } from "@aws-sdk/client-ecs";
import { ServiceDiscovery } from "@aws-sdk/client-servicediscovery";
import { request } from "undici";
import { said } from "./outcome.ts";
import { serviceFiles } from "./service.ts";
import { eventually, type World } from "./world.ts";

export const CLUSTER = "fsd-local";
export const NAMESPACE = "shop.local";

/** `PORT_PLAN`: `http:8000,…`; `/from?url=…` answers what this task gets from the URL; `BEHAVIOUR=crash` ends soon after it listens. */
const PROGRAM = `
const http = require("node:http"), http2 = require("node:http2"), net = require("node:net");
const version = process.env.VERSION || process.argv[2];
const answer = (request, response) => {
  const url = new URL(request.url, "http://self");
  if (url.pathname === "/from") return from(url, request, response);
  if (url.pathname === "/slow") return setTimeout(() => response.end("late"), Number(url.searchParams.get("ms")));
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ version, host: require("node:os").hostname(), headers: request.headers }));
};
function from(url, request, response) {
  const target = new URL(url.searchParams.get("url"));
  const headers = JSON.parse(url.searchParams.get("headers") || "{}");
  if (target.protocol === "tcp:") {
    let text = "";
    const socket = net.connect(Number(target.port), target.hostname);
    socket.on("data", (chunk) => { text += chunk; });
    socket.on("error", (error) => { response.statusCode = 599; response.end(error.code); });
    socket.on("end", () => response.end(text));
    socket.end("hello");
    return;
  }
  if (target.protocol === "h2c:") {
    const session = http2.connect("http://" + target.host);
    session.on("error", (error) => { response.statusCode = 599; response.end(error.code); });
    const stream = session.request({ ":path": target.pathname || "/", ...headers });
    let text = "", status = 0;
    stream.on("response", (heads) => { status = heads[":status"]; });
    stream.on("data", (chunk) => { text += chunk; });
    stream.on("end", () => { session.close(); response.statusCode = status; response.end(text); });
    return;
  }
  http.get(target, { headers, agent: false }, (answered) => {
    response.statusCode = answered.statusCode;
    answered.pipe(response);
  }).on("error", (error) => { response.statusCode = 599; response.end(error.code); });
}
const servers = [];
for (const plan of (process.env.PORT_PLAN || "http:8000").split(",")) {
  const [kind, port] = plan.split(":");
  const server = kind === "tcp"
    ? net.createServer({ allowHalfOpen: true }, (socket) => { let said = ""; socket.on("data", (chunk) => { said += chunk; }); socket.on("end", () => socket.end(said + " from " + version)); })
    : kind === "h2c" ? http2.createServer(answer) : http.createServer(answer);
  server.listen(Number(port), () => console.log("version " + version + " listens on " + plan));
  servers.push(server);
}
process.on("SIGTERM", () => { for (const server of servers) server.close(); setTimeout(() => process.exit(0), 300); });
if (process.env.BEHAVIOUR === "crash") setTimeout(() => process.exit(7), 30);
`;

/** The files of a load-balanced service with that program and one task; `more` is the rest of its document. */
export const connectedFiles = (name: string, more = ""): Record<string, string> => ({
  ...serviceFiles(name, { version: name, count: 1 }, more),
  "server.js": PROGRAM,
});

const HEALTH_CHECK = {
  command: ["CMD-SHELL", 'node -e \'require("net").connect(8000).on("connect",()=>process.exit(0)).on("error",()=>process.exit(1))\''],
  interval: 5,
  timeout: 5,
  retries: 2,
};

export interface Offer {
  readonly version: string;
  readonly desiredCount?: number;
  readonly serviceConnectConfiguration?: ServiceConnectConfiguration;
  readonly deploymentConfiguration?: DeploymentConfiguration;
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether its container has a health check; so it is unless given. */
  readonly checked?: boolean;
}

export class ConnectedWorld {
  readonly #world: World;
  ecs = new ECS({});
  names = new ServiceDiscovery({});
  url = "";
  #front: TaskDefinition = {};

  constructor(world: World) {
    this.#world = world;
  }

  async open(): Promise<void> {
    await this.connect((await this.#world.up("--speed", "20")).endpoint);
    const folder = this.#world.write("front", connectedFiles("front"));
    const outcome = await this.#world.fsd("deploy", "-f", folder, "--yes");
    if (outcome.status !== 0) throw new Error(said(outcome));
    this.url = (await this.#world.status("front")).url;
    await this.names.createHttpNamespace({ Name: NAMESPACE });
    const { taskDefinition = {} } = await this.ecs.describeTaskDefinition({
      taskDefinition: (await this.service("front")).taskDefinition ?? "",
    });
    this.#front = taskDefinition;
  }

  connect(endpoint: string): void {
    const connection = { endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
    this.close();
    this.ecs = new ECS(connection);
    this.names = new ServiceDiscovery({ ...connection, disableHostPrefix: true });
  }

  close(): void {
    this.ecs.destroy();
    this.names.destroy();
  }

  async service(name: string) {
    const { services = [] } = await this.ecs.describeServices({ cluster: CLUSTER, services: [name] });
    return services[0] ?? {};
  }

  /** A revision of the service's task definition: the program with named ports `web`, `stream` (HTTP/2) and `raw` (TCP), and a health check. */
  async definition(name: string, { version, environment = {}, checked = true }: Offer): Promise<string> {
    const { containerDefinitions: [app] = [], executionRoleArn, taskRoleArn } = this.#front;
    const variables = { VERSION: version, PORT_PLAN: "http:8000,h2c:8002,tcp:8001", ...environment };
    const { taskDefinition } = await this.ecs.registerTaskDefinition({
      family: name,
      requiresCompatibilities: ["FARGATE"],
      networkMode: "awsvpc",
      cpu: "256",
      memory: "512",
      executionRoleArn,
      taskRoleArn,
      containerDefinitions: [
        {
          name: "app",
          image: app?.image,
          logConfiguration: app?.logConfiguration,
          portMappings: [
            { name: "web", containerPort: 8000, appProtocol: "http" },
            { name: "stream", containerPort: 8002, appProtocol: "http2" },
            { name: "raw", containerPort: 8001 },
          ],
          environment: Object.entries(variables).map(([key, value]) => ({ name: key, value })),
          ...(checked ? { healthCheck: HEALTH_CHECK } : {}),
        },
      ],
    });
    return taskDefinition?.taskDefinitionArn ?? "";
  }

  async create(name: string, offer: Offer): Promise<void> {
    const { networkConfiguration } = await this.service("front");
    const { desiredCount = 2, serviceConnectConfiguration, deploymentConfiguration } = offer;
    await this.ecs.createService({
      cluster: CLUSTER,
      serviceName: name,
      taskDefinition: await this.definition(name, offer),
      launchType: "FARGATE",
      desiredCount,
      networkConfiguration,
      serviceConnectConfiguration,
      deploymentConfiguration,
    });
  }

  /** Waits until the service's only deployment is COMPLETED. */
  settled(name: string): Promise<void> {
    return eventually(
      `${name} is steady`,
      async () => {
        const { deployments = [] } = await this.service(name);
        return deployments.length === 1 && deployments[0]?.rolloutState === "COMPLETED" ? true : undefined;
      },
      120_000,
    ).then(() => undefined);
  }

  /** A new deployment of the front, which from then on knows what its namespace has now. */
  async reconnectFront(): Promise<void> {
    const serviceConnectConfiguration = { enabled: true, namespace: NAMESPACE };
    await this.ecs.updateService({ cluster: CLUSTER, service: "front", serviceConnectConfiguration, forceNewDeployment: true });
    await this.settled("front");
  }

  /** What a task of the front gets from a URL: 599 and an error's code where nothing answers. */
  async fromFront(url: string, headers: Readonly<Record<string, string>> = {}): Promise<{ status: number; text: string }> {
    const { statusCode, body } = await request(this.fromUrl(url, headers));
    return { status: statusCode, text: await body.text() };
  }

  fromUrl(url: string, headers: Readonly<Record<string, string>> = {}): string {
    return `${this.url}/from?url=${encodeURIComponent(url)}&headers=${encodeURIComponent(JSON.stringify(headers))}`;
  }

  /** The version that answers the front at a URL. */
  async version(url: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    const { status, text } = await this.fromFront(url, headers);
    return status === 200 ? (JSON.parse(text) as { version: string }).version : `${status} ${text}`;
  }

  /** A new deployment of the service; answers its ARN. */
  async update(name: string, offer: Offer): Promise<string> {
    const { serviceConnectConfiguration, deploymentConfiguration } = offer;
    const { service } = await this.ecs.updateService({
      cluster: CLUSTER,
      service: name,
      taskDefinition: await this.definition(name, offer),
      serviceConnectConfiguration,
      deploymentConfiguration,
    });
    return service?.currentServiceDeployment ?? "";
  }

  async deployment(arn: string) {
    const { serviceDeployments = [] } = await this.ecs.describeServiceDeployments({ serviceDeploymentArns: [arn] });
    return serviceDeployments[0] ?? {};
  }

  /** Waits for the deployment's pause at that stage. */
  pausedAt(arn: string, stage: string): Promise<void> {
    return eventually(`the deployment pauses at ${stage}`, async () => {
      const { lifecycleStage, lifecycleHookDetails = [] } = await this.deployment(arn);
      return lifecycleStage === stage && lifecycleHookDetails.some(({ status }) => status === "AWAITING_ACTION") ? true : undefined;
    }).then(() => undefined);
  }

  async goOn(arn: string): Promise<void> {
    const { lifecycleHookDetails = [] } = await this.deployment(arn);
    const hookId = lifecycleHookDetails.find(({ status }) => status === "AWAITING_ACTION")?.hookId;
    await this.ecs.continueServiceDeployment({ serviceDeploymentArn: arn, hookId, action: "CONTINUE" });
  }

  ended(arn: string): Promise<string> {
    return eventually("the deployment ends", async () => {
      const { status = "" } = await this.deployment(arn);
      return ["SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"].includes(status) && status;
    });
  }
}
