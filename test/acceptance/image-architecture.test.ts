/** Images for one processor and for several, pushed to the platform's own registry, and what is deployed of them. */
import { createHash } from "node:crypto";
import { ECR } from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Outcome, said } from "../support/outcome.ts";
import { serviceFiles } from "../support/service.ts";
import { World } from "../support/world.ts";

const world = new World();
let endpoint: string;
let ecr: ECR;
/** By digest: the same program for each processor, and an index of both. */
const images = { x86_64: "", arm64: "", both: "", arm64Only: "" };

const digestOf = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;
const repositoryName = "items";
const oci = (kind: string): string => `application/vnd.oci.image.${kind}.v1+json`;

async function pushed(manifest: string, mediaType: string): Promise<string> {
  const { image } = await ecr.putImage({ repositoryName, imageManifest: manifest, imageManifestMediaType: mediaType });
  return `000000000000.dkr.ecr.us-east-1.amazonaws.com/${repositoryName}@${image?.imageId?.imageDigest}`;
}

/** The image again, made for another processor. */
async function madeFor(architecture: string, manifest: string): Promise<string> {
  const { config, ...rest } = JSON.parse(manifest) as { config: { digest: string; mediaType: string; size: number } };
  const { downloadUrl = "" } = await ecr.getDownloadUrlForLayer({ repositoryName, layerDigest: config.digest });
  const own = JSON.stringify({ ...((await (await fetch(downloadUrl)).json()) as object), architecture });
  const { uploadId = "" } = await ecr.initiateLayerUpload({ repositoryName });
  const bytes = Buffer.from(own);
  await ecr.uploadLayerPart({ repositoryName, uploadId, partFirstByte: 0, partLastByte: bytes.length - 1, layerPartBlob: bytes });
  await ecr.completeLayerUpload({ repositoryName, uploadId, layerDigests: [digestOf(own)] });
  return JSON.stringify({ ...rest, config: { ...config, digest: digestOf(own), size: bytes.length } });
}

const indexOf = (entries: readonly (readonly [architecture: string, image: string])[]): string =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: oci("index"),
    manifests: entries.map(([architecture, image]) => ({
      ...{ mediaType: oci("manifest"), digest: image.slice(image.indexOf("@") + 1), size: 1000 },
      platform: { os: "linux", architecture },
    })),
  });

beforeAll(async () => {
  ({ endpoint } = await world.up());
  ecr = new ECR({ endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } });
  const folder = world.write("built", serviceFiles(repositoryName, { version: "1" }));
  const outcome = await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--env", "local", "--yes");
  expect(outcome).toExitWith(0);
  images.x86_64 = (await world.json<{ image: string }>("status", "--service", repositoryName, "--env", "local")).image;
  const imageDigest = images.x86_64.slice(images.x86_64.indexOf("@") + 1);
  const { images: found = [] } = await ecr.batchGetImage({ repositoryName, imageIds: [{ imageDigest }] });
  images.arm64 = await pushed(await madeFor("arm64", found[0]?.imageManifest ?? ""), oci("manifest"));
  const both = [["amd64", images.x86_64] as const, ["arm64", images.arm64] as const];
  images.both = await pushed(indexOf(both), oci("index"));
  images.arm64Only = await pushed(indexOf(both.slice(1)), oci("index"));
}, 60_000);
afterAll(() => world.end());

const environment =
  "apiVersion: fsd/v1\nkind: Environment\nmetadata: {name: dev}\nenvironment: {region: us-east-1, loadBalancers: {internal: {}}}\n";

function manifest(architecture: string): string {
  const { "fsd.yml": text = "" } = serviceFiles(repositoryName, { version: "any" });
  const folder = world.write("shipped", {
    "fsd.yml": text.replace("  build: {context: .}\n", "").replace("resources: {", `resources: {architecture: ${architecture}, `),
    "environments.yml": environment,
  });
  return folder;
}

const deploy = (architecture: string, ...more: string[]): Promise<Outcome> =>
  world.fsd("deploy", "-f", manifest(architecture), "--env", "dev", "--yes", "--endpoint", endpoint, ...more);

const standing = async (): Promise<number> =>
  (await world.fsd("status", "--service", repositoryName, "--env", "dev", "--endpoint", endpoint, "--region", "us-east-1")).status;

describe("a service on another processor than its image's", () => {
  it.each([
    ["x86_64", "arm64", "linux/amd64"],
    ["x86_64", "arm64Only", "linux/amd64"],
    ["arm64", "x86_64", "linux/arm64"],
  ] as const)("is refused before anything changes (%s, image %s)", async (architecture, image, platform) => {
    const made = image === "x86_64" ? "x86_64" : "arm64";
    const refused = await deploy(architecture, "--image", images[image]);
    expect(refused).toExitWith(2);
    const text = said(refused);
    expect(text).toContain(`FSD8012 the image of items is made for ${made}, and the task runs on ${architecture}: ${images[image]}`);
    expect(text).toContain(`docker build --platform ${platform}`);
    expect(text).toContain(`write architecture: ${made} under resources`);
    // Not even the environment was made.
    expect(await standing()).not.toBe(0);
  });

  it("is refused on local as well, and what runs there goes on", async () => {
    const before = await world.status(repositoryName);
    const refused = await world.fsd("deploy", "-f", manifest("x86_64"), "--env", "local", "--yes", "--image", images.arm64);
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining("FSD8012") });
    expect(refused.stdout).not.toMatch(/environment/);
    expect(await world.status(repositoryName)).toMatchObject({ liveRevision: before.liveRevision, running: 2 });
  });

  it("is refused when it is a side container's image, or the one that is live", async () => {
    const admitted = await deploy("x86_64", "--image", images.x86_64);
    expect(admitted).toExitWith(0);

    const live = await deploy("arm64");
    expect(said(live)).toContain("FSD8012 the image of items is made for x86_64, and the task runs on arm64");
    expect(live).toExitWith(2);

    const folder = manifest("x86_64");
    const { "fsd.yml": text = "" } = serviceFiles(repositoryName, { version: "any" });
    const sidecars = `  sidecars: [{name: envoy, image: "${images.arm64}", essential: false}]\n`;
    world.write("shipped", { "fsd.yml": text.replace("  build: {context: .}\n", sidecars) });
    const beside = await world.fsd("deploy", "-f", folder, "--env", "dev", "--yes", "--endpoint", endpoint);
    expect(said(beside)).toContain("FSD8012 the image of envoy beside items is made for arm64");
  }, 120_000);
});

describe("an image for several processors", () => {
  it("is deployed on either", async () => {
    const outcome = await deploy("x86_64", "--image", images.both);
    expect(outcome).toExitWith(0);
    expect(said(outcome)).not.toContain("could not be asked");
  }, 120_000);
});
