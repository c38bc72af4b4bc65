import { request } from "node:http";
import { gzipSync } from "node:zlib";
import { CloudWatchClient, PutMetricDataCommand, ResourceNotFoundException } from "@aws-sdk/client-cloudwatch";
import { DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  ClusterNotFoundException,
  CreateClusterCommand,
  DescribeClustersCommand,
  DescribeServicesCommand,
  ECSClient,
  ListClustersCommand,
} from "@aws-sdk/client-ecs";
import { CreateRoleCommand, IAMClient, NoSuchEntityException } from "@aws-sdk/client-iam";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RandomIds } from "../../kit/ids.ts";
import { AwsFault } from "./aws-fault.ts";
import { createGateway, type Gateway } from "./gateway.ts";
import type { Listening } from "./listen.ts";
import type { Provider } from "./operations.ts";

const seen: { region?: string; input?: unknown } = {};
const defects: unknown[] = [];

const ecs: Provider<"ecs"> = {
  service: "ecs",
  operations: {
    CreateCluster: (input, { region }) => {
      seen.region = region;
      seen.input = input;
      return { cluster: { clusterName: input.clusterName, activeServicesCount: 2 } };
    },
    DescribeServices: () => {
      throw new ClusterNotFoundException({ message: "Cluster not found.", $metadata: {} });
    },
    ListClusters: () => {
      throw new TypeError("undefined is not a function");
    },
  },
};

const iam: Provider<"iam"> = {
  service: "iam",
  operations: {
    CreateRole: (input) => {
      seen.input = input;
      throw new NoSuchEntityException({ message: "no such <thing> & more", $metadata: {} });
    },
  },
};

const ec2: Provider<"ec2"> = {
  service: "ec2",
  operations: {
    DescribeVpcs: (input) => {
      seen.input = input;
      if (input.VpcIds?.length) throw new AwsFault("InvalidVpcID.NotFound", `The vpc ID '${input.VpcIds[0]}' does not exist`);
      return { Vpcs: [{ VpcId: "vpc-1", IsDefault: false, Tags: [{ Key: "Name", Value: "<a>" }], CidrBlockAssociationSet: [] }] };
    },
  },
};

const cloudwatch: Provider<"cloudwatch"> = {
  service: "cloudwatch",
  operations: {
    PutMetricData: (input) => {
      seen.input = input;
      if (input.Namespace === "gone") throw new ResourceNotFoundException({ message: "gone", $metadata: {} });
      return {};
    },
  },
};

const sts: Provider<"sts"> = {
  service: "sts",
  operations: { GetCallerIdentity: (_input, { account }) => ({ Account: account }) },
};

let gateway: Gateway;
let listening: Listening;
const clients: { destroy(): void }[] = [];

beforeAll(async () => {
  gateway = createGateway({ account: "123456789012", ids: new RandomIds(), report: (defect) => defects.push(defect) });
  gateway.mount("ecs", ecs);
  gateway.mount("iam", () => iam);
  gateway.mount("ec2", async () => ec2);
  gateway.mount("cloudwatch", cloudwatch);
  gateway.mount("secrets-manager", { service: "secrets-manager", operations: { CreateSecret: () => ({}) } });
  gateway.mount("sts", sts);
  gateway.route((asked, response) => {
    if (asked.url !== "/v2/") return false;
    response.end("registry");
    return true;
  });
  listening = await gateway.listen(0);
});

afterAll(async () => {
  for (const client of clients) client.destroy();
  await listening.close();
});

function client<Client extends { destroy(): void }>(
  clientClass: new (options: {
    endpoint: string;
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
    maxAttempts: number;
  }) => Client,
): Client {
  const made = new clientClass({
    endpoint: listening.endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
    maxAttempts: 1,
  });
  clients.push(made);
  return made;
}

interface Reply {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: string;
}

