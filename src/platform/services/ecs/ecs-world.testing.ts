/** ECS's handlers over a simulated runtime in virtual time: the API as it is, without processes and without the wire. */
import { Controller } from "../../../controller/controller.ts";
import type { RuntimeEvent, TargetEvent } from "../../../controller/ports.ts";
import type { ServiceState } from "../../../engine/service/service-state.ts";
import type { CalledService } from "../../../engine/service/throttled-calls.ts";
import { VirtualClock } from "../../../kit/virtual-clock.ts";
import type { HookStandIn } from "../../../model/hook-stand-in.ts";
import type { TaskLaunch } from "../../../model/task-launch.ts";
import { SeededRandom } from "../../../simulator/random.ts";
import { type ContainerBehaviour, SimulatedRuntime, wellBehaved } from "../../../simulator/simulated-runtime.ts";
import { SimulatedTargetGroups } from "../../../simulator/simulated-target-groups.ts";
import type { Call, OperationInput, OperationName, OperationOutput } from "../../gateway/operations.ts";
import { LibsqlStore } from "../../persistence/libsql-store.ts";
import type { EmittedEvent } from "../eventbridge/event-bus.ts";
import { iamProvider } from "../iam/provider.ts";
import { RoleTrust } from "../iam/role-trust.ts";
import { CloudMap } from "../servicediscovery/cloud-map.ts";
import { servicediscoveryProvider } from "../servicediscovery/provider.ts";
import { ConnectEndpoints } from "./connect-endpoints.ts";
import { EcsEvents } from "./ecs-events.ts";
import { EcsState } from "./ecs-state.ts";
import type { LaunchRate } from "./launch-rate.ts";
import { LocalHooks } from "./local-hooks.ts";
import { ecsProvider } from "./provider.ts";
import { StoreKeeper } from "./store-keeper.ts";
import { StoredTaskPlans } from "./task-plans.ts";
import { AssumedTaskRoles } from "./task-roles.ts";

export const context = { account: "000000000000", region: "eu-west-1", requestId: "r" };

export const network = { awsvpcConfiguration: { subnets: ["subnet-a", "subnet-b"], securityGroups: ["sg-1"] } };
/** A target group that a load balancer routes to. */
export const withBalancer = "arn:aws:elasticloadbalancing:eu-west-1:000000000000:targetgroup/api/1";
/** A target group that no load balancer knows. */
export const lonely = "arn:aws:elasticloadbalancing:eu-west-1:000000000000:targetgroup/lonely/2";

/** A target group of instances, which no task on Fargate can be. */
export const ofInstances = "arn:aws:elasticloadbalancing:eu-west-1:000000000000:targetgroup/instances/3";

/** The other services, as far as ECS asks them; Cloud Map is the platform's own. */
const others = (names: ReturnType<typeof servicediscoveryProvider>["operations"]) =>
  (async (service: string, operation: string, input: { TargetGroupArns?: string[]; SubnetIds?: string[] }) => {
    if (service === "servicediscovery") {
      const handler = names[operation as keyof typeof names] as ((input: unknown, where: unknown) => unknown) | undefined;
      if (handler !== undefined) return handler(input, context);
    }
    if (operation === "DescribeSubnets") {
      const ids = input.SubnetIds ?? [];
      const unknown = ids.find((id) => !id.startsWith("subnet-"));
      if (unknown !== undefined)
        throw Object.assign(new Error(`The subnet ID '${unknown}' does not exist`), { name: "InvalidSubnetID.NotFound" });
      return { Subnets: ids.map((SubnetId) => ({ SubnetId, AvailabilityZone: `eu-west-1${SubnetId.at(-1)}` })) };
    }
    if (operation === "DescribeSecurityGroups") return { SecurityGroups: [] };
    if (operation === "DescribeTargetGroups") {
      const [arn] = input.TargetGroupArns ?? [];
      return {
        TargetGroups: [
          { TargetGroupArn: arn, TargetType: arn === ofInstances ? "instance" : "ip", LoadBalancerArns: arn === lonely ? [] : ["lb"] },
        ],
      };
    }
    throw new Error(`unexpected ${service} ${operation}`);
  }) as unknown as Call;

