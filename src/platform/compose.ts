/**
 * The composition root of the embedded platform: makes every part, hands each what it needs, and knows the order in
 * which they begin and end. Nothing is decided here.
 */
import { join } from "node:path";
import { Controller } from "../controller/controller.ts";
import { SteadyClock, SystemClock } from "../kit/clock.ts";
import { RandomIds } from "../kit/ids.ts";
import { ApiLimits } from "./gateway/api-limits.ts";
import { createGateway, type Gateway } from "./gateway/gateway.ts";
import type { Listening } from "./gateway/listen.ts";
import type { ServiceName } from "./gateway/operations.ts";
import { mountServices } from "./mount-services.ts";
import { LibsqlStore } from "./persistence/libsql-store.ts";
import { sealOfFile } from "./persistence/seal.ts";
import type { Store } from "./persistence/store.ts";
import { AddressPool } from "./runtime/address-pool.ts";
import { openProcessRuntime } from "./runtime/open-runtime.ts";
import { PlatformSecretSource, PlatformSubnetSource, platformCredentials } from "./runtime/platform-sources.ts";
import { ScaledClock } from "./scaled-clock.ts";
import { ConnectProxy } from "./service-connect/connect-proxy.ts";
import { SchedulerConnectSource } from "./service-connect/connect-source.ts";
import { Scaler } from "./services/application-auto-scaling/scaler.ts";
import { ScalingStore } from "./services/application-auto-scaling/scaling-store.ts";
import { ScheduledScaling } from "./services/application-auto-scaling/scheduled-scaling.ts";
import { StackExecutor } from "./services/cloudformation/stack-executor.ts";
import { AlarmBoard } from "./services/cloudwatch/alarm-board.ts";
import { AlarmEvaluator } from "./services/cloudwatch/alarm-evaluator.ts";
import { AlarmNotifier } from "./services/cloudwatch/alarm-notifier.ts";
import { ContainerInsights, countedServices } from "./services/cloudwatch/container-insights.ts";
import { MetricStore } from "./services/cloudwatch/metric-store.ts";
import { LogRetention } from "./services/cloudwatch-logs/log-retention.ts";
import { LogStore } from "./services/cloudwatch-logs/log-store.ts";
import { BalancerInterfaces } from "./services/ec2/balancer-interfaces.ts";
import { ec2State } from "./services/ec2/records.ts";
import { heldAddresses } from "./services/ec2/subnets.ts";
import { BlobStore } from "./services/ecr/blob-store.ts";
import { ImageLifecycle } from "./services/ecr/image-lifecycle.ts";
import { ImageRegistry } from "./services/ecr/image-registry.ts";
import { RegistryImageStore } from "./services/ecr/image-store.ts";
import { LayerUploads } from "./services/ecr/layer-uploads.ts";
import { registryHttp } from "./services/ecr/registry-http.ts";
import { ConnectEndpoints } from "./services/ecs/connect-endpoints.ts";
import { deploymentAlarms } from "./services/ecs/deployment-alarms.ts";
import { EcsEvents } from "./services/ecs/ecs-events.ts";
import { EcsState } from "./services/ecs/ecs-state.ts";
import { keptStandIn } from "./services/ecs/kept-stand-ins.ts";
import { LaunchRate } from "./services/ecs/launch-rate.ts";
import { ListenerRuleWeights } from "./services/ecs/listener-rule-weights.ts";
import { LocalHooks } from "./services/ecs/local-hooks.ts";
import { ServiceMetrics } from "./services/ecs/service-metrics.ts";
import { spotReclaimRoute } from "./services/ecs/spot-reclaim.ts";
import { StoreKeeper } from "./services/ecs/store-keeper.ts";
import { StoredTaskPlans } from "./services/ecs/task-plans.ts";
import { AssumedTaskRoles } from "./services/ecs/task-roles.ts";
import { claimsKeyRoute } from "./services/elastic-load-balancing-v2/claims-key-route.ts";
import { LoadBalancing } from "./services/elastic-load-balancing-v2/load-balancing.ts";
import { EventBus } from "./services/eventbridge/event-bus.ts";
import { ScheduledRules } from "./services/eventbridge/scheduled-rules.ts";
import { RoleTrust } from "./services/iam/role-trust.ts";
import { resourceTypes } from "./services/resource-types.ts";
import { ScheduleRunner } from "./services/scheduler/schedule-runner.ts";
import { CloudMap } from "./services/servicediscovery/cloud-map.ts";
import { executionEvent } from "./services/sfn/execution-event.ts";
import type { ExecutionRunner } from "./services/sfn/execution-runner.ts";
import { runningExecutions } from "./services/sfn/records.ts";
import { TopicPublisher } from "./services/sns/topic-publisher.ts";
import { QueueMetrics } from "./services/sqs/queue-metrics.ts";
import { timeScale } from "./time-scale.ts";

