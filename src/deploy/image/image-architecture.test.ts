import { createServer } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Aws, connectAws } from "../../aws/aws.ts";
import type { DeployEvent } from "../events.ts";
import { inConfiguration, inManifest, refuseOtherArchitecture } from "./image-architecture.ts";

const index = (...platforms: readonly (object | undefined)[]): string =>
  JSON.stringify({ schemaVersion: 2, manifests: platforms.map((platform) => ({ digest: "sha256:0", size: 1, platform })) });

describe("what a manifest says of processors", () => {
  it("an index names them, by Fargate's names, each once", () => {
    const said = inManifest(
      index(
        { os: "linux", architecture: "arm64", variant: "v8" },
        { os: "linux", architecture: "amd64" },
        { os: "linux", architecture: "amd64" },
      ),
    );
    expect(said).toEqual({ architectures: ["arm64", "x86_64"] });
  });

  it("attestations and other systems' images do not count", () => {
    const attestation = { os: "unknown", architecture: "unknown" };
    expect(inManifest(index({ os: "linux", architecture: "arm64" }, attestation, { os: "windows", architecture: "amd64" }))).toEqual({
      architectures: ["arm64"],
    });
    expect(inManifest(index(attestation))).toBeUndefined();
  });

  it("an index with an entry for any platform says nothing", () => {
    expect(inManifest(index({ os: "linux", architecture: "arm64" }, undefined))).toBeUndefined();
  });

  it("a single image has it in its configuration", () => {
    expect(inManifest(JSON.stringify({ schemaVersion: 2, config: { digest: "sha256:1" }, layers: [] }))).toEqual({ config: "sha256:1" });
    expect(inConfiguration('{"architecture":"amd64","os":"linux"}')).toBe("x86_64");
    expect(inConfiguration('{"architecture":"arm64"}')).toBe("arm64");
    expect(inConfiguration('{"architecture":"s390x"}')).toBe("s390x");
  });

  it.each(["", "no", "null", "7", "[]", "{}", '{"manifests":[]}', '{"manifests":[null]}', '{"config":{}}', '{"config":{"digest":7}}'])(
    "anything else says nothing: %s",
    (text) => {
      expect(inManifest(text)).toBeUndefined();
    },
  );

  it.each(["", "null", "[]", "{}", '{"architecture":""}', '{"architecture":7}'])("no configuration says nothing: %s", (text) => {
    expect(inConfiguration(text)).toBeUndefined();
  });
});

describe("a registry", () => {
  const asked: string[] = [];
  let refusal: string;
  // An endpoint that refuses, as AWS does in JSON protocols.
  const server = createServer((request, response) => {
    asked.push(String(request.headers["x-amz-target"]).split(".")[1] ?? "");
    response.writeHead(400, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify({ __type: refusal, message: "not authorized to perform: ecr:BatchGetImage" }));
  });
  let aws: Aws;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    aws = connectAws({ endpoint: `http://127.0.0.1:${port}`, region: "eu-central-1", anyCredentials: true });
  });
  afterAll(() => {
    aws.close();
    server.close();
  });
  beforeEach(() => {
    asked.length = 0;
  });

  /** What is told of an image whose registry does not say for which processor it is. */
  async function told(reference: string): Promise<readonly unknown[]> {
    const events: DeployEvent[] = [];
    const { signal } = new AbortController();
    const place = { account: "123456789012", region: "eu-central-1" };
    const tools = { aws, signal, tell: (event: object) => events.push(event as DeployEvent) };
    await refuseOtherArchitecture({ subject: "items", reference, architecture: "x86_64", place }, tools as never);
    return events;
  }

  it("that does not let the caller ask hinders nothing, and the deployment says so", async () => {
    refusal = "AccessDeniedException";
    expect(await told("123456789012.dkr.ecr.eu-central-1.amazonaws.com/items:1")).toMatchObject([
      {
        type: "note",
        text: "whether the image of items is made for x86_64 could not be asked: not authorized to perform: ecr:BatchGetImage",
      },
    ]);
    expect(asked).toEqual(["BatchGetImage"]);
  });

  it("without the repository says nothing: that the image is not there is told elsewhere", async () => {
    refusal = "RepositoryNotFoundException";
    expect(await told("123456789012.dkr.ecr.eu-central-1.amazonaws.com/items:1")).toEqual([]);
  });

  it.each(["nginx:1.27", "public.ecr.aws/nginx/nginx:1.27", "123456789012.dkr.ecr.us-east-1.amazonaws.com/items:1"])(
    "that is not ECR here is not asked, and nothing is guessed: %s",
    async (reference) => {
      expect(await told(reference)).toEqual([]);
      expect(asked).toEqual([]);
    },
  );
});
