/**
 * What the runtime asks the platform's other services for, the way any client would: values of secrets, credentials of
 * a task's role, ranges of subnets. Values of secrets are handed to the container and kept nowhere.
 */
import { parseJsonObject } from "../../kit/json.ts";
import { parseArn } from "../../model/arn.ts";
import type { TaskLaunch } from "../../model/task-launch.ts";
import type { Call } from "../gateway/operations.ts";
import type { Subnet, SubnetSource } from "./address-pool.ts";
import type { TaskCredentials } from "./task-agent.ts";

/**
 * Values of a container's secrets, by `valueFrom` as ECS reads it: an ARN of Secrets Manager, with
 * `:json-key:version-stage:version-id` behind it or not, or the name or ARN of an SSM parameter.
 */
export interface SecretSource {
  /** Rejects with the service's own error when the value cannot be had. */
  value(valueFrom: string, region: string): Promise<string>;
}

/** Reads secrets through the platform's own Secrets Manager and Parameter Store. */
export class PlatformSecretSource implements SecretSource {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  async value(valueFrom: string, region: string): Promise<string> {
    const arn = parseArn(valueFrom);
    if (arn?.service === "secretsmanager") return this.#secret(valueFrom, arn.region);
    const answer = await this.#call(
      "ssm",
      "GetParameter",
      { Name: valueFrom, WithDecryption: true },
      { region: arn === undefined ? region : arn.region },
    );
    return answer.Parameter?.Value ?? "";
  }

  async #secret(valueFrom: string, region: string): Promise<string> {
    // arn:aws:secretsmanager:region:account:secret:name-AbCdEf[:json-key:version-stage:version-id]
    const parts = valueFrom.split(":");
    const [key = "", stage = "", version = ""] = parts.slice(7);
    const answer = await this.#call(
      "secrets-manager",
      "GetSecretValue",
      {
        SecretId: parts.slice(0, 7).join(":"),
        ...(stage === "" ? {} : { VersionStage: stage }),
        ...(version === "" ? {} : { VersionId: version }),
      },
      { region },
    );
    const text = answer.SecretString ?? Buffer.from(answer.SecretBinary ?? []).toString("utf8");
    if (key === "") return text;
    const value = jsonField(text, key);
    if (value === undefined) throw new Error(`retrieved secret from Secrets Manager did not contain json key ${key}`);
    return value;
  }
}

/** Subnets as the platform's EC2 knows them. */
export class PlatformSubnetSource implements SubnetSource {
  readonly #call: Call;
  readonly #held: SubnetSource["heldAddresses"];

  constructor(call: Call, held: SubnetSource["heldAddresses"]) {
    this.#call = call;
    this.#held = held;
  }

  heldAddresses(subnetId: string, region: string): readonly string[] {
    return this.#held(subnetId, region);
  }

  async subnet(subnetId: string, region: string): Promise<Subnet | undefined> {
    const { Subnets } = await this.#call("ec2", "DescribeSubnets", { Filters: [{ Name: "subnet-id", Values: [subnetId] }] }, { region });
    const [subnet] = Subnets ?? [];
    if (subnet?.CidrBlock === undefined || subnet.VpcId === undefined) return undefined;
    const { Vpcs } = await this.#call("ec2", "DescribeVpcs", { VpcIds: [subnet.VpcId] }, { region });
    return {
      cidrBlock: subnet.CidrBlock,
      vpcCidrBlock: Vpcs?.[0]?.CidrBlock ?? subnet.CidrBlock,
      availabilityZone: subnet.AvailabilityZone ?? `${region}a`,
    };
  }
}

/** Credentials of a task's role, from the platform's STS; the session is named for the task, as on Fargate. */
export function platformCredentials(call: Call): (roleArn: string, launch: TaskLaunch) => Promise<TaskCredentials> {
  return async (roleArn, { taskId, region }) => {
    const { Credentials } = await call(
      "sts",
      "AssumeRole",
      { RoleArn: roleArn, RoleSessionName: taskId, DurationSeconds: 6 * 3600 },
      { region },
    );
    return {
      RoleArn: roleArn,
      AccessKeyId: Credentials?.AccessKeyId ?? "",
      SecretAccessKey: Credentials?.SecretAccessKey ?? "",
      Token: Credentials?.SessionToken ?? "",
      Expiration: (Credentials?.Expiration ?? new Date(0)).toISOString(),
    };
  };
}

function jsonField(text: string, key: string): string | undefined {
  const object = parseJsonObject(text);
  const value = object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined;
  return value === undefined ? undefined : typeof value === "string" ? value : JSON.stringify(value);
}
