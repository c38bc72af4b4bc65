/**
 * What a service uses becomes exactly the permissions it needs, environment variables that say where it is, and, for
 * what is reached over the network, openings of security groups. Managed ones are created in the service's own stack.
 */
import type { Dependency } from "../../manifest/resolved.ts";
import { hasMark, mark } from "../../manifest/text.ts";
import { lookupParameter } from "../lookups.ts";
import { getAtt, logicalNames, pascal, ref, sub, type TemplateBuilder, type Value } from "../template.ts";
import type { ServiceContext } from "./context.ts";
import { dependencyActions, mskActions } from "./dependency-actions.ts";
import { managedResource } from "./managed.ts";
import type { Statement } from "./roles.ts";
import { ruleDescription } from "./security-group.ts";

export interface Dependencies {
  readonly statements: readonly Statement[];
  readonly variables: Readonly<Record<string, Value>>;
}

interface Place {
  readonly arn: Value;
  /** What the program is told: a name, URL or ARN. */
  readonly address: Value;
}

export function dependencies(context: ServiceContext): Dependencies {
  const statements: Statement[] = [];
  const variables: Record<string, Value> = {};
  for (const dependency of named(context)) {
    const prefix = variablePrefix(dependency, context.environment.name);
    if (dependency.type === "service") Object.assign(variables, serviceVariables(dependency, prefix, context));
    else if (dependency.type === "aws_msk_cluster") {
      statements.push(...mskStatements(dependency, context));
      variables[`${prefix}_BOOTSTRAP_SERVERS`] = standInOf(dependency, context) ?? endpointOf(dependency, context);
    } else if (networked.has(dependency.type)) {
      const [, host, port] = /^(.*):(\d+)$/.exec(standInOf(dependency, context) ?? "") ?? [];
      variables[`${prefix}_HOST`] = host ?? endpointOf(dependency, context);
      variables[`${prefix}_PORT`] = port ?? String(dependency.port ?? usualPorts[dependency.type]);
    } else {
      const standIn = standInOf(dependency, context);
      const service = endpointVariables[dependency.type];
      if (standIn !== undefined && service !== undefined) variables[service] = `http://${standIn}`;
      const place = placeOf(dependency, context);
      statements.push(...accessStatements(dependency, place, context));
      variables[`${prefix}_${suffixes[dependency.type]}`] = place.address;
    }
    openForeignGroup(dependency, context);
  }
  return { statements, variables };
}

const networked = new Set(["aws_rds_instance", "aws_elasticache", "aws_efs_file_system"]);
const usualPorts: Readonly<Record<string, number>> = {
  aws_rds_instance: 5432,
  aws_elasticache: 6379,
  aws_efs_file_system: 2049,
  aws_msk_cluster: 9098,
};
const suffixes: Readonly<Record<string, string>> = {
  aws_dynamodb_table: "TABLE",
  aws_s3_bucket: "BUCKET",
  aws_sqs_queue: "QUEUE_URL",
  aws_sns_topic: "TOPIC_ARN",
  aws_secretsmanager_secret: "ARN",
  aws_ssm_parameter: "ARN",
};

/** Where the AWS SDKs look for a service's own endpoint ("Service-specific endpoints", AWS SDKs and Tools Reference Guide). */
const endpointVariables: Readonly<Record<string, string>> = {
  aws_dynamodb_table: "AWS_ENDPOINT_URL_DYNAMODB",
  aws_s3_bucket: "AWS_ENDPOINT_URL_S3",
  aws_sqs_queue: "AWS_ENDPOINT_URL_SQS",
  aws_sns_topic: "AWS_ENDPOINT_URL_SNS",
  aws_secretsmanager_secret: "AWS_ENDPOINT_URL_SECRETS_MANAGER",
  aws_ssm_parameter: "AWS_ENDPOINT_URL_SSM",
};

/** `host:port` of what answers in a dependency's place on this machine. */
function standInOf({ name }: Dependency, { environment }: ServiceContext): string | undefined {
  const { dependencies: given } = environment.standIns;
  return environment.local && Object.hasOwn(given, name) ? given[name] : undefined;
}

/** `dev-category-cache` in dev → `CATEGORY_CACHE`. */
function variablePrefix({ name, as }: Dependency, environment: string): string {
  if (as !== undefined) return as;
  const short = name.startsWith(`${environment}-`) ? name.slice(environment.length + 1) : name;
  return short
    .replaceAll(/[^A-Za-z0-9]+/g, "_")
    .replace(/^_|_$/g, "")
    .toUpperCase();
}

/** A dependency with the logical name of what belongs to it. */
interface Named extends Dependency {
  readonly logical: string;
}

/** The queue in which a job keeps what failed. */
const taken = ["FailureQueue"];