/** A trust policy that lets one service assume its role. */
export function trustPolicy(Service: string): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { Service }, Action: "sts:AssumeRole" }] });
}

export class EcsWorld {
  readonly clock = new VirtualClock(1_700_000_000_000);
  readonly controller: Controller;
  readonly runtime: SimulatedRuntime;
  /** What the production rule was last given: its own target group and the alternate one. */
  weights: number[] = [];
  /** Called when a hook that is a command has answered. */
  hookAnswered: () => void = () => undefined;
  /** What stands in for hooks that are functions. */
  hookStandIn: HookStandIn | undefined;
  /** How containers that start from now on behave. */
  behaviour: ContainerBehaviour = wellBehaved;
  /** How long a task waits for its network, and why it gets none. */
  provisioning: { afterMs: number; failure?: string } = { afterMs: 5_000 };
  /** The digest of every image. */
  digest = "sha256:abc";
  /** What the runtime was given, in order. */
  readonly launches: TaskLaunch[] = [];
  /** Whose rate limits refuse every call. */
  readonly throttling = new Set<CalledService>();
  /** How fast Fargate launches tasks; as fast as it is asked unless given. */
  launchRate: LaunchRate | undefined;
  /** What Cloud Map was asked, in order. */
  readonly registryCalls: string[] = [];
  /** What ECS told EventBridge. */
  told: EmittedEvent[] = [];
  /** How often the runtime was told that tasks will come. */
  expected = 0;
  readonly cloudMap: CloudMap;
  readonly endpoints: ConnectEndpoints;
  /** A service as the scheduler keeps it. */
  readonly service: (serviceArn: string) => ServiceState | undefined;
  readonly iam: ReturnType<typeof iamProvider>["operations"];
  readonly #operations: ReturnType<typeof ecsProvider>["operations"];
  readonly #names: ReturnType<typeof servicediscoveryProvider>["operations"];

