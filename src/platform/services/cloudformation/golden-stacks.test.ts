import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { parseTemplate } from "../../../engine/stack/template.ts";
import { loadManifests } from "../../../manifest/load.ts";
import { synthesizeEnvironment } from "../../../synth/environment/synthesize-environment.ts";
import { renderYaml } from "../../../synth/render-yaml.ts";
import { synthesizeService } from "../../../synth/service/synthesize-service.ts";
import { resourceTypes } from "../resource-types.ts";
import { account, GoldenPlatform, region } from "./golden-platform.testing.ts";

/**
 * The templates that synthesis makes, on the platform's own services. Only what a machine would do is simulated: the
 * containers and the packets between load balancer and task.
 */
const golden = new URL("../../../../test/golden/", import.meta.url).pathname;

const platforms: GoldenPlatform[] = [];
afterEach(async () => {
  for (const platform of platforms.splice(0)) await platform.close();
});

/** The stack of the environment that a situation names or describes. */
function environmentTemplate(situation: string): string {
  const { environment } = templatesOf(situation);
  const manifest = { file: "fsd.yml", bytes: readFileSync(join(golden, situation, "fsd.yml")) };
  const isDescribed = environment === "local" || manifest.bytes.includes("kind: Environment");
  const sources = isDescribed ? [manifest] : [manifest, { file: "environment.yml", bytes: environmentOf(environment) }];
  const loaded = loadManifests(sources, { environment });
  if (loaded.environment === undefined) throw new Error(`no environment ${environment}`);
  return renderYaml(synthesizeEnvironment(loaded.environment));
}

function environmentOf(name: string): Buffer {
  const certificateArn = `arn:aws:acm:${region}:${account}:certificate/a1b2c3d4-5678-90ab-cdef-111122223333`;
  return Buffer.from(`apiVersion: fsd/v1
kind: Environment
metadata: {name: ${name}}
environment: {account: "${account}", region: ${region}, loadBalancers: {public: {certificateArn: "${certificateArn}"}, internal: {certificateArn: "${certificateArn}"}}}
`);
}

// A hook waits for an answer from outside, which is another test's business.
const services = readdirSync(golden).filter(
  (situation) => !situation.startsWith("environment-") && !readFileSync(join(golden, situation, "fsd.yml"), "utf8").includes("hooks:"),
);

function templatesOf(situation: string): { environment: string; templates: [name: string, text: string][] } {
  const environment = /^# env: (\w+)/.exec(readFileSync(join(golden, situation, "fsd.yml"), "utf8"))?.[1] ?? "local";
  const files = readdirSync(join(golden, situation)).filter((file) => file.endsWith(".yml") && file !== "fsd.yml");
  return {
    environment,
    templates: files.map((file) => [`fsd-${environment}-${file.replace(".yml", "")}`, readFileSync(join(golden, situation, file), "utf8")]),
  };
}

/** What stands in for the lookups and the build of a deployment. */
async function parametersFor(platform: GoldenPlatform, text: string, image: string): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const [name, { type, default: fallback }] of Object.entries(parseTemplate(text).parameters)) {
    if (name === "ImageUri") values[name] = image;
    else if (fallback === undefined) values[name] = `arn:aws:secretsmanager:${region}:${account}:secret:${name}-AbCdEf`;
    const stored = fallback !== undefined && type.startsWith("AWS::SSM::Parameter::Value<") && !fallback.startsWith("/fsd/");
    if (stored) await platform.call("ssm", "PutParameter", { Name: fallback, Type: "String", Value: "x", Overwrite: true }, { region });
  }
  return values;
}

/** A security group that someone else made, and that the manifest names. */
async function withForeignGroup(platform: GoldenPlatform, text: string): Promise<string> {
  if (!text.includes("sg-0123456789abcdef0")) return text;
  const { Vpcs = [] } = await platform.call("ec2", "DescribeVpcs", {}, { region });
  const group = { GroupName: "foreign", Description: "Of someone else", VpcId: Vpcs[0]?.VpcId };
  const { GroupId = "" } = await platform.call("ec2", "CreateSecurityGroup", group, { region });
  return text.replaceAll("sg-0123456789abcdef0", GroupId);
}

async function withoutForeignGroup(platform: GoldenPlatform): Promise<void> {
  const { SecurityGroups = [] } = await platform.call("ec2", "DescribeSecurityGroups", {}, { region });
  const foreign = SecurityGroups.find(({ GroupName }) => GroupName === "foreign")?.GroupId;
  if (foreign !== undefined) await platform.call("ec2", "DeleteSecurityGroup", { GroupId: foreign }, { region });
}

/** Types of services that the platform does not have: such a template is refused whole. */
function absentTypes(text: string): string[] {
  const types = new Set(Object.values(parseTemplate(text).resources).map(({ type }) => type));
  return [...types].filter((type) => !resourceTypes.some((known) => known.type === type)).sort();
}