function named({ definition, environment }: ServiceContext): readonly Named[] {
  // The same thing may be asked for twice, under two prefixes; names hold no line breaks.
  const keyOf = ({ type, name, as }: Dependency): string => [type, name, as ?? ""].join("\n");
  const base = (key: string): string => {
    const [type = "", name = ""] = key.split("\n");
    const short = name.startsWith(`${environment.name}-`) ? name.slice(environment.name.length + 1) : name;
    return `${pascal(short)}${pascal(type.replace(/^aws_/, "").replace(/^(dynamodb|s3|sqs|sns)_/, ""))}`;
  };
  const names = logicalNames(definition.dependencies.map(keyOf), base, taken);
  return definition.dependencies.map((dependency) => ({ ...dependency, logical: names.get(keyOf(dependency)) ?? "" }));
}

function placeOf(dependency: Named, context: ServiceContext): Place {
  // What stands in for it is made and kept by whoever runs it.
  if (dependency.managed !== undefined && standInOf(dependency, context) === undefined)
    return managedResource(dependency, dependency.logical, context);
  const { type, name, arn } = dependency;
  const { template } = context;
  const named = template.text(name);
  const made = (service: string, resource: string, regional = true): Value => {
    if (arn !== undefined) return template.text(arn);
    const place = regional ? "${AWS::Region}:${AWS::AccountId}" : ":";
    return sub(`arn:\${AWS::Partition}:${service}:${place}:${resource}${substituted(name)}`);
  };
  switch (type) {
    case "aws_dynamodb_table":
      return { arn: made("dynamodb", "table/"), address: named };
    case "aws_s3_bucket":
      return { arn: made("s3", "", false), address: named };
    case "aws_sqs_queue":
      return {
        arn: made("sqs", ""),
        address: arn === undefined ? queueUrl(substituted(name)) : queueUrlOf(arn, template),
      };
    case "aws_sns_topic": {
      const topic = made("sns", "");
      return { arn: topic, address: topic };
    }
    case "aws_ssm_parameter": {
      const parameter =
        arn === undefined
          ? sub(`arn:\${AWS::Partition}:ssm:\${AWS::Region}:\${AWS::AccountId}:parameter/${substituted(name.replace(/^\//, ""))}`)
          : template.text(arn);
      return { arn: parameter, address: parameter };
    }
    default: {
      const secret = arn === undefined ? ref(lookupParameter(name, template)) : template.text(arn);
      return { arn: secret, address: secret };
    }
  }
}

const queueUrl = (name: string, account = "${AWS::AccountId}", region = "${AWS::Region}"): Value =>
  sub(`https://sqs.${region}.\${AWS::URLSuffix}/${account}/${name}`);

/** A queue given by its ARN may be of another account or region. */
function queueUrlOf(arn: string, template: TemplateBuilder): Value {
  const text = template.text(arn);
  const full = typeof text === "string" ? text : (text as { "Fn::Sub": string })["Fn::Sub"];
  const match = /^arn:[^:]*:sqs:(\$\{AWS::Region\}|[^:]*):(\$\{AWS::AccountId\}|[^:]*):(.*)$/.exec(
    full.replace("${AWS::Partition}", "aws"),
  );
  return queueUrl(match?.[3] ?? "", match?.[2], match?.[1]);
}

function substituted(name: string): string {
  // Dependency names with values that only the stack knows are refused before (FSD1304).
  return hasMark(name) ? "" : name;
}

function accessStatements(dependency: Named, { arn }: Place, context: ServiceContext): Statement[] {
  const { type, access, permissions, kmsKey, logical: sid } = dependency;
  const known = dependencyActions[type];
  const read = access === "read" || access === "read_write" ? (known?.read ?? []) : [];
  const write = access === "write" || access === "read_write" ? (known?.write ?? []) : [];
  const actions = permissions ?? [...new Set([...read, ...write])].sort();
  const statements: Statement[] = [];
  const add = (suffix: string, list: readonly string[], resource: Value): void => {
    if (list.length > 0) statements.push({ Sid: `${sid}${suffix}`, Effect: "Allow", Action: list, Resource: resource });
  };
  if (type === "aws_s3_bucket") {
    // Objects and the bucket are different resources, and an action takes only one of them.
    const ofBucket = (action: string): boolean =>
      /^s3:(ListBucket|GetBucket|PutBucket|ListMultipart|GetLifecycle|GetEncryption|GetInventory)/.test(action);
    add(
      "Objects",
      actions.filter((action) => !ofBucket(action)),
      suffixed(arn, "/*"),
    );
    add("Bucket", actions.filter(ofBucket), arn);
  } else if (type === "aws_dynamodb_table") add("", actions, [arn, suffixed(arn, "/index/*")]);
  else add("", actions, arn);
  if (kmsKey !== undefined) {
    const writes = write.length > 0 || permissions !== undefined;
    statements.push({
      Sid: `${sid}Key`,
      Effect: "Allow",
      Action: writes ? ["kms:Decrypt", "kms:GenerateDataKey"] : ["kms:Decrypt"],
      Resource: context.template.text(kmsKey),
    });
  }
  return statements;
}

