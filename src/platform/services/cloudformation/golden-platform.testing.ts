/** The platform without a machine: only what one would do is simulated, the containers and the packets between load balancer and task. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { expect } from "vitest";
import { Controller } from "../../../controller/controller.ts";
import type { RuntimeEvent, TargetEvent } from "../../../controller/ports.ts";
import { RandomIds } from "../../../kit/ids.ts";
import { VirtualClock } from "../../../kit/virtual-clock.ts";
import { type ContainerBehaviour, SimulatedRuntime, wellBehaved } from "../../../simulator/simulated-runtime.ts";
import { SimulatedTargetGroups } from "../../../simulator/simulated-target-groups.ts";
import { createGateway } from "../../gateway/gateway.ts";
import type { Call, ServiceName } from "../../gateway/operations.ts";
import { mountServices } from "../../mount-services.ts";
import { LibsqlStore } from "../../persistence/libsql-store.ts";
import { timeScale } from "../../time-scale.ts";
import { Scaler } from "../application-auto-scaling/scaler.ts";
import { ScalingStore } from "../application-auto-scaling/scaling-store.ts";
import { ScheduledScaling } from "../application-auto-scaling/scheduled-scaling.ts";
import { AlarmBoard } from "../cloudwatch/alarm-board.ts";
import { MetricStore } from "../cloudwatch/metric-store.ts";
import { LogStore } from "../cloudwatch-logs/log-store.ts";
import { BalancerInterfaces } from "../ec2/balancer-interfaces.ts";
import { ec2State } from "../ec2/records.ts";
import { BlobStore } from "../ecr/blob-store.ts";
import { ImageRegistry } from "../ecr/image-registry.ts";
import { LayerUploads } from "../ecr/layer-uploads.ts";
import { ConnectEndpoints } from "../ecs/connect-endpoints.ts";
import { EcsState } from "../ecs/ecs-state.ts";
import { ListenerRuleWeights } from "../ecs/listener-rule-weights.ts";
import { StoreKeeper } from "../ecs/store-keeper.ts";
import { StoredTaskPlans } from "../ecs/task-plans.ts";
import { AssumedTaskRoles } from "../ecs/task-roles.ts";
import { LoadBalancing } from "../elastic-load-balancing-v2/load-balancing.ts";
import { EventBus } from "../eventbridge/event-bus.ts";
import { ScheduledRules } from "../eventbridge/scheduled-rules.ts";
import { RoleTrust } from "../iam/role-trust.ts";
import { resourceTypes } from "../resource-types.ts";
import { ScheduleRunner } from "../scheduler/schedule-runner.ts";
import { CloudMap } from "../servicediscovery/cloud-map.ts";
import { ExecutionRunner } from "../sfn/execution-runner.ts";
import { TopicPublisher } from "../sns/topic-publisher.ts";
import { StackExecutor } from "./stack-executor.ts";

export const region = "us-east-1";
export const account = "000000000000";

const SERVICES: readonly ServiceName[] = [
  "iam",
  "ssm",
  "secrets-manager",
  "ec2",
  "ecs",
  "elastic-load-balancing-v2",
  "ecr",
  "scheduler",
  "sfn",
  "kms",
  "sns",
  "eventbridge",
  "sqs",
  "cloudwatch-logs",
  "cloudwatch",
  "servicediscovery",
  "application-auto-scaling",
  "cloudformation",
];

const dying: ContainerBehaviour = { ...wellBehaved, exitsAfterMs: 1_000, exitCode: 3 };

/** Every service of the platform; time steps from one due instant to the next. */
export class GoldenPlatform {
  readonly clock = new VirtualClock(Date.UTC(2026, 0, 1));
  readonly store = new LibsqlStore(":memory:");
  readonly call: Call;
  readonly executor: StackExecutor;
  /** Modules load in the machine's time, of which the clock here knows nothing. */
  readonly #loaded: Promise<unknown>;
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
      addresses: new BalancerInterfaces(ec2State({ store, clock, ids })),
    });
    const scaling = new ScalingStore(store);
    const scaler = new Scaler({ store: scaling, clock, engineClock: clock, ids, alarms, call, report });
    const schedules = new ScheduledScaling({ store: scaling, clock, scaler });
    const shared = { store, clock, ids, account, call };
    const executions = new ExecutionRunner({
      ...{ store, clock, engineClock: clock, ids, call, metrics, report },
      limit: (ms) => ms,
      onTaskStopped: () => () => undefined,
      changed: () => undefined,
    });
    const blobFolder = mkdtempSync(join(tmpdir(), "fsd-golden-"));
    const registry = new ImageRegistry({ store, blobs: new BlobStore(blobFolder), clock, account });
    const eventBus = new EventBus({ store, clock, ids, account, call, report });
    const endpoint = (): string => "http://127.0.0.1:4566";
    const stackDependencies = { ...shared, engineClock: clock, resourceTypes };
    this.executor = new StackExecutor(stackDependencies);
    mountServices(gateway, {
      ...{ shared, stateDir: blobFolder, seal, endpoint, registry, loadBalancing, metrics, alarms, scaling, scaler, schedules, cloudMap },
      uploads: new LayerUploads(registry, store, ids),
      ecs: { state, keeper, endpoints: new ConnectEndpoints({ state, keeper, names: cloudMap }), controller, roles },
      isTaskAddress: () => false,
      logs: new LogStore({ store, clock }),
      ...{ stacks: this.executor, stackDependencies, eventBus, reportEvent: report },
      scheduleRunner: new ScheduleRunner({ store, clock, ids, account, call, report }),
      executions: () => Promise.resolve(executions),
      scheduledRules: new ScheduledRules({ store, clock, bus: eventBus }),
      topicPublisher: new TopicPublisher({ ...shared, endpoint, report }),
    });
    this.#loaded = Promise.all(SERVICES.map((service) => gateway.warm(service)));
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
    await this.#loaded;
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