export interface PlatformOptions {
  /** Exists already; everything the platform keeps is below it. */
  readonly stateDir: string;
  readonly port: number;
  /** Engine seconds per wall second. */
  readonly speed: number;
  /** Twelve digits. */
  readonly account: string;
  /** Whether ECS's API and Fargate's launches are limited as on AWS. */
  readonly apiLimits: boolean;
}

/** What `fsd local status` says about how tasks run here. */
export interface PlatformDescription {
  readonly runtime: string;
  readonly network: string;
  readonly memoryLimit: string;
  /** Why better classes of task network were refused; empty for the best one. */
  readonly refused: readonly string[];
}

export interface Platform {
  /** `http://127.0.0.1:4566` */
  readonly endpoint: string;
  describe(): PlatformDescription;
  /** Stops every task and listener and closes the store; its state is kept. */
  close(): Promise<void>;
}

export async function composePlatform({ stateDir, port, speed, account, apiLimits }: PlatformOptions): Promise<Platform> {
  const wallClock = new SystemClock();
  const ids = new RandomIds();
  const store = new LibsqlStore(join(stateDir, "platform.db"));
  keepToAccount(store, stateDir, account);
  const engineClock = new ScaledClock(new SteadyClock(), store, speed);
  const scale = timeScale(speed);
  const gateway = createGateway({ account, ids, report: reportDefect, ...(apiLimits ? { limits: new ApiLimits(wallClock) } : {}) });
  const { call } = gateway;
  let listening: Listening | undefined;

  const blobs = new BlobStore(join(stateDir, "blobs"));
  const registry = new ImageRegistry({ store, blobs, clock: wallClock, account });
  const uploads = new LayerUploads(registry, store, ids);
  const images = new RegistryImageStore(registry, blobs);
  const logs = new LogStore({ store, clock: wallClock });
  const seal = sealOfFile(join(stateDir, "seal.key"));
  const cloudMap = new CloudMap({ store, clock: wallClock, ids });
  const metrics = new MetricStore({ store, clock: wallClock, speed });
  const alarms = new AlarmBoard({ store, clock: wallClock });

  // Tasks get their addresses from the runtime, all else in a subnet from EC2: each asks which ones the other has given out.
  const taskAddresses = new AddressPool();
  const isTaskAddress = (address: string): boolean => taskAddresses.has(address);
  const ec2 = ec2State({ store, clock: wallClock, ids, isTaskAddress });

  // Outcomes go to the controller, which is made of the parts that report them.
  const receive = (event: Parameters<Controller["receive"]>[0]): void => controller.receive(event);
  const runtime = await openProcessRuntime({
    images,
    logs,
    secrets: new PlatformSecretSource(call),
    credentials: platformCredentials(call),
    clock: wallClock,
    ids,
    stateDir,
    emit: receive,
    subnets: new PlatformSubnetSource(call, (subnetId, region) => heldAddresses(ec2, region, subnetId)),
    addresses: taskAddresses,
    names: cloudMap,
    gateway: { port, accept: (socket) => (listening === undefined ? socket.destroy() : listening.accept(socket)) },
    serviceConnect: {
      accept: (...connection) => connectProxy.accept(...connection),
      left: (clientIp) => connectProxy.left(clientIp),
    },
    hostProgram: join(import.meta.dirname ?? "", "namespace-host.cjs"),
  });
  registry.onImage((reference) => runtime.tasks.expectImage(reference));
  const loadBalancing = new LoadBalancing({
    store,
    clock: engineClock,
    wallClock,
    ids,
    dialer: runtime.dialer,
    scale,
    metrics,
    emit: receive,
    seal,
    report: (defect) => reportDefect(defect, "elastic-load-balancing-v2"),
    addresses: new BalancerInterfaces(ec2),
    host: "127.0.0.1",
    authorityFile: join(stateDir, "ca.pem"),
  });
  const state = new EcsState(store);
  const reportEvent = (message: string): void => reportDefect(message, "eventbridge");
  const eventBus = new EventBus({ store, clock: wallClock, ids, account, call, metrics, report: reportEvent });
  const topicPublisher = new TopicPublisher({
    store,
    clock: wallClock,
    ids,
    account,
    call,
    endpoint: () => listening?.endpoint ?? "",
    report: (message) => reportDefect(message, "sns"),
  });
  const scheduledRules = new ScheduledRules({ store, clock: wallClock, bus: eventBus });
  const keeper = new StoreKeeper(store, new EcsEvents({ state, bus: eventBus, clock: wallClock }));
  const endpoints = new ConnectEndpoints({ state, keeper, names: cloudMap });
  const plans = new StoredTaskPlans(state);
  const roleTrust = new RoleTrust(store);
  const roles = new AssumedTaskRoles(state, (roleArn, assumption) => roleTrust.lets(roleArn, assumption));
  const controller = new Controller({
    keeper,
    plans,
    runtime: runtime.tasks,
    targetGroups: loadBalancing,
    registries: cloudMap,
    roles,
    alarms: deploymentAlarms(alarms),
    ...(apiLimits ? { limits: new LaunchRate(engineClock) } : {}),
    listenerRules: new ListenerRuleWeights({ call, report: reportDefect }),
    hooks: new LocalHooks({
      emit: receive,
      report: reportDefect,
      standIn: (serviceArn, functionArn) => keptStandIn(stateDir, serviceArn, functionArn),
    }),
    images: { digest: (reference) => images.resolve(reference)?.digest },
    clock: engineClock,
    wallClock,
    ids,
    settings: { limit: (configuredMs) => scale.limit(configuredMs), countCrashBeforeHealthy: true },
    wallMs: (engineMs) => engineMs / speed,
  });

  controller.onServiceChanged(({ service }) => endpoints.settle(service));
  const connectSource = new SchedulerConnectSource({
    endpoint: (endpoint) => endpoints.find(endpoint),
    service: (serviceArn) => keeper.service(serviceArn),
    liveTasks: (serviceArn) => controller.liveTasks(serviceArn),
    plan: (taskDefinitionArn) => plans.plan(taskDefinitionArn),
  });
  const connectProxy = new ConnectProxy({ source: connectSource, dialer: runtime.dialer, clock: engineClock, wallClock });
  controller.onServiceChanged(({ serviceArn }) => connectSource.changed(serviceArn));
  controller.onTaskChanged(({ taskId, serviceArn, desiredStatus }) => {
    connectSource.changed(serviceArn);
    if (desiredStatus === "STOPPED") connectProxy.hostLeft(taskId);
  });
  const alarmEvaluator = new AlarmEvaluator({ store, clock: wallClock, speed, alarms, metrics });
  const alarmNotifier = new AlarmNotifier({ store, clock: wallClock, ids, account, call, alarms, bus: eventBus });
  const serviceMetrics = new ServiceMetrics({ clock: wallClock, speed, usage: (taskArn) => runtime.tasks.usage(taskArn), metrics });
  controller.onTaskChanged((task) => {
    if (task.lastStatus !== "RUNNING") return serviceMetrics.forget(task.taskArn);
    const { cpu, memory } = plans.launch(task, undefined);
    if (task.serviceArn !== undefined) serviceMetrics.measure({ taskArn: task.taskArn, serviceArn: task.serviceArn, cpu, memory });
  });
  const insights = new ContainerInsights({ clock: wallClock, speed, sink: metrics, services: () => countedServices(state, keeper) });
  const queueMetrics = new QueueMetrics({ store, clock: wallClock, speed, sink: metrics });
  const retention = new LogRetention({ clock: wallClock, logs });
  const lifecycle = new ImageLifecycle({ clock: wallClock, registry });
  const scaling = new ScalingStore(store);
  const scaler = new Scaler({ store: scaling, clock: wallClock, engineClock, ids, alarms, call, report: reportDefect });
  const schedules = new ScheduledScaling({ store: scaling, clock: wallClock, scaler });
  const scheduleRunner = new ScheduleRunner({
    store,
    clock: wallClock,
    ids,
    account,
    call,
    report: (message) => reportDefect(message, "scheduler"),
  });
  // Loaded with the first request for state machines, or at the start when executions go on.
  let executionRunner: Promise<ExecutionRunner> | undefined;
  const executions = (): Promise<ExecutionRunner> => {
    executionRunner ??= import("./services/sfn/execution-runner.ts").then(({ ExecutionRunner: Runner }) => {
      const runner = new Runner({
        store,
        clock: wallClock,
        engineClock,
        ids,
        call,
        metrics,
        limit: (configuredMs) => scale.limit(configuredMs),
        onTaskStopped: (listener) => controller.onTaskChanged(({ taskArn, lastStatus }) => lastStatus === "STOPPED" && listener(taskArn)),
        changed: (execution) => {
          if (eventBus.hasRules) eventBus.put(execution.region, executionEvent(execution, wallClock.now()));
        },
        report: (defect) => reportDefect(defect, "sfn"),
      });
      runner.start();
      return runner;
    });
    return executionRunner;
  };
  const stackDependencies = { store, clock: wallClock, engineClock, ids, account, call, resourceTypes };
  const stacks = new StackExecutor(stackDependencies);
  controller.onServiceChanged(() => stacks.lookAgain());

  mountServices(gateway, {
    shared: { store, clock: wallClock, ids, account, call },
    stateDir,
    seal,
    endpoint: () => listening?.endpoint ?? "",
    registry,
    uploads,
    ecs: {
      state,
      keeper,
      endpoints,
      controller,
      roles,
      privateNetworks: runtime.class.network !== "port",
      expectTasks: () => runtime.tasks.expectTasks(),
    },
    isTaskAddress,
    loadBalancing,
    logs,
    metrics,
    alarms,
    scaling,
    scaler,
    schedules,
    cloudMap,
    stacks,
    stackDependencies,
    scheduleRunner,
    executions,
    eventBus,
    scheduledRules,
    reportEvent,
    topicPublisher,
  });
  const serveRegistry = registryHttp(registry, uploads);
  gateway.route(spotReclaimRoute(controller));
  gateway.route(claimsKeyRoute(loadBalancing));
  gateway.route((request, response) => {
    if (!request.url?.startsWith("/v2/")) return false;
    void serveRegistry(request, response);
    return true;
  });

  endpoints.sweep();
  await loadBalancing.start();
  const opened = await gateway.listen(port);
  listening = opened;
  eventBus.start();
  topicPublisher.start();
  alarmNotifier.start();
  controller.start();
  stacks.resume();
  scaler.start();
  schedules.start();
  scheduleRunner.start();
  if (runningExecutions(store).size > 0) await executions();
  scheduledRules.start();
  void loadAhead(gateway).then(() => runtime.tasks.layOutAhead());
  return {
    endpoint: opened.endpoint,
    describe: () => ({
      runtime: runtime.class.runtime,
      network: runtime.class.network,
      memoryLimit: runtime.memoryLimit,
      refused: runtime.class.refused,
    }),
    async close() {
      await opened.close();
      stacks.stop();
      schedules.close();
      scheduleRunner.close();
      (await executionRunner)?.close();
      scheduledRules.close();
      eventBus.close();
      topicPublisher.close();
      alarmNotifier.close();
      await scaler.close();
      alarmEvaluator.close();
      serviceMetrics.close();
      insights.close();
      queueMetrics.close();
      retention.close();
      lifecycle.close();
      controller.stop();
      connectProxy.close();
      await runtime.tasks.close();
      await loadBalancing.close();
      metrics.close();
      engineClock.close();
      store.close();
    },
  };
}

