import { IAM } from "@aws-sdk/client-iam";
import { describe, expect, it } from "vitest";
import type { KeptApproval } from "../../src/deploy/protection/approval.ts";
import { said } from "../support/outcome.ts";
import { beginProtected } from "../support/protected-world.ts";

describe("protect: true", () => {
  it("protects what stands already, is not withdrawn by leaving it out, and is by --unprotect", async () => {
    const { world, endpoint, write, isProtected } = await beginProtected();
    expect(await world.fsd("deploy", "-f", write("local", { protect: false }), "--yes")).toExitWith(0);
    const { image } = await world.json<{ image: string }>("status", "items");
    const place = ["--env", "prod", "--endpoint", endpoint, "--region", "us-east-1"];
    const deploy = (...more: string[]) => world.fsd("deploy", "-f", `${world.folder}/prod`, ...place, "--image", image, "--yes", ...more);
    write("prod", { protect: false });
    const plain = await deploy();
    expect(plain).toExitWith(0);
    expect([await isProtected("fsd-prod"), await isProtected("fsd-prod-items")]).toEqual([false, false]);

    write("prod");
    const contradicted = await deploy("--unprotect");
    expect(contradicted).toMatchObject({ status: 2, stderr: expect.stringContaining("its document says protect: true") });
    const guarded = await deploy();
    expect(guarded).toExitWith(0);
    const recorded = await world.json<KeptApproval[]>("approvals", ...place);
    expect(recorded.map(({ service, about }) => [service, about])).toEqual([
      ["items", "protects fsd-prod-items from deletion"],
      [null, "protects fsd-prod from deletion"],
    ]);
    expect([await isProtected("fsd-prod"), await isProtected("fsd-prod-items")]).toEqual([true, true]);

    write("prod", { protect: false });
    const forgotten = await deploy();
    expect(forgotten).toExitWith(0);
    expect(forgotten.stdout).toMatch(/fsd-prod is protected, though the document of prod does not say protect: true; .*--unprotect/);
    expect([await isProtected("fsd-prod"), await isProtected("fsd-prod-items")]).toEqual([true, true]);
    expect(await world.fsd("delete", "items", ...place, "--yes")).toMatchObject({ status: 1, stderr: expect.stringContaining("FSD8010") });

    const withdrawn = await deploy("--unprotect");
    expect(withdrawn).toExitWith(0);
    expect([await isProtected("fsd-prod"), await isProtected("fsd-prod-items")]).toEqual([false, false]);
    const [latest] = await world.json<KeptApproval[]>("approvals", ...place, "--tail", "1");
    expect(latest).toMatchObject({
      ...{ service: null, about: "withdraws the termination protection of fsd-prod-items, fsd-prod" },
    });
    expect(await world.fsd("delete", "items", ...place, "--yes")).toExitWith(0);
  });

  it("leaves a service frozen that a failed deployment has frozen, also when the document protects no longer", async () => {
    const { world, endpoint, write } = await beginProtected();
    expect(await world.fsd("deploy", "-f", write("local", { protect: false }), "--yes")).toExitWith(0);
    const { image } = await world.json<{ image: string }>("status", "items");
    const place = ["--env", "prod", "--endpoint", endpoint, "--region", "us-east-1"];
    const deploy = (...more: string[]) => world.fsd("deploy", "-f", `${world.folder}/prod`, ...place, "--image", image, "--yes", ...more);
    write("prod");
    expect(await deploy()).toExitWith(0);
    expect(await deploy("--override", 'service.command=["node", "-e", "process.exit(3)"]')).toExitWith(4);
    write("prod", { protect: false });
    const refused = await deploy();
    expect(refused).toExitWith(1);
    expect(said(refused)).toMatch(/FSD8008 items on prod is frozen since .*, when a deployment was rolled back/);
    const withdrawing = await deploy("--unprotect");
    expect(withdrawing).toExitWith(1);
    expect(said(withdrawing)).toMatch(/FSD8008/);
    expect(await world.fsd("unfreeze", "items", ...place, "--reason", "mended", "--yes")).toExitWith(0);
    expect(await deploy()).toExitWith(0);
  });

  it("records the person who deploys, not the role that is assumed for it", async () => {
    const { world, settings, write, approvals } = await beginProtected();
    await new IAM(settings).createRole({
      RoleName: "deployer",
      AssumeRolePolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
      }),
    });
    const folder = write("local", { surroundings: "  roles: {deployRoleArn: arn:aws:iam::000000000000:role/deployer}\n" });
    const outcome = await world.fsd("deploy", "-f", folder, "--yes");
    expect(outcome).toExitWith(0);
    for (const { by } of await approvals()) expect(by).toBe("arn:aws:iam::000000000000:root");
  });
});
