import { createServer } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectAws } from "../aws/aws.ts";
import { connectSecretStores } from "../aws/secret-stores.ts";
import { SystemClock } from "../kit/clock.ts";
import { loadManifests } from "../manifest/load.ts";
import { deploy } from "./deploy.ts";

const manifest = `apiVersion: fsd/v1
kind: Environment
metadata: {name: prod}
environment: {account: "123456789012", region: eu-central-1}
---
apiVersion: fsd/v1
kind: Service
metadata: {name: items}
service:
  type: ecs
  image: 123456789012.dkr.ecr.eu-central-1.amazonaws.com/items:1
  port: 8000
`;

describe("a deployment to AWS", () => {
  const asked: string[] = [];
  // An endpoint that knows who calls, and nothing else.
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      asked.push(new URLSearchParams(body).get("Action") ?? String(request.headers["x-amz-target"]));
      response.setHeader("content-type", "text/xml");
      response.end(
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>999999999999</Account></GetCallerIdentityResult></GetCallerIdentityResponse>",
      );
    });
  });
  let endpoint: string;
  beforeEach(async () => {
    asked.length = 0;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    endpoint = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  });
  afterEach(() => server.close());

  it("is refused with the credentials of another account, before any other call is made", async () => {
    const { environment, services, diagnostics } = loadManifests([{ file: "fsd.yml", bytes: Buffer.from(manifest) }], {
      environment: "prod",
    });
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    if (environment === undefined) throw new Error("the manifest describes prod");
    const connection = { endpoint, region: environment.region, anyCredentials: true };
    const aws = connectAws(connection);
    const secretStores = connectSecretStores(connection);
    const { signal } = new AbortController();
    const given = { environment, documents: services, wishes: {}, cwd: "/", fsdVersion: "1.0.0", takeOver: false };
    const jobServices = () => Promise.reject(new Error("there is no job"));
    const agree = () => Promise.reject(new Error("nothing is asked"));
    const cloudWatch = () => Promise.reject(new Error("nothing is watched"));
    const roles = () => Promise.reject(new Error("no role is looked at"));
    const events = deploy({ aws, secretStores, jobServices, cloudWatch, roles, agree, clock: new SystemClock(), signal, ...given });
    await expect(events.next()).rejects.toMatchObject({
      code: "FSD7001",
      message: "these credentials are of account 999999999999, the environment prod is in 123456789012",
    });
    expect(asked).toEqual(["GetCallerIdentity"]);
    aws.close();
    secretStores.close();
  });
});
