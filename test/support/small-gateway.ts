/** A gateway with the services that stand on records alone, for clients that judge the wire. */
import { ResourceNotFoundException } from "@aws-sdk/client-cloudwatch";
import { SystemClock } from "../../src/kit/clock.ts";
import { RandomIds } from "../../src/kit/ids.ts";
import { createGateway } from "../../src/platform/gateway/gateway.ts";
import { LibsqlStore } from "../../src/platform/persistence/libsql-store.ts";
import { seal } from "../../src/platform/persistence/seal.testing.ts";
import { ec2Provider } from "../../src/platform/services/ec2/provider.ts";
import { EventBus } from "../../src/platform/services/eventbridge/event-bus.ts";
import { eventBridgeProvider } from "../../src/platform/services/eventbridge/provider.ts";
import { ScheduledRules } from "../../src/platform/services/eventbridge/scheduled-rules.ts";
import { iamProvider } from "../../src/platform/services/iam/provider.ts";
import { kmsProvider } from "../../src/platform/services/kms/provider.ts";
import { secretsManagerProvider } from "../../src/platform/services/secrets-manager/provider.ts";
import { snsProvider } from "../../src/platform/services/sns/provider.ts";
import { TopicPublisher } from "../../src/platform/services/sns/topic-publisher.ts";
import { sqsProvider } from "../../src/platform/services/sqs/provider.ts";
import { ssmProvider } from "../../src/platform/services/ssm/provider.ts";
import { stsProvider } from "../../src/platform/services/sts/provider.ts";

export interface SmallGateway {
  readonly endpoint: string;
  /** Defects the gateway was told of. */
  readonly defects: unknown[];
  /** The metric data CloudWatch was sent, request by request. */
  readonly metricData: unknown[];
  close(): Promise<void>;
}

export async function smallGateway(): Promise<SmallGateway> {
  const store = new LibsqlStore(":memory:");
  const account = "000000000000";
  const ids = new RandomIds();
  const defects: unknown[] = [];
  const metricData: unknown[] = [];
  const gateway = createGateway({ account, ids, report: (defect) => defects.push(defect) });
  const shared = { store, clock: new SystemClock(), ids, seal, call: gateway.call };
  const endpoint = (): string => "http://127.0.0.1:4566";
  const report = (message: string): number => defects.push(message);
  const bus = new EventBus({ ...shared, account, report });
  const scheduled = new ScheduledRules({ ...shared, bus });
  const publisher = new TopicPublisher({ ...shared, account, endpoint, report });
  gateway.mount("eventbridge", eventBridgeProvider({ ...shared, bus, scheduled, report }));
  gateway.mount("kms", kmsProvider(shared));
  gateway.mount("sns", snsProvider({ ...shared, publisher }));
  gateway.mount("ec2", ec2Provider(shared));
  gateway.mount("ecs", { service: "ecs", operations: {} });
  gateway.mount("iam", iamProvider(shared));
  gateway.mount("secrets-manager", secretsManagerProvider(shared));
  gateway.mount("sqs", sqsProvider({ ...shared, endpoint }));
  gateway.mount("ssm", ssmProvider(shared));
  gateway.mount("sts", stsProvider(shared));
  gateway.mount("cloudwatch", {
    service: "cloudwatch",
    operations: {
      PutMetricData: ({ Namespace, MetricData }) => {
        if (Namespace === "gone") throw new ResourceNotFoundException({ message: "gone", $metadata: {} });
        metricData.push(MetricData);
        return {};
      },
    },
  });
  for (const part of [bus, publisher]) part.start();
  const listening = await gateway.listen(0);
  return {
    endpoint: listening.endpoint,
    defects,
    metricData,
    async close() {
      for (const part of [bus, scheduled, publisher]) part.close();
      await listening.close();
      store.close();
    },
  };
}
