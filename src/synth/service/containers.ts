/** The containers besides the service's own: sidecars as given, and the collector that metrics and traces go through. */
import type { Sidecar } from "../../manifest/resolved.ts";
import { collectorShare, collects, collectsTraces } from "../../manifest/rules/collector.ts";
import { sorted } from "../tags.ts";
import { ref, type Value } from "../template.ts";
import type { ServiceContext } from "./context.ts";
import type { Statement } from "./roles.ts";

export interface Companions {
  readonly containers: readonly Value[];
  readonly volumes: readonly Value[];
  readonly mountPoints: readonly Value[];
  readonly statements: readonly Statement[];
  readonly variables: Readonly<Record<string, Value>>;
}

/** AWS Distro for OpenTelemetry, pinned. */
const COLLECTOR_IMAGE = "public.ecr.aws/aws-observability/aws-otel-collector:v0.43.3";

export function companions(context: ServiceContext): Companions {
  const { service } = context;
  const collector = collectorOf(context);
  return {
    containers: [
      ...service.sidecars.map((sidecar) => sidecarContainer(sidecar, context)),
      ...(collector === undefined ? [] : [collector.container]),
    ],
    volumes: service.volumes.map(({ name, efs }) => ({
      Name: name,
      ...(efs === undefined
        ? {}
        : {
            EFSVolumeConfiguration: {
              FilesystemId: efs.fileSystemId,
              TransitEncryption: "ENABLED",
              AuthorizationConfig: { IAM: "ENABLED", ...(efs.accessPointId === undefined ? {} : { AccessPointId: efs.accessPointId }) },
            },
          }),
    })),
    mountPoints: service.volumes.map(({ name, mountPath, efs }) => ({
      SourceVolume: name,
      ContainerPath: mountPath,
      ReadOnly: efs?.readOnly ?? false,
    })),
    statements: [...efsStatements(context), ...(collector?.statements ?? [])],
    variables: { ...externalCollector(context), ...collector?.variables },
  };
}

function sidecarContainer(
  { name, image, essential, command, cpu, memory, port, environment, dependsOn }: Sidecar,
  context: ServiceContext,
): Value {
  const { template } = context;
  const variables = sorted(environment);
  const before = sorted(dependsOn);
  return {
    Name: name,
    Image: template.text(image),
    Essential: essential,
    ...(command === undefined ? {} : { Command: command.map((word) => template.text(word)) }),
    ...(cpu === undefined ? {} : { Cpu: cpu }),
    ...(memory === undefined ? {} : { Memory: memory }),
    ...(port === undefined ? {} : { PortMappings: [{ ContainerPort: port, Protocol: "tcp" }] }),
    ...(variables.length === 0 ? {} : { Environment: variables.map(([Name, value]) => ({ Name, Value: template.text(value) })) }),
    ...(before.length === 0 ? {} : { DependsOn: before.map(([ContainerName, Condition]) => ({ ContainerName, Condition })) }),
    ...logConfiguration(context),
  };
}

/** Where every container of the task writes. */
export function logConfiguration({ service }: ServiceContext): { LogConfiguration?: Value } {
  const { logs } = service.observability;
  if (!logs.enabled) return {};
  return {
    LogConfiguration: {
      LogDriver: "awslogs",
      Options: {
        "awslogs-group": ref("LogGroup"),
        "awslogs-region": ref("AWS::Region"),
        "awslogs-stream-prefix": logs.streamPrefix,
        mode: logs.mode,
        ...(logs.datetimeFormat === undefined ? {} : { "awslogs-datetime-format": logs.datetimeFormat }),
        ...(logs.multilinePattern === undefined ? {} : { "awslogs-multiline-pattern": logs.multilinePattern }),
      },
    },
  };
}

function efsStatements({ service }: ServiceContext): Statement[] {
  return service.volumes.flatMap(({ name, efs }, index) => {
    if (efs === undefined) return [];
    const fileSystem = (id: string): Value => ({
      "Fn::Sub": `arn:\${AWS::Partition}:elasticfilesystem:\${AWS::Region}:\${AWS::AccountId}:file-system/${id}`,
    });
    const through: Value = {
      "Fn::Sub": `arn:\${AWS::Partition}:elasticfilesystem:\${AWS::Region}:\${AWS::AccountId}:access-point/${efs.accessPointId}`,
    };
    return [
      {
        Sid: `Mount${name.replaceAll(/[^A-Za-z0-9]/g, "")}${index}`,
        Effect: "Allow" as const,
        Action: efs.readOnly ? ["elasticfilesystem:ClientMount"] : ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
        Resource: fileSystem(efs.fileSystemId),
        ...(efs.accessPointId === undefined ? {} : { Condition: { StringEquals: { "elasticfilesystem:AccessPointArn": through } } }),
      },
    ];
  });
}

interface Collector {
  readonly container: Value;
  readonly statements: readonly Statement[];
  readonly variables: Readonly<Record<string, Value>>;
}

function externalCollector({ service, name, template }: ServiceContext): Readonly<Record<string, Value>> {
  const { traces } = service.observability;
  const { enabled, otlpEndpoint } = traces;
  if (!enabled || otlpEndpoint === undefined || collectsTraces(traces)) return {};
  return { OTEL_EXPORTER_OTLP_ENDPOINT: template.text(otlpEndpoint), OTEL_SERVICE_NAME: name };
}