/** Everything kept carries the account in its ARNs: under another one nothing would find itself again. */
function keepToAccount(store: Store, stateDir: string, account: string): void {
  const identity = store.collection<{ readonly account: string }>("platform.identity");
  const kept = identity.get("platform")?.account ?? account;
  if (kept !== account) {
    throw new RangeError(
      `${stateDir} keeps the state of account ${kept}, not ${account}: start with --account ${kept}, or take another --state-dir`,
    );
  }
  identity.put("platform", { account });
}

/** What the first deployment asks for, in that order: loaded while nobody asks, it does not wait for ten modules in turn. */
const DEPLOYED_FIRST: readonly ServiceName[] = [
  "sts",
  "cloudformation",
  "ecr",
  "ec2",
  "iam",
  "ssm",
  "elastic-load-balancing-v2",
  "servicediscovery",
  "ecs",
  "cloudwatch-logs",
  "cloudwatch",
];

async function loadAhead(gateway: Gateway): Promise<void> {
  for (const service of DEPLOYED_FIRST) {
    // Whoever asks meanwhile is answered in between.
    await new Promise((resolve) => setImmediate(resolve));
    // The first request for it loads it again, and its client is told what is wrong.
    await gateway.warm(service).catch((defect: unknown) => reportDefect(defect, `load ${service}`));
  }
}

/** A defect of the platform: its stack goes to the platform's log, and the client is told that it is one. */
function reportDefect(defect: unknown, operation: string): void {
  process.stderr.write(`${operation}: ${defect instanceof Error ? defect.stack : String(defect)}\n`);
}
