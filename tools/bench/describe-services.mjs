import { spawn, spawnSync } from "node:child_process";
import { Agent, request } from "undici";
import { freePort, line, skipped, startPlatform } from "./measure.mjs";

export const name = "describe-services";
const what = "ECS DescribeServices over HTTP, 16 connections";

export async function run() {
  if (spawnSync("python3", ["-c", "import moto.server"], { stdio: "ignore" }).status !== 0)
    return [skipped(what, "moto_server", "python3 has no moto.server")];
  const platform = await startPlatform();
  const port = await freePort();
  const moto = spawn("python3", ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
  try {
    const ours = await rate(platform.endpoint, 8_000);
    const theirs = await rate(`http://127.0.0.1:${port}`, 600);
    return [
      line(
        what,
        "moto_server",
        `${Math.round(ours)}/s to ${Math.round(theirs)}/s, ${(ours / theirs).toFixed(1)}×`,
        "at least 10×",
        ours >= 10 * theirs,
      ),
    ];
  } finally {
    moto.kill("SIGKILL");
    await platform.end();
  }
}

async function rate(endpoint, requests) {
  const agent = new Agent({ connections: 16 });
  const ecs = async (operation, body) => {
    const response = await request(endpoint, {
      dispatcher: agent,
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `AmazonEC2ContainerServiceV20141113.${operation}`,
        authorization: "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/ecs/aws4_request, SignedHeaders=host, Signature=00",
      },
      body: JSON.stringify(body),
    });
    const text = await response.body.text();
    if (response.statusCode !== 200) throw new Error(`${operation}: ${response.statusCode} ${text}`);
    return JSON.parse(text);
  };
  for (let attempt = 0; ; attempt++) {
    try {
      await ecs("CreateCluster", { clusterName: "bench" });
      break;
    } catch (failure) {
      if (attempt > 600) throw failure;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  await ecs("RegisterTaskDefinition", {
    family: "bench",
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    cpu: "256",
    memory: "512",
    containerDefinitions: [{ name: "app", image: "app:1", essential: true }],
  });
  await ecs("CreateService", {
    cluster: "bench",
    serviceName: "bench",
    taskDefinition: "bench",
    desiredCount: 0,
    launchType: "FARGATE",
    networkConfiguration: { awsvpcConfiguration: { ...(await createNetwork(endpoint)) } },
  });
  let left = Math.ceil(requests / 10);
  const ask = async () => {
    while (left-- > 0) {
      const { services } = await ecs("DescribeServices", { cluster: "bench", services: ["bench"] });
      if (services?.[0]?.serviceName !== "bench") throw new Error("DescribeServices did not describe the service");
    }
  };
  await Promise.all(Array.from({ length: 16 }, ask));
  left = requests;
  const start = performance.now();
  await Promise.all(Array.from({ length: 16 }, ask));
  const seconds = (performance.now() - start) / 1000;
  await agent.close();
  return requests / seconds;
}

async function createNetwork(endpoint) {
  const ec2 = async (parameters, element) => {
    const response = await request(endpoint, {
      method: "POST",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        authorization: "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=00",
      },
      body: new URLSearchParams({ Version: "2016-11-15", ...parameters }).toString(),
    });
    const text = await response.body.text();
    const id = new RegExp(`<${element}>([^<]+)</${element}>`).exec(text)?.[1];
    if (id === undefined) throw new Error(`${parameters.Action}: ${response.statusCode} ${text}`);
    return id;
  };
  const vpc = await ec2({ Action: "CreateVpc", CidrBlock: "10.9.0.0/16" }, "vpcId");
  return {
    subnets: [await ec2({ Action: "CreateSubnet", VpcId: vpc, CidrBlock: "10.9.0.0/24" }, "subnetId")],
    securityGroups: [await ec2({ Action: "CreateSecurityGroup", VpcId: vpc, GroupName: "bench", GroupDescription: "bench" }, "groupId")],
  };
}