function collectorOf(context: ServiceContext): Collector | undefined {
  const { name, service, template, environment } = context;
  const { metrics, traces } = service.observability;
  const tracing = collectsTraces(traces);
  // Nobody can pull its image on local (FSD1810), and a container that never runs is none.
  if (!collects(service) || environment.local) return undefined;
  const statements: Statement[] = [];
  if (tracing && traces.exporter === "xray") {
    // X-Ray's writing actions take no resource (service authorization reference of xray).
    statements.push({
      Sid: "SendTraces",
      Effect: "Allow",
      Action: ["xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"],
      Resource: "*",
    });
  }
  if (metrics.enabled && metrics.exporter !== "emf") {
    statements.push({ Sid: "WriteMetrics", Effect: "Allow", Action: ["aps:RemoteWrite"], Resource: template.text(metrics.exporter.amp) });
  }
  if (metrics.enabled && metrics.exporter === "emf") {
    statements.push({
      Sid: "WriteMetricLogs",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: { "Fn::GetAtt": ["LogGroup", "Arn"] },
    });
  }
  return {
    statements,
    variables: tracing ? { OTEL_EXPORTER_OTLP_ENDPOINT: "http://localhost:4317", OTEL_SERVICE_NAME: name } : {},
    container: {
      Name: collectorShare.name,
      Image: COLLECTOR_IMAGE,
      // Losing telemetry must not lose the service.
      Essential: false,
      Cpu: collectorShare.cpu,
      Memory: collectorShare.memory,
      Environment: [{ Name: "AOT_CONFIG_CONTENT", Value: collectorConfiguration(context, tracing) }],
      ...logConfiguration(context),
    },
  };
}

/** By OTLP's own ports: 4318 is HTTP's, every other is taken for gRPC's (OpenTelemetry, "OTLP specification"). */
function otlpExporter(endpoint = ""): "otlp" | "otlphttp" {
  return /:4318(\/|$)/.test(endpoint) ? "otlphttp" : "otlp";
}

/** The collector encrypts unless it is told not to. */
function unencrypted(endpoint = ""): readonly string[] {
  return endpoint.startsWith("http://") ? ["    tls: {insecure: true}"] : [];
}

/** The collector's own configuration: scrape and receive, batch, send. */
function collectorConfiguration(context: ServiceContext, tracing: boolean): Value {
  const { name, environment, service, template } = context;
  const { metrics, traces } = service.observability;
  const lines = ["receivers:"];
  if (metrics.enabled) {
    const port = metrics.port ?? service.port;
    lines.push(
      "  prometheus:",
      "    config:",
      "      scrape_configs:",
      `        - job_name: ${name}`,
      `          metrics_path: ${JSON.stringify(metrics.path)}`,
      "          static_configs:",
      `            - targets: ["localhost:${port}"]`,
    );
  }
  if (tracing) lines.push("  otlp:", "    protocols:", "      grpc: {endpoint: localhost:4317}", "      http: {endpoint: localhost:4318}");
  lines.push("processors:", "  batch: {}", "exporters:");
  const tracesTo = traces.exporter === "xray" ? "awsxray" : otlpExporter(traces.otlpEndpoint);
  if (tracing && tracesTo === "awsxray") lines.push("  awsxray: {}");
  else if (tracing)
    lines.push(`  ${tracesTo}:`, `    endpoint: ${JSON.stringify(traces.otlpEndpoint)}`, ...unencrypted(traces.otlpEndpoint));
  if (metrics.enabled && metrics.exporter === "emf") {
    lines.push(
      "  awsemf:",
      `    namespace: fsd/${environment.name}`,
      `    log_group_name: ${JSON.stringify(service.observability.logs.group)}`,
      "    log_stream_name: metrics",
    );
  }
  let workspace: { readonly region: string; readonly address: string } | undefined;
  if (metrics.enabled && metrics.exporter !== "emf") {
    const [, , , region = "", , resource = ""] = metrics.exporter.amp.split(":");
    const path = resource.replace("workspace/", "workspaces/");
    workspace = { region, address: `https://aps-workspaces.${region}.amazonaws.com/${path}/api/v1/remote_write` };
    lines.push("  prometheusremotewrite:", `    endpoint: ${JSON.stringify(workspace.address)}`, "    auth: {authenticator: sigv4auth}");
  }
  // The workspace may be in another region than the task.
  if (workspace !== undefined) lines.push("extensions:", `  sigv4auth: {service: aps, region: ${JSON.stringify(workspace.region)}}`);
  lines.push("service:", ...(workspace === undefined ? [] : ["  extensions: [sigv4auth]"]), "  pipelines:");
  if (tracing) lines.push(`    traces: {receivers: [otlp], processors: [batch], exporters: [${tracesTo}]}`);
  if (metrics.enabled) {
    // A program's SDK sends metrics to where it sends traces; without a pipeline for them the collector would refuse them.
    const receivers = tracing ? "prometheus, otlp" : "prometheus";
    lines.push(
      `    metrics: {receivers: [${receivers}], processors: [batch], exporters: [${metrics.exporter === "emf" ? "awsemf" : "prometheusremotewrite"}]}`,
    );
  }
  return template.text(`${lines.join("\n")}\n`);
}
