/** Images whose scan has found something: what is let into an environment, what is asked for, what is not. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Outcome, said } from "../support/outcome.ts";
import { serviceFiles } from "../support/service.ts";
import { World } from "../support/world.ts";

const world = new World();
let endpoint: string;
beforeAll(async () => {
  ({ endpoint } = await world.up());
});
afterAll(() => world.end());

/** The platform scans nothing: this is what a scan would have found. */
function found(...severities: readonly string[]): void {
  const findings = severities.map((severity, index) => ({
    name: `CVE-2026-${index + 1}`,
    severity,
    package: "openssl",
    version: "3.0.11",
  }));
  writeFileSync(join(world.stateDir, "scan-findings.json"), JSON.stringify({ items: findings }));
}

function local(version: string, ...flags: string[]): Promise<Outcome> {
  const folder = world.write("items", serviceFiles("items", { version }));
  return world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--env", "local", ...flags);
}

function dev(image: string, ...flags: string[]): Promise<Outcome> {
  const { "fsd.yml": manifest = "" } = serviceFiles("items", { version: "any" });
  const folder = world.write("shipped", {
    "fsd.yml": manifest.replace("  build: {context: .}\n", ""),
    "environments.yml":
      "apiVersion: fsd/v1\nkind: Environment\nmetadata: {name: dev}\nenvironment: {region: us-east-1, loadBalancers: {internal: {}}}\n",
  });
  return world.fsd("deploy", "-f", folder, "--env", "dev", "--image", image, "--endpoint", endpoint, ...flags);
}

describe("the scan gate", () => {
  it("blocks, asks, notes and lets through, before anything of the service changes", async () => {
    // Nothing laid ready: this machine's images are not scanned, and nobody is asked about that.
    const first = await local("1", "--yes");
    expect(first).toExitWith(0);
    expect(said(first)).not.toMatch(/scan|findings/);
    const { image } = await world.json<{ image: string }>("status", "--service", "items");

    found("LOW", "CRITICAL", "HIGH");
    const blocked = await local("2", "--yes");
    expect(blocked).toExitWith(1);
    expect(said(blocked)).toContain(
      "FSD8009 the image of items is not let into local: 1 critical, 1 high: CVE-2026-2 (openssl 3.0.11), CVE-2026-3 (openssl 3.0.11)",
    );
    expect(await world.json("status", "--service", "items")).toMatchObject({ image, deployments: [{ rolloutState: "COMPLETED" }] });

    found("MEDIUM");
    const unasked = await local("2");
    expect(unasked).toExitWith(3);
    expect(said(unasked)).toMatch(/FSD5003 The image of items: 1 medium: CVE-2026-1 .*There is no terminal to ask on/);
    const agreed = await local("2", "--yes");
    expect(agreed).toExitWith(0);
    expect(said(agreed)).toContain("its image needs someone's word: 1 medium");

    found("CRITICAL");
    // What runs already is not judged again.
    expect(await local("2", "--yes")).toExitWith(0);
    found("LOW", "LOW");
    const noted = await local("3", "--yes");
    expect(noted).toExitWith(0);
    expect(said(noted)).toContain("its image has findings: 2 low: CVE-2026-1 (openssl 3.0.11), CVE-2026-2 (openssl 3.0.11)");
  });

  it("of another environment leaves even the environment unmade, and takes what was never scanned only on someone's word", async () => {
    const { image } = await world.json<{ image: string }>("status", "--service", "items");
    found("HIGH");
    const blocked = await dev(image, "--yes");
    expect(blocked).toExitWith(1);
    expect(said(blocked)).toContain("FSD8009 the image of items is not let into dev: 1 high");
    expect(said(blocked)).not.toContain("environment dev");
    writeFileSync(join(world.stateDir, "scan-findings.json"), "{}");
    const unseen = await dev(image, "--yes");
    expect(unseen).toExitWith(0);
    expect(said(unseen)).toContain("its image needs someone's word: nobody has looked for vulnerabilities: it was never scanned");
  });
});
