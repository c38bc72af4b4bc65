import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from "@aws-sdk/client-cloudformation";
import { DescribeTagsCommand, ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { Agent, request } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/kit/json.ts";
import { guardedTemplate } from "../support/guarded-template.ts";
import { eventually, World } from "../support/world.ts";

const ISSUER = "https://login.example/";

describe("a template whose listener validates tokens", () => {
  const world = new World();
  // The platform's authority is made in its state directory; whom it certifies is not the matter here.
  const trusting = new Agent({ connect: { rejectUnauthorized: false } });
  let cloudFormation: CloudFormationClient;
  let elb: ElasticLoadBalancingV2Client;
  let provider: Server;
  let jwks = "";
  let token = "";

  beforeAll(async () => {
    const { publicKey, privateKey } = await generateKeyPair("RS256");
    const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: "one" }] };
    token = await new SignJWT({ iss: ISSUER, scope: "read write", exp: Math.floor(Date.now() / 1000) + 600 })
      .setProtectedHeader({ alg: "RS256", kid: "one" })
      .sign(privateKey);
    provider = createServer((_, response) => response.end(JSON.stringify(keys)));
    await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
    jwks = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/keys`;
    const { endpoint } = await world.up();
    const connection = { endpoint, region: "us-east-1", credentials: { accessKeyId: "local", secretAccessKey: "local" } };
    cloudFormation = new CloudFormationClient(connection);
    elb = new ElasticLoadBalancingV2Client(connection);
  });
  afterAll(async () => {
    cloudFormation.destroy();
    elb.destroy();
    provider.closeAllConnections();
    provider.close();
    await Promise.all([trusting.close(), world.end()]);
  });

  /** A load balancer whose every request is answered with 204 when its token holds. */
  const template = (jwtValidation: JsonObject): string =>
    guardedTemplate({ Type: "jwt-validation", JwtValidationConfig: { JwksEndpoint: jwks, Issuer: ISSUER, ...jwtValidation } });
  const ended = (): Promise<string> =>
    eventually("the stack ends", async () => {
      const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName: "guarded" }));
      const status = Stacks[0]?.StackStatus ?? "";
      return !/IN_PROGRESS$/.test(status) && status;
    });
  const status = async (authorization?: string): Promise<number> => {
    const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName: "guarded" }));
    const arn = Stacks[0]?.Outputs?.[0]?.OutputValue ?? "";
    const { TagDescriptions = [] } = await elb.send(new DescribeTagsCommand({ ResourceArns: [arn] }));
    const port = TagDescriptions[0]?.Tags?.find(({ Key }) => Key === "aws:fsd:host-port")?.Value;
    const headers = authorization === undefined ? {} : { authorization };
    const { statusCode, body } = await request(`https://127.0.0.1:${port}/`, { dispatcher: trusting, headers });
    await body.dump();
    return statusCode;
  };

  it("lets through who has one that holds, and asks for more when it is updated", async () => {
    await cloudFormation.send(new CreateStackCommand({ StackName: "guarded", TemplateBody: template({}) }));
    expect(await ended()).toBe("CREATE_COMPLETE");
    expect(await status()).toBe(401);
    expect(await status(`Bearer ${token}`)).toBe(204);

    const AdditionalClaims = [{ Name: "scope", Format: "space-separated-values", Values: ["read", "admin"] }];
    await cloudFormation.send(new UpdateStackCommand({ StackName: "guarded", TemplateBody: template({ AdditionalClaims }) }));
    expect(await ended()).toBe("UPDATE_COMPLETE");
    expect(await status(`Bearer ${token}`)).toBe(401);
  });

  it("is told what is wrong with it, and what was there stays", async () => {
    const AdditionalClaims = [{ Name: "exp", Format: "single-string", Values: ["1"] }];
    await cloudFormation.send(new UpdateStackCommand({ StackName: "guarded", TemplateBody: template({ AdditionalClaims }) }));
    expect(await ended()).toBe("UPDATE_ROLLBACK_COMPLETE");
    const { StackEvents = [] } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName: "guarded" }));
    const failed = StackEvents.find(({ ResourceStatus }) => ResourceStatus === "UPDATE_FAILED");
    expect(failed).toMatchObject({
      LogicalResourceId: "Listener",
      ResourceStatusReason: expect.stringContaining("'exp' is validated by default"),
    });
    expect(await status()).toBe(401);
  });
});