function suffixed(arn: Value, suffix: string): Value {
  if (typeof arn === "string") return `${arn}${suffix}`;
  const intrinsic = arn as { readonly [key: string]: Value };
  if (typeof intrinsic["Fn::Sub"] === "string") return sub(`${intrinsic["Fn::Sub"]}${suffix}`);
  if (typeof intrinsic.Ref === "string") return sub(`\${${intrinsic.Ref}}${suffix}`);
  return sub(`\${${(intrinsic["Fn::GetAtt"] as readonly string[]).join(".")}}${suffix}`);
}

/** The ARN of an MSK cluster ends in a random id, and so do those of its topics and groups. */
function mskStatements(dependency: Named, context: ServiceContext): Statement[] {
  const { access, topics, groups, logical: sid } = dependency;
  const cluster = mskCluster(dependency, `${sid}Arn`, context);
  // arn:…:cluster/<name>/<id> → <name>/<id>
  const path: Value = { "Fn::Select": [1, { "Fn::Split": [":cluster/", cluster] }] };
  const below = (kind: string, pattern: string): Value => ({
    "Fn::Sub": [`arn:\${AWS::Partition}:kafka:\${AWS::Region}:\${AWS::AccountId}:${kind}/\${Cluster}/${pattern}`, { Cluster: path }],
  });
  const statements: Statement[] = [{ Sid: `${sid}Cluster`, Effect: "Allow", Action: [...mskActions.cluster], Resource: cluster }];
  if (topics.length > 0) {
    const actions = new Set<string>([
      ...(access === "write" ? [] : mskActions.readTopic),
      ...(access === "read" ? [] : mskActions.writeTopic),
    ]);
    statements.push({
      Sid: `${sid}Topics`,
      Effect: "Allow",
      Action: [...actions].sort(),
      Resource: topics.map((topic) => below("topic", topic)),
    });
  }
  if (groups.length > 0)
    statements.push({
      Sid: `${sid}Groups`,
      Effect: "Allow",
      Action: [...mskActions.group],
      Resource: groups.map((group) => below("group", group)),
    });
  return statements;
}

/** Its ARN: as given, else a parameter that `deploy` looks up. A stand-in is no cluster of this account, so there is nothing to look up. */
function mskCluster(dependency: Dependency, parameter: string, context: ServiceContext): Value {
  const { name, arn } = dependency;
  const { template } = context;
  if (arn !== undefined) return template.text(arn);
  if (standInOf(dependency, context) !== undefined)
    return sub(`arn:\${AWS::Partition}:kafka:\${AWS::Region}:\${AWS::AccountId}:cluster/${substituted(name)}/*`);
  template.lookup(parameter, { mskCluster: name });
  return template.parameter(parameter, { Type: "String", Description: `ARN of the MSK cluster ${name}.`, AllowedPattern: "^arn:.*" });
}

/** The address of what is reached over the network: as given, else a parameter that `deploy` looks up. */
function endpointOf(dependency: Named, { template }: ServiceContext): Value {
  const { endpoint, name, type, logical } = dependency;
  if (endpoint !== undefined) return template.text(endpoint);
  const parameter = `${logical}Endpoint`;
  template.parameter(parameter, { Type: "String", Description: `Address of ${name} (${type}).` });
  template.lookup(parameter, { endpoint: name, type });
  return ref(parameter);
}

function openForeignGroup(dependency: Named, context: ServiceContext): void {
  if (standInOf(dependency, context) !== undefined) return;
  const { name, manageIngress, port, type } = dependency;
  // Another service's tasks are reached directly only when the dependency names their port; the rule is ours, so that it goes when we go.
  const direct = type === "service" && port !== undefined;
  const securityGroup = direct
    ? context.template.text(mark(`service:${name}:security-group`))
    : manageIngress
      ? dependency.securityGroup
      : undefined;
  if (securityGroup === undefined) return;
  const number = port ?? usualPorts[type] ?? 443;
  context.template.resource(`${dependency.logical}Ingress`, {
    Type: "AWS::EC2::SecurityGroupIngress",
    Properties: {
      GroupId: securityGroup,
      IpProtocol: "tcp",
      FromPort: number,
      ToPort: number,
      SourceSecurityGroupId: getAtt("SecurityGroup", "GroupId"),
      Description: ruleDescription(`${context.name} to ${name}`),
    },
  });
}

/** Another service's address, as its own stack wrote it down. */
function serviceVariables({ name }: Dependency, prefix: string, { template }: ServiceContext): Record<string, Value> {
  const variables: Record<string, Value> = {};
  for (const part of ["url", "host", "port"] as const)
    variables[`${prefix}_${part.toUpperCase()}`] = template.text(mark(`service:${name}:${part}`));
  return variables;
}
