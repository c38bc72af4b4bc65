import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { Controller } from "../../../controller/controller.ts";
import type { RuntimeEvent, TargetEvent } from "../../../controller/ports.ts";
import { parseTemplate } from "../../../engine/stack/template.ts";
import { RandomIds } from "../../../kit/ids.ts";
import { VirtualClock } from "../../../kit/virtual-clock.ts";
import { loadManifests } from "../../../manifest/load.ts";
import { type ContainerBehaviour, SimulatedRuntime, wellBehaved } from "../../../simulator/simulated-runtime.ts";
import { SimulatedTargetGroups } from "../../../simulator/simulated-target-groups.ts";
import { synthesizeEnvironment } from "../../../synth/environment/synthesize-environment.ts";
import { renderYaml } from "../../../synth/render-yaml.ts";
import { synthesizeService } from "../../../synth/service/synthesize-service.ts";
import { createGateway } from "../../gateway/gateway.ts";
import type { Call } from "../../gateway/operations.ts";
import { LibsqlStore } from "../../persistence/libsql-store.ts";
import { timeScale } from "../../time-scale.ts";
import { applicationAutoScalingProvider } from "../application-auto-scaling/provider.ts";
import { Scaler } from "../application-auto-scaling/scaler.ts";
import { ScalingStore } from "../application-auto-scaling/scaling-store.ts";
import { ScheduledScaling } from "../application-auto-scaling/scheduled-scaling.ts";
import { AlarmBoard } from "../cloudwatch/alarm-board.ts";
import { MetricStore } from "../cloudwatch/metric-store.ts";
import { cloudwatchProvider } from "../cloudwatch/provider.ts";
import { LogStore } from "../cloudwatch-logs/log-store.ts";
import { cloudwatchLogsProvider } from "../cloudwatch-logs/provider.ts";
import { BalancerInterfaces } from "../ec2/balancer-interfaces.ts";
import { ec2Provider } from "../ec2/provider.ts";
import { ec2State } from "../ec2/records.ts";
import { BlobStore } from "../ecr/blob-store.ts";
import { ImageRegistry } from "../ecr/image-registry.ts";
import { LayerUploads } from "../ecr/layer-uploads.ts";
import { ecrProvider } from "../ecr/provider.ts";
import { ConnectEndpoints } from "../ecs/connect-endpoints.ts";
import { EcsState } from "../ecs/ecs-state.ts";
import { ListenerRuleWeights } from "../ecs/listener-rule-weights.ts";
import { ecsProvider } from "../ecs/provider.ts";
import { StoreKeeper } from "../ecs/store-keeper.ts";
import { StoredTaskPlans } from "../ecs/task-plans.ts";
import { AssumedTaskRoles } from "../ecs/task-roles.ts";
import { LoadBalancing } from "../elastic-load-balancing-v2/load-balancing.ts";
import { elasticLoadBalancingV2Provider } from "../elastic-load-balancing-v2/provider.ts";
import { EventBus } from "../eventbridge/event-bus.ts";
import { eventBridgeProvider } from "../eventbridge/provider.ts";
import { ScheduledRules } from "../eventbridge/scheduled-rules.ts";
import { iamProvider } from "../iam/provider.ts";
import { RoleTrust } from "../iam/role-trust.ts";
import { kmsProvider } from "../kms/provider.ts";
import { resourceTypes } from "../resource-types.ts";
import { schedulerProvider } from "../scheduler/provider.ts";
import { ScheduleRunner } from "../scheduler/schedule-runner.ts";
import { secretsManagerProvider } from "../secrets-manager/provider.ts";
import { CloudMap } from "../servicediscovery/cloud-map.ts";
import { servicediscoveryProvider } from "../servicediscovery/provider.ts";
import { ExecutionRunner } from "../sfn/execution-runner.ts";
import { sfnProvider } from "../sfn/provider.ts";
import { snsProvider } from "../sns/provider.ts";
import { TopicPublisher } from "../sns/topic-publisher.ts";
import { sqsProvider } from "../sqs/provider.ts";
import { ssmProvider } from "../ssm/provider.ts";
import { cloudformationProvider } from "./provider.ts";
import { StackExecutor } from "./stack-executor.ts";

/**
 * The templates that synthesis makes, on the platform's own services. Only what a machine would do is simulated: the
 * containers and the packets between load balancer and task; time steps from one due instant to the next.
 */
