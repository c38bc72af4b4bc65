import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { root, World } from "../support/world.ts";

const noCredentials = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", AWS_EC2_METADATA_DISABLED: "true", AWS_REGION: "us-east-1" };

describe("a misspelt environment", () => {
  const world = new World();
  afterAll(() => world.end());
  const command = join(root, "bin", "fsd");
  const fsd = (folder: string, ...args: string[]) =>
    world.run("sh", ["-c", 'cd "$1" && shift && exec "$@"', "sh", folder, process.execPath, command, ...args], noCredentials);

  it.each([["status"], ["logs", "items"], ["run", "etl"], ["delete", "items", "--yes"]])(
    "that means local is said so before anyone looks for AWS: %s",
    async (...args) => {
      const refused = await fsd(world.folder, ...args, "--env", "locla");
      expect(refused).toMatchObject({ status: 2, stdout: "" });
      expect(refused.stderr).toContain("no manifest here knows an environment locla");
      expect(refused.stderr).toContain("did you mean local?");
    },
  );

  it("that cannot be one is refused, and one that the manifests here nearly know is named beside what AWS lacks", async () => {
    const folder = world.write("config", {
      "fsd.yml":
        'apiVersion: fsd/v1\nkind: Environment\nmetadata: {name: prod}\nenvironment: {account: "111122223333", region: us-east-1}\n---\napiVersion: fsd/v1\nkind: Environment\nmetadata: {name: locale}\nenvironment: {account: "111122223333", region: us-east-1}\n',
    });
    const spelt = await fsd(folder, "status", "--env", "Prod");
    expect(spelt).toMatchObject({ status: 2, stdout: "" });
    expect(spelt.stderr).toMatch(/"Prod" is not an environment's name\n.*did you mean prod\?/);
    const near = await fsd(folder, "status", "--env", "prodd");
    expect(near).toMatchObject({ status: 1, stdout: "" });
    expect(near.stderr).toMatch(/FSD7002 .*\n.*did you mean prod\? else log in/);
    // Near `local`, and yet an environment of its own.
    const own = await fsd(folder, "status", "--env", "locale");
    expect(own.stderr).toMatch(/FSD7002 .*\n.*→ log in/);
  });
});
