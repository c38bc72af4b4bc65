/** Dockerfiles of which this machine can make no image: what is said, and what is changed by then. */
import { CloudFormation } from "@aws-sdk/client-cloudformation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Outcome } from "../support/outcome.ts";
import { serviceFiles } from "../support/service.ts";
import { World } from "../support/world.ts";

const world = new World();
let cloudFormation: CloudFormation;
beforeAll(async () => {
  const { endpoint } = await world.up();
  cloudFormation = new CloudFormation({ endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } });
});
afterAll(async () => {
  cloudFormation.destroy();
  await world.end();
});

function deploy(name: string, change: (files: Record<string, string>) => Record<string, string | undefined>): Promise<Outcome> {
  const files = change(serviceFiles(name, { version: "1", count: 1 }));
  const there = Object.entries(files).flatMap(([file, text]) => (text === undefined ? [] : [[file, text]]));
  return world.fsd("deploy", "-f", `${world.write(name, Object.fromEntries(there))}/fsd.yml`, "--yes");
}

describe("a build that cannot be read", () => {
  it.each([
    [
      "bare",
      "has no Dockerfile",
      (files) => ({ ...files, Dockerfile: undefined }),
      /FSD8003 there is no Dockerfile in the build context \S+bare\n/,
    ],
    [
      "lost",
      "names a folder that is not there",
      ({ "fsd.yml": manifest = "", ...files }) => ({ ...files, "fsd.yml": manifest.replace("context: .", "context: ./api") }),
      /FSD8003 there is no build context \S+lost\/api\n/,
    ],
  ] as const satisfies readonly (readonly [string, string, Parameters<typeof deploy>[1], RegExp])[])(
    "is refused before anything is changed: %s, which %s",
    async (name, _situation, change, message) => {
      const refused = await deploy(name, change);
      expect(refused).toExitWith(2);
      expect(refused.stderr).toMatch(message);
      expect(refused.stderr).toContain("build.context names the folder, build.dockerfile the Dockerfile in it");
      expect((await cloudFormation.describeStacks({})).Stacks).toEqual([]);
    },
  );
});

describe("a Dockerfile that copies what is not there", () => {
  it("is the cause, with its line, and not an image that nobody pushed", async () => {
    const failed = await deploy("copies", ({ "server.js": _left, ...files }) => files);
    expect(failed).toExitWith(1);
    expect(failed.stdout).toMatch(
      /cause +no image can be made of the Dockerfile: line 3: COPY server\.js: not found in the build context\n[\s\S]*fix +correct line 3: server\.js must lie in build\.context\n/,
    );
    expect(failed.stdout).not.toContain("was pushed");
  });
});