const golden = new URL("../../../../test/golden/", import.meta.url).pathname;
const region = "us-east-1";
const account = "000000000000";

const dying: ContainerBehaviour = { ...wellBehaved, exitsAfterMs: 1_000, exitCode: 3 };

class Platform {
  readonly clock = new VirtualClock(Date.UTC(2026, 0, 1));
  readonly store = new LibsqlStore(":memory:");
  readonly call: Call;
  readonly executor: StackExecutor;
  readonly #close: () => Promise<void>;

  constructor() {
    const { clock, store } = this;
    const ids = new RandomIds();
    const defects: unknown[] = [];
    const report = (defect: unknown): void => void defects.push(defect);
    const gateway = createGateway({ account, ids, report });
    const { call } = gateway;
    this.call = call;
    const cloudMap = new CloudMap({ store, clock, ids });
    const metrics = new MetricStore({ store, clock, speed: 1 });
    const alarms = new AlarmBoard({ store, clock });
    const receive = (event: RuntimeEvent | TargetEvent): void => controller.receive(event);
    const targetGroups = new SimulatedTargetGroups({
      clock,
      behaviour: () => ({ intervalMs: 10_000, healthyThreshold: 2, unhealthyThreshold: 2, drainMs: 1_000 }),
      emit: receive,
    });
    const runtime = new SimulatedRuntime({
      clock,
      behaviour: ({ containers }, name) =>
        containers.find((container) => container.name === name)?.image.includes(":broken") ? dying : wellBehaved,
      provisioning: () => ({ afterMs: 5_000 }),
      deprovisionMs: 1_000,
      emit: receive,
      onAnswering: (ip, answering) => targetGroups.setAnswering(ip, answering),
    });
    const state = new EcsState(store);
    const keeper = new StoreKeeper(store);
    const trust = new RoleTrust(store);
    const roles = new AssumedTaskRoles(state, (roleArn, assumption) => trust.lets(roleArn, assumption));
    const controller = new Controller({
      keeper,
      plans: new StoredTaskPlans(state),
      runtime,
      targetGroups,
      registries: cloudMap,
      roles,
      listenerRules: new ListenerRuleWeights({ call, report }),
      images: { digest: () => undefined },
      clock,
      wallClock: clock,
      ids,
      settings: { limit: (ms) => ms, countCrashBeforeHealthy: true },
      wallMs: (ms) => ms,
    });
    const dialer = { connect: () => Promise.reject(new Error("no packets here")) };
    const seal = { seal: (text: string) => text, open: (text: string) => text };
    const loadBalancing = new LoadBalancing({
      store,
      clock,
      wallClock: clock,
      ids,
      dialer,
      scale: timeScale(1),
      metrics,
      emit: () => undefined,
      seal,
      report,
      host: "127.0.0.1",
      addresses: new BalancerInterfaces(ec2State(store, clock, ids)),
    });
    const scaling = new ScalingStore(store);
    const scaler = new Scaler({ store: scaling, clock, engineClock: clock, ids, alarms, call, report });
    const schedules = new ScheduledScaling({ store: scaling, clock, scaler });
    const shared = { store, clock, ids, account, call };
    gateway.mount("iam", iamProvider(shared));
    gateway.mount("ssm", ssmProvider({ ...shared, seal }));
    gateway.mount("secrets-manager", secretsManagerProvider({ ...shared, seal }));
    gateway.mount("ec2", ec2Provider(shared));
    const endpoints = new ConnectEndpoints(state, cloudMap);
    gateway.mount("ecs", ecsProvider({ ...shared, state, keeper, endpoints, controller, roles }));
    gateway.mount("elastic-load-balancing-v2", elasticLoadBalancingV2Provider({ ...shared, loadBalancing }));
    const blobFolder = mkdtempSync(join(tmpdir(), "fsd-golden-"));
    const registry = new ImageRegistry({ store, blobs: new BlobStore(blobFolder), clock, account });
    gateway.mount(
      "ecr",
      ecrProvider({ clock, registry, uploads: new LayerUploads(registry, store, ids), scanFindings: "", endpoint: () => "" }),
    );
    const runner = new ScheduleRunner({ store, clock, ids, account, call, report });
    gateway.mount("scheduler", schedulerProvider({ ...shared, runner }));
    const executions = new ExecutionRunner({
      ...{ store, clock, engineClock: clock, ids, call, metrics, report },
      limit: (ms) => ms,
      onTaskStopped: () => () => undefined,
      changed: () => undefined,
    });
    gateway.mount("sfn", sfnProvider({ ...shared, runner: executions }));
    const bus = new EventBus({ store, clock, ids, account, call, report });
    const scheduled = new ScheduledRules({ store, clock, bus });
    const endpoint = (): string => "http://127.0.0.1:4566";
    gateway.mount("kms", kmsProvider({ ...shared, seal }));
    gateway.mount("sns", snsProvider({ ...shared, publisher: new TopicPublisher({ ...shared, endpoint, report }) }));
    gateway.mount("eventbridge", eventBridgeProvider({ store, clock, bus, scheduled, report }));
    gateway.mount("sqs", sqsProvider({ ...shared, endpoint: () => "http://127.0.0.1:4566" }));
    gateway.mount("cloudwatch-logs", cloudwatchLogsProvider({ ...shared, logs: new LogStore({ store, clock }) }));
    gateway.mount("cloudwatch", cloudwatchProvider({ ...shared, metrics, alarms }));
    gateway.mount("servicediscovery", servicediscoveryProvider(cloudMap));
    gateway.mount("application-auto-scaling", applicationAutoScalingProvider({ ...shared, scaling, scaler, schedules }));
    const dependencies = { ...shared, engineClock: clock, resourceTypes };
    this.executor = new StackExecutor(dependencies);
    gateway.mount("cloudformation", cloudformationProvider(this.executor, dependencies));
    controller.start();
    this.#close = async () => {
      this.executor.stop();
      executions.close();
      controller.stop();
      await loadBalancing.close();
      metrics.close();
      store.close();
      rmSync(blobFolder, { recursive: true });
      expect(defects).toEqual([]);
    };
  }

  close(): Promise<void> {
    return this.#close();
  }

  async deploy(name: string, template: string, given: Record<string, string> = {}): Promise<string> {
    const Parameters = Object.entries(given).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }));
    const input = { StackName: name, TemplateBody: template, Parameters, Capabilities: ["CAPABILITY_NAMED_IAM" as const] };
    const isNew = this.executor.stacks.find(region, name) === undefined;
    await this.call("cloudformation", isNew ? "CreateStack" : "UpdateStack", input, { region });
    return this.settle(name);
  }

  /** By a change set that imports what exists already under its literal name. */
  async deployTakingIn(name: string, template: string, given: Record<string, string>): Promise<string> {
    const Parameters = Object.entries(given).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }));
    const names = { StackName: name, ChangeSetName: "c" };
    const input = { ...names, TemplateBody: template, Parameters, Capabilities: ["CAPABILITY_NAMED_IAM" as const] };
    await this.call("cloudformation", "CreateChangeSet", { ...input, ChangeSetType: "CREATE", ImportExistingResources: true }, { region });
    await this.call("cloudformation", "ExecuteChangeSet", names, { region });
    return this.settle(name);
  }

  async delete(name: string): Promise<string> {
    const id = this.executor.stacks.find(region, name)?.stackId ?? "";
    await this.call("cloudformation", "DeleteStack", { StackName: name }, { region });
    return this.settle(id);
  }

  /** Time goes on whenever nothing is left to do at its present instant. */
  async settle(name: string): Promise<string> {
    const stack = () => this.executor.stacks.find(region, name);
    for (let step = 0; stack()?.operation !== undefined; step++) {
      if (step > 50_000) throw new Error(`${name} does not settle: ${stack()?.status}`);
      await turn();
      this.clock.step();
    }
    const failed = this.failures(stack()?.stackId ?? "");
    return [stack()?.status, ...failed].join("\n");
  }

  failures(stackId: string): string[] {
    return this.executor.stacks
      .events(stackId, 1000)
      .filter(({ event }) => event.status.endsWith("_FAILED"))
      .map(({ event }) => `${event.logicalId} ${event.status} ${event.reason ?? ""}`);
  }
}