function raw(options: { method?: string; path?: string; headers?: Record<string, string>; body?: string | Buffer }): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { method = "POST", path = "/", headers = {}, body = "" } = options;
    const asked = request({ host: "127.0.0.1", port: listening.port, method, path, headers, agent: false }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

const target = (operation: string, extra: Record<string, string> = {}) => ({
  "content-type": "application/x-amz-json-1.1",
  "x-amz-target": `AmazonEC2ContainerServiceV20141113.${operation}`,
  ...extra,
});

describe("an SDK client speaking JSON", () => {
  it("gets its answer, and the handler gets the region of the signature", async () => {
    const { cluster } = await client(ECSClient).send(new CreateClusterCommand({ clusterName: "web", tags: [{ key: "a", value: "b" }] }));
    expect(cluster).toEqual({ clusterName: "web", activeServicesCount: 2 });
    expect(seen).toEqual({ region: "eu-west-1", input: { clusterName: "web", tags: [{ key: "a", value: "b" }] } });
  });

  it("gets the service's own exception class", async () => {
    const asked = client(ECSClient).send(new DescribeServicesCommand({ services: ["x"] }));
    await expect(asked).rejects.toBeInstanceOf(ClusterNotFoundException);
    await expect(asked).rejects.toMatchObject({ message: "Cluster not found.", $metadata: { httpStatusCode: 400 } });
  });

  it("is told which operation the platform does not implement, without retrying", async () => {
    const asked = client(ECSClient).send(new DescribeClustersCommand({}));
    await expect(asked).rejects.toMatchObject({
      name: "NotImplemented",
      message: "The local platform does not implement ecs:DescribeClusters",
      $metadata: { httpStatusCode: 501, attempts: 1 },
    });
  });

  it("is told of a defect as a server's failure, and the defect is reported", async () => {
    await expect(client(ECSClient).send(new ListClustersCommand({}))).rejects.toMatchObject({
      name: "InternalFailure",
      $metadata: { httpStatusCode: 500 },
    });
    expect(defects).toEqual([expect.any(TypeError)]);
  });

  it("is refused what breaks the API's constraints, without seeing a secret in the message", async () => {
    const asked = client(SecretsManagerClient).send(new CreateSecretCommand({ Name: "", SecretString: "s".repeat(70_000) }));
    await expect(asked).rejects.toMatchObject({
      name: "ValidationException",
      message:
        "2 validation errors detected: Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1; Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to 65536",
    });
  });
});

describe("an SDK client speaking query", () => {
  it("gets modelled exceptions by their query code", async () => {
    const asked = client(IAMClient).send(
      new CreateRoleCommand({ RoleName: "r", AssumeRolePolicyDocument: "{}", Tags: [{ Key: "k", Value: "1 @ 2" }] }),
    );
    await expect(asked).rejects.toBeInstanceOf(NoSuchEntityException);
    await expect(asked).rejects.toMatchObject({ message: "no such <thing> & more", $metadata: { httpStatusCode: 404 } });
    expect(seen.input).toEqual({ RoleName: "r", AssumeRolePolicyDocument: "{}", Tags: [{ Key: "k", Value: "1 @ 2" }] });
  });

  it("is refused with ValidationError", async () => {
    const asked = client(IAMClient).send(
      new CreateRoleCommand({ RoleName: "no spaces", AssumeRolePolicyDocument: "{}", MaxSessionDuration: 5 }),
    );
    await expect(asked).rejects.toMatchObject({
      name: "ValidationError",
      message: expect.stringMatching(/^2 validation errors detected: Value 'no spaces' at 'roleName' .*'5' at 'maxSessionDuration'/),
    });
  });

  it("gets who it is", async () => {
    await expect(client(STSClient).send(new GetCallerIdentityCommand({}))).resolves.toMatchObject({ Account: "123456789012" });
  });
});

describe("an SDK client speaking EC2's query", () => {
  it("gets lists, escapes and empty lists right", async () => {
    const { Vpcs } = await client(EC2Client).send(
      new DescribeVpcsCommand({ Filters: [{ Name: "isDefault", Values: ["false", "x"] }], MaxResults: 7 }),
    );
    expect(Vpcs).toEqual([{ VpcId: "vpc-1", IsDefault: false, Tags: [{ Key: "Name", Value: "<a>" }], CidrBlockAssociationSet: [] }]);
    expect(seen.input).toEqual({ Filters: [{ Name: "isDefault", Values: ["false", "x"] }], MaxResults: 7 });
  });

  it("gets EC2's codes, which the SDK does not model", async () => {
    await expect(client(EC2Client).send(new DescribeVpcsCommand({ VpcIds: ["vpc-9"] }))).rejects.toMatchObject({
      name: "InvalidVpcID.NotFound",
      message: "The vpc ID 'vpc-9' does not exist",
    });
    await expect(client(EC2Client).send(new DescribeVpcsCommand({ MaxResults: 2 }))).rejects.toMatchObject({
      name: "InvalidParameterValue",
      message: "Value ( 2 ) for parameter maxResults is invalid. Expecting value greater than or equal to 5.",
    });
  });
});

describe("CloudWatch, which once spoke query", () => {
  it("answers JSON with the code query clients knew, and takes compressed bodies", async () => {
    const body = gzipSync(JSON.stringify({ Namespace: "gone", MetricData: [{ MetricName: "m", Value: 1.5, Timestamp: 1_700_000_000 }] }));
    const reply = await raw({
      headers: {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": "GraniteServiceVersion20100801.PutMetricData",
        "content-encoding": "gzip",
      },
      body,
    });
    expect(reply.status).toBe(404);
    expect(reply.headers["x-amzn-query-error"]).toBe("ResourceNotFoundException;Sender");
    expect(JSON.parse(reply.body).__type).toBe("com.amazonaws.cloudwatch#ResourceNotFoundException");
    expect(seen.input).toEqual({
      Namespace: "gone",
      MetricData: [{ MetricName: "m", Value: 1.5, Timestamp: new Date(1_700_000_000_000) }],
    });
  });

  it("gives SDK clients their class", async () => {
    const put = (Namespace: string) => client(CloudWatchClient).send(new PutMetricDataCommand({ Namespace, MetricData: [] }));
    await expect(put("there")).resolves.toMatchObject({ $metadata: { httpStatusCode: 200 } });
    await expect(put("gone")).rejects.toBeInstanceOf(ResourceNotFoundException);
  });

  it("still understands a query, and CBOR", async () => {
    const form = "Action=PutMetricData&Version=2010-08-01&Namespace=n&MetricData.member.1.MetricName=m&MetricData.member.1.Value=2";
    const query = await raw({ headers: { "content-type": "application/x-www-form-urlencoded" }, body: form });
    expect(query.body).toContain("<PutMetricDataResponse xmlns=");
    expect(seen.input).toEqual({ Namespace: "n", MetricData: [{ MetricName: "m", Value: 2 }] });
    const { cbor } = await import("@smithy/core/cbor");
    const reply = await raw({
      path: "/service/GraniteServiceVersion20100801/operation/PutMetricData",
      headers: { "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" },
      body: Buffer.from(cbor.serialize({ Namespace: "c", MetricData: [] })),
    });
    expect(reply.status).toBe(200);
    expect(seen.input).toEqual({ Namespace: "c", MetricData: [] });
  });
});

describe("a request that is no request of AWS", () => {
  it("gets a clear error for what cannot be read", async () => {
    for (const body of ["{", "[]", "null", '"x"', '{"clusterName":7}', '{"tags":{}}']) {
      const reply = await raw({ headers: target("CreateCluster"), body });
      expect([body, reply.status, JSON.parse(reply.body).__type]).toEqual([body, 400, "SerializationException"]);
    }
    const gzip = await raw({ headers: target("CreateCluster", { "content-encoding": "gzip" }), body: "not gzip" });
    expect(JSON.parse(gzip.body)).toMatchObject({ __type: "SerializationException" });
    const number = await raw({
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "Action=CreateRole&Version=2010-05-08&RoleName=r&AssumeRolePolicyDocument=x&MaxSessionDuration=long",
    });
    expect(number.body).toContain("<Code>MalformedInput</Code>");
  });

  it("is refused with a broken signature, and served unsigned", async () => {
    const broken = await raw({ headers: target("CreateCluster", { authorization: "AWS4-HMAC-SHA256 Credential=broken" }), body: "{}" });
    expect([broken.status, JSON.parse(broken.body).__type]).toEqual([400, "IncompleteSignature"]);
    await raw({ headers: target("CreateCluster"), body: "{}" });
    expect(seen.region).toBe("us-east-1");
  });

  it("is refused when a page of another site sends it", async () => {
    const reply = await raw({ headers: target("CreateCluster", { origin: "https://evil.example" }), body: "{}" });
    expect(reply.status).toBe(403);
  });

  it("names the service and operation that nobody answers", async () => {
    const reply = await raw({
      headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.ListTables" },
      body: "{}",
    });
    expect([reply.status, JSON.parse(reply.body).message]).toEqual([
      501,
      "The local platform does not implement DynamoDB_20120810.ListTables",
    ]);
  });

  it("may be answered by a route of its own", async () => {
    expect((await raw({ method: "GET", path: "/v2/" })).body).toBe("registry");
  });
});

describe("a call inside the platform", () => {
  it("meets the same validation and the same exceptions", async () => {
    await expect(gateway.call("ecs", "CreateCluster", { clusterName: "in" }, { region: "eu-north-1" })).resolves.toMatchObject({
      cluster: { clusterName: "in" },
    });
    expect(seen.region).toBe("eu-north-1");
    await expect(gateway.call("ecs", "DescribeServices", { services: [] }, { region: "x" })).rejects.toBeInstanceOf(
      ClusterNotFoundException,
    );
    await expect(gateway.call("iam", "CreateRole", {} as never, { region: "x" })).rejects.toMatchObject({ name: "ValidationError" });
    await expect(gateway.call("ecs", "CreateCluster", { clusterName: 7 as never }, { region: "x" })).rejects.toMatchObject({
      name: "SerializationException",
    });
    await expect(gateway.call("ssm", "GetParameter", { Name: "n" }, { region: "x" })).rejects.toMatchObject({
      name: "NotImplemented",
      message: "The local platform does not implement ssm:GetParameter",
    });
  });
});
