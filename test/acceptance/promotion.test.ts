/** Environments that take images only from one another, each a set of stacks on one platform. */
import { ECR } from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Outcome, said } from "../support/outcome.ts";
import { serviceFiles } from "../support/service.ts";
import { World } from "../support/world.ts";

const world = new World();
let endpoint: string;
let ecr: ECR;
beforeAll(async () => {
  ({ endpoint } = await world.up());
  ecr = new ECR({ endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } });
});
afterAll(() => world.end());

const environment = (name: string, more = ""): string =>
  `apiVersion: fsd/v1\nkind: Environment\nmetadata: {name: ${name}}\nenvironment:\n  region: us-east-1\n  loadBalancers: {internal: {}}\n${more}`;

/** Builds on this machine: a version's image, by digest. */
async function built(version: string): Promise<string> {
  const folder = world.write("items", serviceFiles("items", { version }));
  const outcome = await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--env", "local", "--yes");
  expect(outcome).toExitWith(0);
  return (await world.json<{ image: string }>("status", "--service", "items", "--env", "local")).image;
}

function deploy(to: string, ...more: string[]): Promise<Outcome> {
  const { "fsd.yml": manifest = "" } = serviceFiles("items", { version: "any" });
  const folder = world.write("shipped", {
    // What another environment runs is built elsewhere.
    "fsd.yml": manifest.replace("  build: {context: .}\n", ""),
    "environments.yml": [environment("dev"), environment("prod", "  promoteFrom: dev\n")].join("---\n"),
  });
  return world.fsd("deploy", "-f", folder, "--env", to, "--yes", "--endpoint", endpoint, ...more);
}

async function runs(env: string): Promise<string> {
  const flags = ["status", "--service", "items", "--env", env, "--endpoint", endpoint, "--region", "us-east-1"];
  return (await world.json<{ image: string }>(...flags)).image;
}

async function tagged(imageTag: string): Promise<string | undefined> {
  const { imageDetails = [] } = await ecr.describeImages({ repositoryName: "items", imageIds: [{ imageTag }] });
  return imageDetails[0]?.imageDigest;
}

const digestOf = (reference: string): string => reference.slice(reference.indexOf("@") + 1);

describe("an environment that takes its images from another", () => {
  it("gets what is live there, refuses anything else before any change, and keeps or goes back to its own", async () => {
    const [one, two] = [await built("1"), await built("2")];

    const early = await deploy("prod", "--image", one);
    expect(early).toExitWith(1);
    expect(said(early)).toMatch(/FSD8007 no image of items is live in dev: .*fsd-dev-live\n.*fsd deploy --env dev --service items/);
    // Not even the environment was made.
    expect((await world.fsd("status", "--service", "items", "--env", "prod", "--endpoint", endpoint)).status).not.toBe(0);

    const first = await deploy("dev", "--image", one);
    expect(first).toExitWith(0);
    expect(await tagged("fsd-dev-live")).toBe(digestOf(one));

    const refused = await deploy("prod", "--image", two);
    expect(refused).toExitWith(1);
    expect(said(refused)).toMatch(
      new RegExp(`FSD8007 prod takes images from dev only, and \\S+${digestOf(two)} is not live there: ${digestOf(one).slice(0, 19)} is`),
    );

    const promotedOne = await deploy("prod");
    expect(promotedOne).toExitWith(0);
    expect(promotedOne.stdout).toContain(`promotes ${digestOf(one).slice(0, 19)}, which is live in dev`);
    expect(await runs("prod")).toBe(one);

    expect(await deploy("dev", "--image", two)).toExitWith(0);
    expect([await tagged("fsd-dev-live"), await tagged("fsd-dev-rollback")]).toEqual([digestOf(two), digestOf(one)]);
    // Its own image may stay, though the other environment has moved on.
    expect(await deploy("prod", "--image", one)).toMatchObject({ status: 0, stdout: expect.stringMatching(/nothing to do/i) });
    expect(await deploy("prod")).toExitWith(0);
    expect(await runs("prod")).toBe(two);
    expect(await deploy("prod", "--image", one)).toExitWith(0);
    expect(await runs("prod")).toBe(one);
    expect([await tagged("fsd-prod-live"), await tagged("fsd-prod-rollback")]).toEqual([digestOf(one), digestOf(two)]);
  }, 180_000);

  it("cannot judge an image of a registry that it does not see, and says so", async () => {
    const outcome = await deploy("prod", "--image", "public.ecr.aws/docker/library/nginx:1.27");
    expect(outcome).toExitWith(1);
    expect(said(outcome)).toMatch(/FSD8007 .*what is live there is known of images in ECR in us-east-1: public\.ecr\.aws/);
  });
});