const platforms: Platform[] = [];
afterEach(async () => {
  for (const platform of platforms.splice(0)) await platform.close();
});

/** The stack of the environment that a situation names or describes. */
function environmentTemplate(situation: string): string {
  const { environment } = templatesOf(situation);
  const manifest = { file: "fsd.yml", bytes: readFileSync(join(golden, situation, "fsd.yml")) };
  const isDescribed = environment === "local" || manifest.bytes.includes("kind: Environment");
  const sources = isDescribed ? [manifest] : [manifest, { file: "environment.yml", bytes: environmentOf(environment) }];
  const loaded = loadManifests(sources, { environment });
  if (loaded.environment === undefined) throw new Error(`no environment ${environment}`);
  return renderYaml(synthesizeEnvironment(loaded.environment));
}

function environmentOf(name: string): Buffer {
  const certificateArn = `arn:aws:acm:${region}:${account}:certificate/a1b2c3d4-5678-90ab-cdef-111122223333`;
  return Buffer.from(`apiVersion: fsd/v1
kind: Environment
metadata: {name: ${name}}
environment: {account: "${account}", region: ${region}, loadBalancers: {public: {certificateArn: "${certificateArn}"}, internal: {certificateArn: "${certificateArn}"}}}
`);
}

// A hook waits for an answer from outside, which is another test's business.
const services = readdirSync(golden).filter(
  (situation) => !situation.startsWith("environment-") && !readFileSync(join(golden, situation, "fsd.yml"), "utf8").includes("hooks:"),
);