describe("the stack of a golden situation", () => {
  it.each(services)("%s is created, updated to another image, and deleted without a trace", async (situation) => {
    const { environment, templates } = templatesOf(situation);
    const platform = new GoldenPlatform();
    platforms.push(platform);
    const stacks: [name: string, text: string][] = [[`fsd-${environment}`, environmentTemplate(situation)], ...templates];
    for (const [name, written] of stacks) {
      const text = await withForeignGroup(platform, written);
      const parameters = await parametersFor(platform, text, "000000000000.dkr.ecr.us-east-1.amazonaws.com/app:one");
      const absent = absentTypes(text);
      if (absent.length > 0) {
        await expect(platform.deploy(name, text, parameters)).rejects.toThrow(`Unrecognized resource types: [${absent.join(", ")}]`);
        break;
      }
      expect(await platform.deploy(name, text, parameters)).toBe("CREATE_COMPLETE");
      const { ImageUri } = parameters;
      if (ImageUri === undefined) continue;
      expect(await platform.deploy(name, text, { ...parameters, ImageUri: ImageUri.replace("one", "two") })).toBe("UPDATE_COMPLETE");
    }
    const [application] = [...stacks].reverse();
    for (const [name] of stacks.reverse()) {
      if (platform.executor.stacks.find(region, name) !== undefined) expect(await platform.delete(name)).toBe("DELETE_COMPLETE");
      if (name === application?.[0]) await withoutForeignGroup(platform);
    }
    const { Vpcs } = await platform.call("ec2", "DescribeVpcs", {}, { region });
    expect(Vpcs).toEqual([]);
  });

  it("moves to a load balancer of its own and back, and with every move its target group is made anew", async () => {
    const platform = new GoldenPlatform();
    platforms.push(platform);
    const template = (networking: string): string => {
      const manifest = `apiVersion: fsd/v1
kind: Service
metadata: {name: items}
service:
  port: 8000
  healthCheck: {path: /health}
  networking: {loadBalancer: {${networking}}}
---
apiVersion: fsd/v1
kind: Environment
metadata: {name: dev}
environment: {loadBalancers: {public: {}, internal: {}}}
`;
      const { environment: within, services: found } = loadManifests([{ file: "fsd.yml", bytes: Buffer.from(manifest) }], {
        environment: "dev",
      });
      if (within === undefined || found[0] === undefined) throw new Error("the manifest has both");
      return renderYaml(synthesizeService(found[0], within));
    };
    const groups = async (): Promise<string[]> => {
      const { TargetGroups = [] } = await platform.call("elastic-load-balancing-v2", "DescribeTargetGroups", {}, { region });
      return TargetGroups.map(({ TargetGroupArn = "" }) => TargetGroupArn);
    };
    expect(await platform.deploy("fsd-dev", environmentTemplate("load-balanced"))).toBe("CREATE_COMPLETE");
    const parameters = { ImageUri: "app:one" };
    expect(await platform.deploy("fsd-dev-items", template(""), parameters)).toBe("CREATE_COMPLETE");
    const met = await groups();
    for (const networking of ["dedicated: true", "internal: false", ""]) {
      expect(await platform.deploy("fsd-dev-items", template(networking), parameters), networking).toBe("UPDATE_COMPLETE");
      const [only = "", ...more] = await groups();
      expect(more).toEqual([]);
      expect(met).not.toContain(only);
      met.push(only);
    }
  });

  it.each(["environment-two-zones", "environment-secure", "environment-without-nat"])("%s is created", async (situation) => {
    const platform = new GoldenPlatform();
    platforms.push(platform);
    for (const [name, text] of templatesOf(situation).templates) expect(await platform.deploy(name, text)).toBe("CREATE_COMPLETE");
  });

  it("whose program dies goes back to the version before, and to nothing when there was none", async () => {
    const platform = new GoldenPlatform();
    platforms.push(platform);
    expect(await platform.deploy("fsd-prod", environmentTemplate("worker"))).toBe("CREATE_COMPLETE");
    const { templates } = templatesOf("worker");
    const [name, text] = templates[0] as [string, string];
    const parameters = await parametersFor(platform, text, "app:one");
    const broken =
      /^(ROLLBACK|UPDATE_ROLLBACK)_COMPLETE\nService (CREATE|UPDATE)_FAILED Resource handler returned message: "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'\."/;
    expect(await platform.deploy(name, text, { ...parameters, ImageUri: "app:broken" })).toMatch(broken);
    expect(await platform.delete(name)).toMatch(/^DELETE_COMPLETE/);
    // What was retained of the first attempt stands in the way of the second, unless it is taken in.
    expect(await platform.deploy(name, text, parameters)).toMatch(/^ROLLBACK_COMPLETE\nLogGroup CREATE_FAILED .*AlreadyExists/);
    expect(await platform.delete(name)).toMatch(/^DELETE_COMPLETE/);
    expect(await platform.deployTakingIn(name, text, parameters)).toBe("CREATE_COMPLETE");
    expect(await platform.deploy(name, text, { ...parameters, ImageUri: "app:broken" })).toMatch(broken);
  });
});
