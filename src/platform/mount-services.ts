/**
 * Which provider answers for which service. Each loads with the first request for its service: together their SDK modules
 * take longer than a platform may take to start.
 */
import { join } from "node:path";
import type { Clock } from "../kit/clock.ts";
import type { Ids } from "../kit/ids.ts";
import type { Gateway } from "./gateway/gateway.ts";
import type { Call } from "./gateway/operations.ts";
import type { Seal } from "./persistence/seal.ts";
import type { Store } from "./persistence/store.ts";
import type { Scaler } from "./services/application-auto-scaling/scaler.ts";
import type { ScalingStore } from "./services/application-auto-scaling/scaling-store.ts";
import type { ScheduledScaling } from "./services/application-auto-scaling/scheduled-scaling.ts";
import type { StackExecutor } from "./services/cloudformation/stack-executor.ts";
import type { AlarmBoard } from "./services/cloudwatch/alarm-board.ts";
import type { MetricStore } from "./services/cloudwatch/metric-store.ts";
import type { LogStore } from "./services/cloudwatch-logs/log-store.ts";
import type { ImageRegistry } from "./services/ecr/image-registry.ts";
import type { LayerUploads } from "./services/ecr/layer-uploads.ts";
import type { EcsDependencies } from "./services/ecs/provider.ts";
import type { LoadBalancing } from "./services/elastic-load-balancing-v2/load-balancing.ts";
import type { EventBus } from "./services/eventbridge/event-bus.ts";
import type { ScheduledRules } from "./services/eventbridge/scheduled-rules.ts";
import type { ScheduleRunner } from "./services/scheduler/schedule-runner.ts";
import type { CloudMap } from "./services/servicediscovery/cloud-map.ts";
import type { ExecutionRunner } from "./services/sfn/execution-runner.ts";
import type { TopicPublisher } from "./services/sns/topic-publisher.ts";

/** What every provider may need. */
interface Shared {
  readonly store: Store;
  /** Wall time. */
  readonly clock: Clock;
  readonly ids: Ids;
  /** Twelve digits. */
  readonly account: string;
  readonly call: Call;
}

export interface ServiceParts {
  readonly shared: Shared;
  readonly stateDir: string;
  readonly seal: Seal;
  /** Of the gateway; empty before it listens. */
  readonly endpoint: () => string;
  readonly registry: ImageRegistry;
  readonly uploads: LayerUploads;
  readonly ecs: Omit<EcsDependencies, keyof Shared>;
  /** Whether a running task has the address. */
  readonly isTaskAddress: (address: string) => boolean;
  readonly loadBalancing: LoadBalancing;
  readonly logs: LogStore;
  readonly metrics: MetricStore;
  readonly alarms: AlarmBoard;
  readonly scaling: ScalingStore;
  readonly scaler: Scaler;
  readonly schedules: ScheduledScaling;
  readonly cloudMap: CloudMap;
  readonly stacks: StackExecutor;
  readonly stackDependencies: ConstructorParameters<typeof StackExecutor>[0];
  readonly scheduleRunner: ScheduleRunner;
  readonly executions: () => Promise<ExecutionRunner>;
  readonly eventBus: EventBus;
  readonly scheduledRules: ScheduledRules;
  /** What EventBridge could not do, for the platform's log. */
  readonly reportEvent: (message: string) => void;
  readonly topicPublisher: TopicPublisher;
}

export function mountServices(gateway: Gateway, parts: ServiceParts): void {
  const { shared, seal, endpoint, metrics, registry, uploads, scaling, scaler, schedules } = parts;
  gateway.mount("sts", async () => (await import("./services/sts/provider.ts")).stsProvider(shared));
  gateway.mount("iam", async () => (await import("./services/iam/provider.ts")).iamProvider(shared));
  gateway.mount("ssm", async () => (await import("./services/ssm/provider.ts")).ssmProvider({ ...shared, seal }));
  gateway.mount("secrets-manager", async () =>
    (await import("./services/secrets-manager/provider.ts")).secretsManagerProvider({ ...shared, seal }),
  );
  gateway.mount("ec2", async () =>
    (await import("./services/ec2/provider.ts")).ec2Provider({ ...shared, isTaskAddress: parts.isTaskAddress }),
  );
  gateway.mount("ecr", async () => {
    const scanFindings = join(parts.stateDir, "scan-findings.json");
    return (await import("./services/ecr/provider.ts")).ecrProvider({ ...shared, registry, uploads, scanFindings, endpoint });
  });
  gateway.mount("ecs", async () => (await import("./services/ecs/provider.ts")).ecsProvider({ ...shared, ...parts.ecs }));
  gateway.mount("elastic-load-balancing-v2", async () => {
    const { elasticLoadBalancingV2Provider } = await import("./services/elastic-load-balancing-v2/provider.ts");
    return elasticLoadBalancingV2Provider({ ...shared, loadBalancing: parts.loadBalancing });
  });
  gateway.mount("cloudwatch-logs", async () =>
    (await import("./services/cloudwatch-logs/provider.ts")).cloudwatchLogsProvider({ ...shared, logs: parts.logs }),
  );
  gateway.mount("cloudwatch", async () =>
    (await import("./services/cloudwatch/provider.ts")).cloudwatchProvider({ ...shared, metrics, alarms: parts.alarms }),
  );
  gateway.mount("application-auto-scaling", async () => {
    const { applicationAutoScalingProvider } = await import("./services/application-auto-scaling/provider.ts");
    return applicationAutoScalingProvider({ ...shared, scaling, scaler, schedules });
  });
  gateway.mount("servicediscovery", async () =>
    (await import("./services/servicediscovery/provider.ts")).servicediscoveryProvider(parts.cloudMap),
  );
  gateway.mount("cloudformation", async () =>
    (await import("./services/cloudformation/provider.ts")).cloudformationProvider(parts.stacks, parts.stackDependencies),
  );
  gateway.mount("scheduler", async () =>
    (await import("./services/scheduler/provider.ts")).schedulerProvider({ ...shared, runner: parts.scheduleRunner }),
  );
  gateway.mount("sfn", async () => {
    const [{ sfnProvider }, runner] = await Promise.all([import("./services/sfn/provider.ts"), parts.executions()]);
    return sfnProvider({ ...shared, runner });
  });
  gateway.mount("eventbridge", async () => {
    const { eventBridgeProvider } = await import("./services/eventbridge/provider.ts");
    return eventBridgeProvider({ ...shared, bus: parts.eventBus, scheduled: parts.scheduledRules, report: parts.reportEvent });
  });
  gateway.mount("kms", async () => (await import("./services/kms/provider.ts")).kmsProvider({ ...shared, seal }));
  gateway.mount("sns", async () =>
    (await import("./services/sns/provider.ts")).snsProvider({ ...shared, publisher: parts.topicPublisher }),
  );
  gateway.mount("sqs", async () => (await import("./services/sqs/provider.ts")).sqsProvider({ ...shared, endpoint }));
}