function templatesOf(situation: string): { environment: string; templates: [name: string, text: string][] } {
  const environment = /^# env: (\w+)/.exec(readFileSync(join(golden, situation, "fsd.yml"), "utf8"))?.[1] ?? "local";
  const files = readdirSync(join(golden, situation)).filter((file) => file.endsWith(".yml") && file !== "fsd.yml");
  return {
    environment,
    templates: files.map((file) => [`fsd-${environment}-${file.replace(".yml", "")}`, readFileSync(join(golden, situation, file), "utf8")]),
  };
}

/** What stands in for the lookups and the build of a deployment. */
async function parametersFor(platform: Platform, text: string, image: string): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const [name, { type, default: fallback }] of Object.entries(parseTemplate(text).parameters)) {
    if (name === "ImageUri") values[name] = image;
    else if (fallback === undefined) values[name] = `arn:aws:secretsmanager:${region}:${account}:secret:${name}-AbCdEf`;
    const stored = fallback !== undefined && type.startsWith("AWS::SSM::Parameter::Value<") && !fallback.startsWith("/fsd/");
    if (stored) await platform.call("ssm", "PutParameter", { Name: fallback, Type: "String", Value: "x", Overwrite: true }, { region });
  }
  return values;
}

/** A security group that someone else made, and that the manifest names. */
async function withForeignGroup(platform: Platform, text: string): Promise<string> {
  if (!text.includes("sg-0123456789abcdef0")) return text;
  const { Vpcs = [] } = await platform.call("ec2", "DescribeVpcs", {}, { region });
  const group = { GroupName: "foreign", Description: "Of someone else", VpcId: Vpcs[0]?.VpcId };
  const { GroupId = "" } = await platform.call("ec2", "CreateSecurityGroup", group, { region });
  return text.replaceAll("sg-0123456789abcdef0", GroupId);
}

async function withoutForeignGroup(platform: Platform): Promise<void> {
  const { SecurityGroups = [] } = await platform.call("ec2", "DescribeSecurityGroups", {}, { region });
  const foreign = SecurityGroups.find(({ GroupName }) => GroupName === "foreign")?.GroupId;
  if (foreign !== undefined) await platform.call("ec2", "DeleteSecurityGroup", { GroupId: foreign }, { region });
}

/** Types of services that the platform does not have: such a template is refused whole. */
function absentTypes(text: string): string[] {
  const types = new Set(Object.values(parseTemplate(text).resources).map(({ type }) => type));
  return [...types].filter((type) => !resourceTypes.some((known) => known.type === type)).sort();
}