  constructor() {
    const store = new LibsqlStore(":memory:");
    const { clock } = this;
    const ids = new SeededRandom(7);
    const state = new EcsState(store);
    const trust = new RoleTrust(store);
    const roles = new AssumedTaskRoles(state, (roleArn, assumption) => trust.lets(roleArn, assumption));
    const put = (_region: string, event: EmittedEvent): string => String(this.told.push(event));
    const keeper = new StoreKeeper(store, new EcsEvents({ state, bus: { hasRules: true, put }, clock }));
    const receive = (event: RuntimeEvent | TargetEvent): void => this.controller.receive(event);
    const targetGroups = new SimulatedTargetGroups({
      clock,
      behaviour: () => ({ intervalMs: 10_000, healthyThreshold: 2, unhealthyThreshold: 2, drainMs: 10_000 }),
      emit: receive,
    });
    this.runtime = new SimulatedRuntime({
      clock,
      behaviour: () => this.behaviour,
      provisioning: (launch) => {
        this.launches.push(launch);
        return this.provisioning;
      },
      deprovisionMs: 1_000,
      emit: receive,
      onAnswering: (ip, answering) => targetGroups.setAnswering(ip, answering),
    });
    this.controller = new Controller({
      keeper,
      plans: new StoredTaskPlans(state),
      runtime: this.runtime,
      targetGroups,
      registries: {
        register: (...call) => {
          this.registryCalls.push("register");
          this.cloudMap.register(...call);
        },
        setHealth: (registry, instance, healthy) => {
          this.registryCalls.push(healthy ? "healthy" : "unhealthy");
          this.cloudMap.setHealth(registry, instance, healthy);
        },
        deregister: (...call) => {
          this.registryCalls.push("deregister");
          this.cloudMap.deregister(...call);
        },
      },
      roles,
      limits: { admits: (service, provider) => !this.throttling.has(service) && this.launchRate?.admits(service, provider) !== false },
      images: { digest: () => this.digest },
      clock,
      wallClock: clock,
      ids,
      settings: { limit: (ms) => ms, countCrashBeforeHealthy: true },
      wallMs: (ms) => ms,
      listenerRules: {
        setWeights: (_rule, given) => {
          this.weights = given.map(({ weight }) => weight);
        },
      },
      hooks: new LocalHooks({
        emit: (event) => {
          this.controller.receive(event);
          this.hookAnswered();
        },
        report: () => undefined,
        standIn: () => this.hookStandIn,
      }),
    });
    this.service = (serviceArn) => keeper.service(serviceArn);
    this.controller.start();
    this.cloudMap = new CloudMap({ store, clock, ids: new SeededRandom(8) });
    this.#names = servicediscoveryProvider(this.cloudMap).operations;
    const endpoints = new ConnectEndpoints({ state, keeper, names: this.cloudMap });
    this.endpoints = endpoints;
    this.controller.onServiceChanged(({ service }) => endpoints.settle(service));
    const call = others(this.#names);
    const hands = { state, keeper, endpoints, controller: this.controller, roles, clock, ids, call };
    this.#operations = ecsProvider({ ...hands, expectTasks: () => void this.expected++ }).operations;
    this.iam = iamProvider({ store, clock, ids }).operations;
  }

  /** Makes a role that the service may assume, in IAM as it is; answers its ARN. */
  async createRole(RoleName: string, Service = "ecs-tasks.amazonaws.com"): Promise<string> {
    const { Role } = (await this.iam.CreateRole?.({ RoleName, AssumeRolePolicyDocument: trustPolicy(Service) }, context)) ?? {};
    return Role?.Arn ?? "";
  }

  /** Calls an operation as the gateway would, after it has parsed the request. */
  async ask<Operation extends OperationName<"ecs">>(
    operation: Operation,
    input: OperationInput<"ecs", Operation>,
  ): Promise<OperationOutput<"ecs", Operation>> {
    const handler = this.#operations[operation];
    if (handler === undefined) throw new Error(`no ${operation}`);
    return await (handler as (input: unknown, where: unknown) => never)(input, context);
  }

  /** Calls an operation of Cloud Map. */
  async askNames<Operation extends OperationName<"servicediscovery">>(
    operation: Operation,
    input: OperationInput<"servicediscovery", Operation>,
  ): Promise<OperationOutput<"servicediscovery", Operation>> {
    const handler = this.#names[operation];
    if (handler === undefined) throw new Error(`no ${operation}`);
    return await (handler as (input: unknown, where: unknown) => never)(input, context);
  }

  /** Registers a revision of the family `api`; answers its ARN. */
  async register(image = "app:1", more: object = {}): Promise<string> {
    const { taskDefinition } = await this.ask("RegisterTaskDefinition", {
      family: "api",
      requiresCompatibilities: ["FARGATE"],
      networkMode: "awsvpc",
      cpu: "256",
      memory: "0.5 GB",
      containerDefinitions: [{ name: "app", image, portMappings: [{ containerPort: 8000 }] }],
      ...more,
    });
    return taskDefinition?.taskDefinitionArn ?? "";
  }

  /** Creates the cluster `demo` with the balanced service `api` of two tasks in it. */
  async createApi(more: object = {}): Promise<void> {
    await this.ask("CreateCluster", { clusterName: "demo", capacityProviders: ["FARGATE", "FARGATE_SPOT"] });
    await this.ask("CreateService", {
      cluster: "demo",
      serviceName: "api",
      taskDefinition: await this.register(),
      desiredCount: 2,
      launchType: "FARGATE",
      networkConfiguration: network,
      loadBalancers: [{ targetGroupArn: withBalancer, containerName: "app", containerPort: 8000 }],
      ...more,
    });
  }

  /** The service `api` as DescribeServices shows it. */
  async api() {
    return (await this.ask("DescribeServices", { cluster: "demo", services: ["api"], include: ["TAGS"] })).services?.[0];
  }

  /** The tasks of `api` as DescribeTasks shows them. */
  async tasks(desiredStatus: "RUNNING" | "STOPPED" = "RUNNING") {
    const { taskArns = [] } = await this.ask("ListTasks", { cluster: "demo", serviceName: "api", desiredStatus });
    return taskArns.length === 0 ? [] : ((await this.ask("DescribeTasks", { cluster: "demo", tasks: taskArns })).tasks ?? []);
  }
}
