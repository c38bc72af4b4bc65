import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { judge } from "../support/judge.ts";
import { describeWith } from "../support/requirement.ts";
import { type SmallGateway, smallGateway } from "../support/small-gateway.ts";

let gateway: SmallGateway;
beforeAll(async () => {
  gateway = await smallGateway();
});
afterAll(async () => {
  await gateway.close();
  expect(gateway.defects).toEqual([]);
});

describeWith("boto3", "boto3 on the wire", () => {
  it("reads every answer, and gets every error as the class and code it knows", async () => {
    const verdict = await judge("python3", [join(import.meta.dirname, "..", "judges", "boto3-wire.py"), gateway.endpoint]);
    expect(verdict).toExitWith(0);
    expect(JSON.parse(verdict.stdout)).toEqual({
      ec2: {
        name: [{ Key: "Name", Value: "judged <&>" }],
        zones: 2,
        routes: [
          ["10.0.0.0/16", "active"],
          ["0.0.0.0/0", "active"],
        ],
        ingress: [
          {
            IpProtocol: "tcp",
            FromPort: 80,
            ToPort: 80,
            UserIdGroupPairs: [],
            IpRanges: [{ Description: "all", CidrIp: "0.0.0.0/0" }],
            Ipv6Ranges: [],
            PrefixListIds: [],
          },
        ],
        pages: 4,
        missing: ["ClientError", "InvalidVpcID.NotFound", 400],
        needed: ["ClientError", "DependencyViolation", 400],
        dry: ["ClientError", "DryRunOperation", 412],
        unnamed: ["ClientError", "MissingParameter", 400],
      },
      iam: {
        trust: true,
        policies: ["p"],
        missing: ["NoSuchEntityException", "NoSuchEntity", 404],
        twice: ["EntityAlreadyExistsException", "EntityAlreadyExists", 409],
        malformed: ["MalformedPolicyDocumentException", "MalformedPolicyDocument", 400],
        unnamed: ["ClientError", "ValidationError", 400],
        pattern: ["ClientError", "ValidationError", 400],
        "in use": ["DeleteConflictException", "DeleteConflict", 409],
      },
      sts: {
        root: "arn:aws:iam::000000000000:root",
        role: "arn:aws:sts::000000000000:assumed-role/judged/boto3",
        expires: true,
        denied: ["ClientError", "AccessDenied", 403],
      },
      ssm: {
        pages: [...Array.from({ length: 12 }, (_, n) => String(n)), "hunter2 ☃"],
        missing: ["ParameterNotFound", "ParameterNotFound", 400],
        twice: ["ParameterAlreadyExists", "ParameterAlreadyExists", 400],
        enum: ["ValidationException", "ValidationException", 400],
      },
      secrets: {
        string: '{"password":"hunter2"}',
        binary: [0, 255],
        missing: ["ResourceNotFoundException", "ResourceNotFoundException", 400],
        twice: ["ResourceExistsException", "ResourceExistsException", 400],
        type: ["ClientError", "SerializationException", 400],
      },
      sqs: {
        body: "hällo",
        attribute: "7",
        received: "1",
        missing: ["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", 400],
        receipt: ["ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", 404],
      },
      cloudwatch: { missing: ["ResourceNotFoundException", "ResourceNotFoundException", 404] },
      absent: {
        operation: ["ClientError", "NotImplemented", 501],
        query: ["ClientError", "NotImplemented", 501],
        ec2: ["ClientError", "NotImplemented", 501],
        dynamodb: ["ClientError", "NotImplemented", 501],
        ses: ["ClientError", "NotImplemented", 501],
        s3: ["ClientError", "NotImplemented", 501],
        route53: ["ClientError", "NotImplemented", 501],
        lambda: ["ClientError", "NotImplemented", 501],
      },
    });
    expect(gateway.metricData.at(-1)).toHaveLength(100);
    expect(gateway.metricData.at(-1)).toContainEqual({
      MetricName: "m3",
      Value: 1.5,
      Timestamp: new Date("2026-01-01T00:00:00Z"),
      Dimensions: [{ Name: "d", Value: "x".repeat(200) }],
    });
  });
});

describeWith("aws", "the AWS CLI on the wire", () => {
  const aws = (...args: string[]) =>
    judge("aws", [...args, "--output", "json"], {
      AWS_ENDPOINT_URL: gateway.endpoint,
      AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_DEFAULT_REGION: "us-east-2",
      AWS_MAX_ATTEMPTS: "1",
      AWS_PAGER: "",
    });
  const answer = async (...args: string[]): Promise<unknown> => {
    const { status, stdout, stderr } = await aws(...args);
    expect(status, stderr).toBe(0);
    return stdout.trim() === "" ? undefined : JSON.parse(stdout);
  };

  it("reads every protocol", async () => {
    expect(await answer("sts", "get-caller-identity")).toMatchObject({ Account: "000000000000" });
    expect(await answer("ec2", "describe-availability-zones", "--query", "AvailabilityZones[].ZoneName")).toEqual([
      "us-east-2a",
      "us-east-2b",
      "us-east-2c",
    ]);
    await answer("ssm", "put-parameter", "--name", "/cli/a", "--value", "1", "--type", "String", "--tags", "Key=k,Value=v");
    expect(await answer("ssm", "list-tags-for-resource", "--resource-type", "Parameter", "--resource-id", "/cli/a")).toEqual({
      TagList: [{ Key: "k", Value: "v" }],
    });
    expect(await answer("iam", "list-roles", "--path-prefix", "/none/")).toEqual({ Roles: [] });
    await answer("cloudwatch", "put-metric-data", "--namespace", "cli", "--metric-name", "m", "--value", "2.5");
    expect(gateway.metricData.at(-1)).toEqual([expect.objectContaining({ MetricName: "m", Value: 2.5 })]);
  });

  it("prints the code and text of what went wrong", async () => {
    for (const [args, said] of [
      [
        ["iam", "get-role", "--role-name", "nobody"],
        "(NoSuchEntity) when calling the GetRole operation: The role with name nobody cannot be found.",
      ],
      [
        ["secretsmanager", "get-secret-value", "--secret-id", "nothing"],
        "(ResourceNotFoundException) when calling the GetSecretValue operation: Secrets Manager can't find the specified secret.",
      ],
      [
        ["ec2", "delete-subnet", "--subnet-id", "subnet-0"],
        "(InvalidSubnetID.NotFound) when calling the DeleteSubnet operation: The subnet ID 'subnet-0' does not exist",
      ],
      [
        ["ecs", "list-clusters"],
        "(NotImplemented) when calling the ListClusters operation: The local platform does not implement ecs:ListClusters",
      ],
    ] as const) {
      const { status, stderr } = await aws(...args);
      expect(status).not.toBe(0);
      expect(stderr).toContain(said);
    }
  });
});