describe("the stack of a golden situation", () => {
  it.each(services)("%s is created, updated to another image, and deleted without a trace", async (situation) => {
    const { environment, templates } = templatesOf(situation);
    const platform = new Platform();
    platforms.push(platform);
    const stacks: [name: string, text: string][] = [[`fsd-${environment}`, environmentTemplate(situation)], ...templates];
    for (const [name, written] of stacks) {
      const text = await withForeignGroup(platform, written);
      const parameters = await parametersFor(platform, text, "000000000000.dkr.ecr.us-east-1.amazonaws.com/app:one");
      const absent = absentTypes(text);
      if (absent.length > 0) {
        await expect(platform.deploy(name, text, parameters)).rejects.toThrow(`Unrecognized resource types: [${absent.join(", ")}]`);
        break;
      }
      expect(await platform.deploy(name, text, parameters)).toBe("CREATE_COMPLETE");
      const { ImageUri } = parameters;
      if (ImageUri === undefined) continue;
      expect(await platform.deploy(name, text, { ...parameters, ImageUri: ImageUri.replace("one", "two") })).toBe("UPDATE_COMPLETE");
    }
    const [application] = [...stacks].reverse();
    for (const [name] of stacks.reverse()) {
      if (platform.executor.stacks.find(region, name) !== undefined) expect(await platform.delete(name)).toBe("DELETE_COMPLETE");
      if (name === application?.[0]) await withoutForeignGroup(platform);
    }
    const { Vpcs } = await platform.call("ec2", "DescribeVpcs", {}, { region });
    expect(Vpcs).toEqual([]);
  });

  it("moves to a load balancer of its own and back, and with every move its target group is made anew", async () => {
    const platform = new Platform();
    platforms.push(platform);
    const template = (networking: string): string => {
      const manifest = `apiVersion: fsd/v1
kind: Service
metadata: {name: items}
service:
  port: 8000
  healthCheck: {path: /health}
  networking: {loadBalancer: {${networking}}}
---
apiVersion: fsd/v1
kind: Environment
metadata: {name: dev}
environment: {loadBalancers: {public: {}, internal: {}}}
`;
      const { environment: within, services: found } = loadManifests([{ file: "fsd.yml", bytes: Buffer.from(manifest) }], {
        environment: "dev",
      });
      if (within === undefined || found[0] === undefined) throw new Error("the manifest has both");
      return renderYaml(synthesizeService(found[0], within));
    };
    const groups = async (): Promise<string[]> => {
      const { TargetGroups = [] } = await platform.call("elastic-load-balancing-v2", "DescribeTargetGroups", {}, { region });
      return TargetGroups.map(({ TargetGroupArn = "" }) => TargetGroupArn);
    };
    expect(await platform.deploy("fsd-dev", environmentTemplate("load-balanced"))).toBe("CREATE_COMPLETE");
    const parameters = { ImageUri: "app:one" };
    expect(await platform.deploy("fsd-dev-items", template(""), parameters)).toBe("CREATE_COMPLETE");
    const met = await groups();
    for (const networking of ["dedicated: true", "internal: false", ""]) {
      expect(await platform.deploy("fsd-dev-items", template(networking), parameters), networking).toBe("UPDATE_COMPLETE");
      const [only = "", ...more] = await groups();
      expect(more).toEqual([]);
      expect(met).not.toContain(only);
      met.push(only);
    }
  });

  it.each(["environment-two-zones", "environment-secure", "environment-without-nat"])("%s is created", async (situation) => {
    const platform = new Platform();
    platforms.push(platform);
    for (const [name, text] of templatesOf(situation).templates) expect(await platform.deploy(name, text)).toBe("CREATE_COMPLETE");
  });

  it("whose program dies goes back to the version before, and to nothing when there was none", async () => {
    const platform = new Platform();
    platforms.push(platform);
    expect(await platform.deploy("fsd-prod", environmentTemplate("worker"))).toBe("CREATE_COMPLETE");
    const { templates } = templatesOf("worker");
    const [name, text] = templates[0] as [string, string];
    const parameters = await parametersFor(platform, text, "app:one");
    const broken =
      /^(ROLLBACK|UPDATE_ROLLBACK)_COMPLETE\nService (CREATE|UPDATE)_FAILED Resource handler returned message: "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'\."/;
    expect(await platform.deploy(name, text, { ...parameters, ImageUri: "app:broken" })).toMatch(broken);
    expect(await platform.delete(name)).toMatch(/^DELETE_COMPLETE/);
    // What was retained of the first attempt stands in the way of the second, unless it is taken in.
    expect(await platform.deploy(name, text, parameters)).toMatch(/^ROLLBACK_COMPLETE\nLogGroup CREATE_FAILED .*AlreadyExists/);
    expect(await platform.delete(name)).toMatch(/^DELETE_COMPLETE/);
    expect(await platform.deployTakingIn(name, text, parameters)).toBe("CREATE_COMPLETE");
    expect(await platform.deploy(name, text, { ...parameters, ImageUri: "app:broken" })).toMatch(broken);
  });
});
