import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { World } from "../support/world.ts";

const manifest = (sidecarImage: string): string => `apiVersion: fsd/v1
kind: Service
metadata: {name: shop}
service:
  type: ecs
  image: acme/shop:v1
  port: 8000
  healthCheck: {path: /health, interval: 5, timeout: 2, healthyThreshold: 2, unhealthyThreshold: 2, gracePeriod: 10}
  resources: {cpu: 256, memory: 512, desiredCount: 1}
  sidecars: [{name: envoy, image: "${sidecarImage}", essential: false}]
  observability: {metrics: {enabled: true}}
  networking: {loadBalancer: {deregistrationDelay: 5}}
`;

const program = (text: string): Record<string, string> => ({
  Dockerfile: 'FROM node:20-slim\nWORKDIR /app\nCOPY server.js .\nCMD ["node", "server.js"]\n',
  "server.js": `${text}\nprocess.on("SIGTERM", () => process.exit(0));\n`,
});

const folderOf = (name: string, files: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([file, text]) => [`${name}/${file}`, text]));

const standIns = `apiVersion: fsd/v1
kind: Environment
metadata: {name: local}
environment: {local: {images: {"acme/shop:v1": ./shop, "envoyproxy/envoy:v1": ./envoy}}}
`;

const files = {
  "fsd.yml": manifest("envoyproxy/envoy:v1"),
  ...folderOf(
    "shop",
    program(`require("node:http").createServer(async (request, response) => {
  if (request.url === "/health") return response.end("ok");
  try { response.end(await (await fetch("http://127.0.0.1:9901/")).text()); } catch (error) { response.statusCode = 503; response.end(String(error)); }
}).listen(8000);`),
  ),
  ...folderOf("envoy", program(`require("node:http").createServer((request, response) => response.end("the stand-in")).listen(9901);`)),
};

describe("images that local cannot pull", () => {
  const world = new World();
  beforeAll(() => world.up());
  afterAll(() => world.end());

  it("without a stand-in a sidecar's is refused before any change, by its line and with the document to write", async () => {
    const folder = world.write("refused", files);
    const refused = await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--yes");
    expect(refused).toExitWith(2);
    expect(refused.stderr).toMatch(/fsd\.yml:10:\d+ error FSD1809 local cannot pull "envoyproxy\/envoy:v1", the image of envoy/);
    expect(refused.stderr).toContain('{local: {images: {"envoyproxy/envoy:v1": ./envoy}}}');
    expect(await world.json<unknown[]>("status")).toEqual([]);
  });

  it.each(["nginx:1.27", "public.ecr.aws/nginx/nginx:1.27"])(
    "without a stand-in the service's own %s is refused before any change",
    async (image) => {
      const text = manifest("envoyproxy/envoy:v1").replace("image: acme/shop:v1", `image: ${image}`);
      const folder = world.write("foreign", { ...files, "fsd.yml": text, "local.yml": standIns });
      const refused = await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "-f", `${folder}/local.yml`, "--yes");
      expect(refused).toExitWith(2);
      expect(refused.stderr).toContain(`fsd.yml:6:10 error FSD1809 local cannot pull "${image}", the image of shop`);
      expect(refused.stderr).toContain(`environment: {local: {images: {"${image}": ./shop}}}`);
      expect(await world.json<unknown[]>("status")).toEqual([]);
    },
  );

  it("one of another registry that --image names is refused before any change, and its stand-in runs when there is one", async () => {
    const text = manifest("envoyproxy/envoy:v1");
    const folder = world.write("named", { ...files, "fsd.yml": text, "local.yml": standIns });
    const deploy = (image: string) =>
      world.fsd("deploy", "-f", `${folder}/fsd.yml`, "-f", `${folder}/local.yml`, "--yes", "--image", image);
    const refused = await deploy("docker.io/acme/shop:v2");
    expect(refused).toExitWith(2);
    expect(refused.stderr).toContain('--image:1:1 error FSD1809 local cannot pull "docker.io/acme/shop:v2", the image of shop');
    expect(await world.json<unknown[]>("status")).toEqual([]);

    const admitted = await deploy("acme/shop:v1");
    expect(admitted).toExitWith(0);
    expect(await world.fsd("delete", "shop", "--yes")).toExitWith(0);
  });

  it("a sidecar's that the local registry should have and has not is missed before the service's stack is made", async () => {
    const folder = world.write("missing", {
      ...files,
      "fsd.yml": manifest("${REGISTRY}/envoy:v1"),
      "local.yml": standIns,
    });
    const refused = await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "-f", `${folder}/local.yml`, "--yes");
    expect(refused).toExitWith(2);
    expect(refused.stderr).toContain("FSD8002");
    expect(refused.stderr).toContain("there is no image envoy:v1");
    expect(await world.json<unknown[]>("status")).toEqual([]);
  });

  it("the folders that stand in for them are packed and run, and the collector is said to be left out", async () => {
    const folder = world.write("shop", { ...files, "local.yml": standIns });
    const deploy = (...more: string[]) => world.fsd("deploy", "-f", `${folder}/fsd.yml`, "-f", `${folder}/local.yml`, "--yes", ...more);
    const first = await deploy();
    expect(first).toExitWith(0);
    expect(first.stdout).toContain("envoy runs ./envoy in the place of envoyproxy/envoy:v1");
    expect(first.stdout).toContain("the collector of metrics and traces is left out on local");
    const { url } = await world.status("shop");
    // The sidecar is not essential: the service is live before it listens.
    const answer = async (): Promise<string> => (await fetch(url)).text();
    await expect.poll(answer, { timeout: 20_000 }).toBe("the stand-in");

    const again = await deploy("--output", "json");
    expect(again).toExitWith(0);
    expect(again.stdout).toContain('"outcome":"unchanged"');
  });
});
