/** The services of images, logs, metrics, scaling and names as the AWS SDK meets them over HTTP: shapes, dates, blobs and exceptions. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as scaling from "@aws-sdk/client-application-auto-scaling";
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as ecr from "@aws-sdk/client-ecr";
import * as discovery from "@aws-sdk/client-servicediscovery";
import { afterAll, beforeAll, expect, it } from "vitest";
import { SystemClock } from "../../kit/clock.ts";
import { RandomIds } from "../../kit/ids.ts";
import { createGateway } from "../gateway/gateway.ts";
import type { Listening } from "../gateway/listen.ts";
import { LibsqlStore } from "../persistence/libsql-store.ts";
import { applicationAutoScalingProvider } from "./application-auto-scaling/provider.ts";
import { Scaler } from "./application-auto-scaling/scaler.ts";
import { ScalingStore } from "./application-auto-scaling/scaling-store.ts";
import { ScheduledScaling } from "./application-auto-scaling/scheduled-scaling.ts";
import { AlarmBoard } from "./cloudwatch/alarm-board.ts";
import { MetricStore } from "./cloudwatch/metric-store.ts";
import { cloudwatchProvider } from "./cloudwatch/provider.ts";
import { LogStore } from "./cloudwatch-logs/log-store.ts";
import { cloudwatchLogsProvider } from "./cloudwatch-logs/provider.ts";
import { BlobStore } from "./ecr/blob-store.ts";
import { ImageRegistry } from "./ecr/image-registry.ts";
import { RegistryImageStore } from "./ecr/image-store.ts";
import { LayerUploads } from "./ecr/layer-uploads.ts";
import { ecrProvider } from "./ecr/provider.ts";
import { CloudMap } from "./servicediscovery/cloud-map.ts";
import { servicediscoveryProvider } from "./servicediscovery/provider.ts";

const account = "000000000000";
const folder = mkdtempSync(join(tmpdir(), "fsd-clients-"));
const store = new LibsqlStore(":memory:");
const clock = new SystemClock();
const ids = new RandomIds();
const defects: unknown[] = [];
const gateway = createGateway({ account, ids, report: (defect) => defects.push(defect) });
const registry = new ImageRegistry({ store, blobs: new BlobStore(join(folder, "blobs")), clock, account });
const metrics = new MetricStore({ store, clock, speed: 1 });
const alarms = new AlarmBoard({ store, clock });
const scalingStore = new ScalingStore(store);
const report = (defect: unknown): void => void defects.push(defect);
const scaler = new Scaler({ store: scalingStore, clock, engineClock: clock, ids, alarms, call: gateway.call, report });
const schedules = new ScheduledScaling({ store: scalingStore, clock, scaler });
let listening: Listening;
const client = () => ({
  endpoint: listening.endpoint,
  region: "eu-central-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  // A plain address takes no `data-` in front.
  disableHostPrefix: true,
  maxAttempts: 1,
});

beforeAll(async () => {
  const uploads = new LayerUploads(registry, store, ids);
  gateway.mount("ecr", ecrProvider({ clock, registry, uploads, scanFindings: "", endpoint: () => listening.endpoint }));
  gateway.mount("cloudwatch-logs", cloudwatchLogsProvider({ clock, account, logs: new LogStore({ store, clock }) }));
  gateway.mount("cloudwatch", cloudwatchProvider({ store, clock, account, metrics, alarms }));
  gateway.mount("servicediscovery", servicediscoveryProvider(new CloudMap({ store, clock, ids })));
  gateway.mount(
    "application-auto-scaling",
    applicationAutoScalingProvider({ clock, ids, account, call: gateway.call, scaling: scalingStore, scaler, schedules }),
  );
  gateway.mount("ecs", {
    service: "ecs",
    operations: { DescribeServices: () => ({ services: [{ status: "ACTIVE", desiredCount: 2, runningCount: 2, deployments: [] }] }) },
  });
  listening = await gateway.listen(0);
});
afterAll(async () => {
  schedules.close();
  await scaler.close();
  metrics.close();
  await listening.close();
  store.close();
  rmSync(folder, { recursive: true });
  expect(defects).toEqual([]);
});

it("ECR takes an image part by part and refuses with its exceptions", async () => {
  const sdk = new ecr.ECRClient(client());
  const repositoryName = "team/items";
  const { repository } = await sdk.send(new ecr.CreateRepositoryCommand({ repositoryName, imageTagMutability: "IMMUTABLE" }));
  expect(repository?.createdAt).toBeInstanceOf(Date);
  expect(repository?.repositoryUri).toBe(`${account}.dkr.ecr.eu-central-1.amazonaws.com/team/items`);
  const bytes = Buffer.from('{"architecture":"amd64","os":"linux"}');
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  const { uploadId } = await sdk.send(new ecr.InitiateLayerUploadCommand({ repositoryName }));
  const part = { partFirstByte: 0, partLastByte: bytes.length - 1, layerPartBlob: bytes };
  await sdk.send(new ecr.UploadLayerPartCommand({ repositoryName, uploadId, ...part }));
  await sdk.send(new ecr.CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests: [digest] }));
  const config = { mediaType: "application/vnd.oci.image.config.v1+json", digest, size: bytes.length };
  const imageManifest = JSON.stringify({ schemaVersion: 2, config, layers: [] });
  await sdk.send(new ecr.PutImageCommand({ repositoryName, imageManifest, imageTag: "v1" }));
  await expect(
    sdk.send(new ecr.PutImageCommand({ repositoryName, imageManifest: `${imageManifest} `, imageTag: "v1" })),
  ).rejects.toBeInstanceOf(ecr.ImageTagAlreadyExistsException);
  const images = new RegistryImageStore(registry, registry.blobs);
  expect(images.resolve(`${repository?.repositoryUri}:v1`)?.config).toEqual({ architecture: "amd64", os: "linux" });
});

it("CloudWatch Logs keeps and finds events, and names what is missing", async () => {
  const sdk = new logs.CloudWatchLogsClient(client());
  const group = { logGroupName: "/ecs/local/items" };
  await sdk.send(new logs.CreateLogGroupCommand(group));
  await sdk.send(new logs.CreateLogStreamCommand({ ...group, logStreamName: "s" }));
  const now = Date.now();
  const logEvents = ["GET /items 200", '{"level":"ERROR","ms":12}', "ünïcode"].map((message, index) => ({
    timestamp: now + index,
    message,
  }));
  await sdk.send(new logs.PutLogEventsCommand({ ...group, logStreamName: "s", logEvents }));
  const { events } = await sdk.send(new logs.FilterLogEventsCommand({ ...group, filterPattern: "{ $.ms > 10 }" }));
  expect(events).toMatchObject([{ timestamp: now + 1, logStreamName: "s" }]);
  const all: (string | undefined)[] = [];
  for await (const page of logs.paginateGetLogEvents(
    { client: sdk, stopOnSameToken: true },
    { ...group, logStreamName: "s", startFromHead: true },
  )) {
    all.push(...(page.events ?? []).map(({ message }) => message));
  }
  expect(all.at(-1)).toBe("ünïcode");
  await expect(sdk.send(new logs.CreateLogGroupCommand(group))).rejects.toBeInstanceOf(logs.ResourceAlreadyExistsException);
  await expect(sdk.send(new logs.GetLogEventsCommand({ ...group, logStreamName: "no" }))).rejects.toBeInstanceOf(
    logs.ResourceNotFoundException,
  );
});

it("CloudWatch answers values with their dates, and its alarms", async () => {
  const sdk = new cloudwatch.CloudWatchClient(client());
  const end = new Date();
  await sdk.send(
    new cloudwatch.PutMetricDataCommand({
      Namespace: "App",
      MetricData: [{ MetricName: "Depth", Value: 2.5, Unit: "Count", Timestamp: end }],
    }),
  );
  const { MetricDataResults } = await sdk.send(
    new cloudwatch.GetMetricDataCommand({
      StartTime: new Date(end.getTime() - 600_000),
      EndTime: new Date(end.getTime() + 60_000),
      MetricDataQueries: [
        { Id: "m", MetricStat: { Metric: { Namespace: "App", MetricName: "Depth" }, Period: 60, Stat: "Sum" }, ReturnData: false },
        { Id: "e", Expression: "m * 2" },
      ],
    }),
  );
  expect(MetricDataResults?.[0]?.Values).toEqual([5]);
  expect(MetricDataResults?.[0]?.Timestamps?.[0]).toEqual(new Date(Math.floor(end.getTime() / 60_000) * 60_000));
  const rule = { EvaluationPeriods: 1, Period: 60, Statistic: "Sum", Threshold: 1, ComparisonOperator: "GreaterThanThreshold" } as const;
  await sdk.send(new cloudwatch.PutMetricAlarmCommand({ AlarmName: "deep", Namespace: "App", MetricName: "Depth", ...rule }));
  const { MetricAlarms } = await sdk.send(new cloudwatch.DescribeAlarmsCommand({ AlarmNames: ["deep"] }));
  expect(MetricAlarms).toMatchObject([
    { ...rule, AlarmArn: `arn:aws:cloudwatch:eu-central-1:${account}:alarm:deep`, StateValue: "INSUFFICIENT_DATA" },
  ]);
  await expect(
    sdk.send(new cloudwatch.SetAlarmStateCommand({ AlarmName: "no", StateValue: "OK", StateReason: "x" })),
  ).rejects.toBeInstanceOf(cloudwatch.ResourceNotFound);
});

it("Application Auto Scaling registers, tracks and schedules", async () => {
  const sdk = new scaling.ApplicationAutoScalingClient(client());
  const target = { ServiceNamespace: "ecs", ResourceId: "service/c/s", ScalableDimension: "ecs:service:DesiredCount" } as const;
  const { ScalableTargetARN } = await sdk.send(new scaling.RegisterScalableTargetCommand({ ...target, MinCapacity: 1, MaxCapacity: 4 }));
  expect(ScalableTargetARN).toMatch(/^arn:aws:application-autoscaling:eu-central-1:000000000000:scalable-target\//);
  const { Alarms } = await sdk.send(
    new scaling.PutScalingPolicyCommand({
      ...target,
      PolicyName: "cpu",
      PolicyType: "TargetTrackingScaling",
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 60,
        PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" },
      },
    }),
  );
  expect(Alarms).toHaveLength(2);
  const StartTime = new Date(Date.now() + 3_600_000);
  const action = { ScheduledActionName: "night", Schedule: "cron(0 20 * * ? *)", StartTime, ScalableTargetAction: { MinCapacity: 0 } };
  await sdk.send(new scaling.PutScheduledActionCommand({ ...target, ...action }));
  const { ScheduledActions } = await sdk.send(new scaling.DescribeScheduledActionsCommand({ ServiceNamespace: "ecs" }));
  expect(ScheduledActions).toMatchObject([action]);
  await expect(sdk.send(new scaling.DeleteScalingPolicyCommand({ ...target, PolicyName: "no" }))).rejects.toBeInstanceOf(
    scaling.ObjectNotFoundException,
  );
  await sdk.send(new scaling.DeregisterScalableTargetCommand(target));
  expect(alarms.list("eu-central-1").filter(({ name }) => name.startsWith("TargetTracking"))).toEqual([]);
});

it("Cloud Map discovers what was registered", async () => {
  const sdk = new discovery.ServiceDiscoveryClient(client());
  const { OperationId } = await sdk.send(new discovery.CreatePrivateDnsNamespaceCommand({ Name: "local.internal", Vpc: "vpc-1" }));
  const { Operation } = await sdk.send(new discovery.GetOperationCommand({ OperationId }));
  const NamespaceId = Operation?.Targets?.NAMESPACE;
  const { Service } = await sdk.send(
    new discovery.CreateServiceCommand({ Name: "items", NamespaceId, DnsConfig: { DnsRecords: [{ Type: "A", TTL: 10 }] } }),
  );
  const instance = { ServiceId: Service?.Id, InstanceId: "i", Attributes: { AWS_INSTANCE_IPV4: "10.0.0.7" } };
  await sdk.send(new discovery.RegisterInstanceCommand(instance));
  const { Instances } = await sdk.send(new discovery.DiscoverInstancesCommand({ NamespaceName: "local.internal", ServiceName: "items" }));
  expect(Instances).toMatchObject([{ InstanceId: "i", Attributes: instance.Attributes }]);
  await expect(sdk.send(new discovery.GetNamespaceCommand({ Id: "ns-none" }))).rejects.toMatchObject({
    name: "NamespaceNotFound",
    message: "Namespace ns-none does not exist.",
  });
});
