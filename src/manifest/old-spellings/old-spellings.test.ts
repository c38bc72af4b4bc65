import { describe, expect, it } from "vitest";
import { formatDiagnostic } from "../diagnostic.ts";
import { formatManifest } from "../format.ts";
import { type Loaded, loadManifests } from "../load.ts";
import { flatExample } from "./flat-page.ts";
import { flatRoot, flatSections } from "./flat-sections.ts";

const load = (text: string, environment = "dev"): Loaded => loadManifests([{ file: "old.yml", bytes: Buffer.from(text) }], { environment });
const said = (text: string): string[] =>
  load(text)
    .diagnostics.filter(({ severity }) => severity !== "info")
    .map(formatDiagnostic);
const upgraded = (text: string): string => {
  const formatted = formatManifest(text, true);
  if ("refused" in formatted) throw new Error(formatted.refused);
  return formatted.text;
};
const meaning = (text: string, environment = "dev"): unknown =>
  JSON.parse(JSON.stringify(load(text, environment).services, (key, value) => (key === "place" ? undefined : value)));

describe("the flat dialect", () => {
  it("of its page is read as the service it describes, each old spelling remarked upon once", () => {
    const { services, diagnostics } = load(flatExample);
    expect(diagnostics.filter(({ severity }) => severity !== "info")).toEqual([]);
    expect(services[0]).toMatchObject({
      name: "payment-api",
      metadata: { pack: "payments" },
      service: {
        port: 8080,
        healthCheck: { path: "/healthz" },
        resources: { cpu: 512, memory: 1024, desiredCount: 2, minCapacity: 2, maxCapacity: 6 },
        autoScaling: { targetCPUUtilization: 60 },
        environment: { LOG_LEVEL: "INFO" },
        secrets: [{ name: "DB_PASSWORD" }],
        networking: { loadBalancer: { internal: true } },
      },
      dependencies: [
        { type: "aws_dynamodb_table", permissions: ["dynamodb:GetItem"] },
        { type: "aws_sqs_queue", managed: { visibilityTimeout: 300 } },
      ],
      iam: { policyStatements: [{ effect: "Allow", actions: ["ses:SendEmail"] }] },
    });
    const lines = diagnostics.map(({ line, column }) => `${line}:${column}`);
    expect(new Set(lines).size).toBe(lines.length);
    expect(diagnostics.map(({ line, message }) => `${line} ${message.split(" ")[0]}`)).toEqual([
      "1 name",
      "2 platform",
      "3 team",
      "4 compute.cpu",
      "4 compute.memory",
      "5 networking.port",
      "5 networking.public",
      "5 networking.health_check",
      "6 scaling.min",
      "6 scaling.max",
      "6 scaling.target_cpu",
      "7 environment",
      "11 unmanaged.permissions",
      "12 visibility_timeout",
      "14 iam.policy_statements",
    ]);
  });

  it("upgraded keeps every comment where it belongs, in today's order", () => {
    const text = `# payments
name: pay
platform: fargate # no machines

# how big
compute:
  cpu: 256
  memory: 512 # tight
networking:
  # one way in
  port: 80
  health-check: {path: /, grace_period: 90}
team: money
# rights
iam:
  policy_statements:
    # mail
    - {Effect: Allow, Action: "ses:SendEmail", Resource: ["arn:aws:ses:us-east-1:123456789012:identity/x"]}
environments:
  prod:
    # more
    compute: {cpu: 512, memory: 1024}
`;
    expect(upgraded(text)).toBe(`# payments
apiVersion: fsd/v1
kind: Service
metadata:
  name: pay
  pack: money
service:
  type: ecs # no machines
  # one way in
  port: 80
  healthCheck: {path: /, gracePeriod: 90}
  resources:
    # how big
    cpu: 256
    memory: 512 # tight
iam:
  # rights
  policyStatements:
    # mail
    - {effect: Allow, actions: ["ses:SendEmail"], resources: ["arn:aws:ses:us-east-1:123456789012:identity/x"]}
environments:
  prod:
    # more
    service:
      resources:
        cpu: 512
        memory: 1024
`);
  });

  it.each([
    ["anchors and merge keys", "compute: &size {cpu: 256, memory: 512}\nenvironments:\n  prod: {compute: {<<: *size, memory: 1024}}\n"],
    ["secrets as a map", "secrets: {A: ssm:/a, B: secretsmanager:b}\n"],
    [
      "dependencies by name",
      "dependencies:\n  orders: {type: sqs, access: read}\n  # kept\n  files: {type: s3, unmanaged: {permissions: [s3:GetObject]}}\n",
    ],
    [
      "a table's keys",
      "dependencies: [{name: ids, type: dynamodb, managed: {attributes: [{AttributeName: id, AttributeType: N}], keySchema: {hash: id}}}]\n",
    ],
    ["values that could not be clearer", 'environment: {ZIP: 012345, V: 1.10, ON: "yes"}\n'],
  ])("with %s means the same once upgraded", (_, more) => {
    const text = `name: api\nplatform: ecs\n${more}`;
    expect(said(text)).toEqual([]);
    const today = upgraded(text);
    expect(load(today).diagnostics).toEqual([]);
    for (const environment of ["dev", "prod"]) expect(meaning(today, environment)).toEqual(meaning(text, environment));
    expect(upgraded(today)).toBe(today);
  });

  it("knows every key of its table, in any capitals", () => {
    const keys = [flatRoot, ...Object.values(flatSections)].flatMap(({ keys }) => Object.keys(keys));
    expect(keys.length).toBeGreaterThan(40);
    for (const [section, { keys }] of [["", flatRoot] as const, ...Object.entries(flatSections)]) {
      for (const key of Object.keys(keys)) {
        const camel = key.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());
        for (const name of [key, camel, key.replaceAll("_", "-")]) {
          const text = section === "" ? `platform: ecs\n${name}: null\n` : `platform: ecs\n${section}:\n  ${name}: null\n`;
          expect(
            said(text).filter((line) => line.includes("FSD1101")),
            text,
          ).toEqual([]);
        }
      }
    }
  });

  it.each([
    [
      "a key that is none",
      "name: api\nplatform: ecs\ncompute: {cpus: 256}\n",
      ['old.yml:3:11 error FSD1101 unknown field "cpus" in compute; did you mean cpu?'],
    ],
    [
      "its own name misspelt",
      "nmae: api\nplatform: ecs\n",
      ['old.yml:1:1 error FSD1101 unknown field "nmae" in this document; did you mean name?'],
    ],
    [
      "a wrong type, at its original place",
      "name: api\nplatform: ecs\ncompute:\n  cpu: lots\n",
      ['old.yml:4:8 error FSD1104 service.resources.cpu cannot be "lots"; use one of 256, 512, 1024, 2048, 4096, 8192, 16384'],
    ],
    ["a section that is no map", "name: api\nplatform: ecs\ncompute: big\n", ["FSD1102"]],
    [
      "one thing said twice",
      "name: api\nplatform: ecs\nport: 80\nhealth_check: /\nnetworking: {port: 81}\n",
      ["networking.port says the same as port; keep one"],
    ],
    ["the platform eks", "name: api\nplatform: eks\n", ["old.yml:2:11 error FSD1110", "Kubernetes", "kubectl or Helm"]],
    ["the platform lambda", "name: api\nplatform: lambda\n", ["FSD1110", "AWS SAM"]],
    ["the platform batch", "name: api\nplatform: batch\n", ["FSD1110", "kind: Job"]],
    ["a schedule", "name: api\nplatform: ecs\nschedule: {cron: x}\n", ["FSD1101", "kind: Job"]],
    ["a platform in one environment", "name: api\nplatform: ecs\nenvironments: {dev: {platform: eks}}\n", ["old.yml:3:22 error FSD1101"]],
  ])("with %s: one error, at its place", (_, text, parts) => {
    const lines = said(text);
    expect(lines).toHaveLength(1);
    for (const part of parts) expect(lines[0]).toContain(part);
  });

  it("that cannot be read is not upgraded", () => {
    expect(formatManifest("name: api\nplatform: ecs\ncompute: {cpus: 1}\n", true)).toEqual({
      refused: 'unknown field "cpus" in compute',
    });
    expect(upgraded("name: shop\nservices: {web: {image: x}}\n")).toBe("name: shop\nservices: {web: {image: x}}\n");
  });
});

describe("old spellings within fsd/v1", () => {
  const head = "apiVersion: fsd/v1\nkind: Service\nmetadata: {name: api}\n";

  it.each([
    ["owner", "apiVersion: fsd/v1\nkind: Service\nmetadata: {name: api, owner: me}\n", "metadata: {name: api, owners: [me]}"],
    ["team", "apiVersion: fsd/v1\nkind: Service\nmetadata: {name: api, team: shop}\n", "metadata: {name: api, pack: shop}"],
    [
      "targets",
      `${head}service: {resources: {maxCapacity: 3}, autoScaling: {targetCPU: 50, targetMemory: 60}}\n`,
      "autoScaling: {targetCPUUtilization: 50, targetMemoryUtilization: 60}",
    ],
    [
      "counts",
      `${head}service:\n  # few\n  autoScaling: {minCount: 2, maxCount: 4}\n`,
      "  # few\n  resources:\n    minCapacity: 2\n    maxCapacity: 4",
    ],
    [
      "counts in a block",
      `${head}environments:\n  dev: {service: {autoScaling: {minCount: 2, maxCount: 4}}}\n`,
      "resources: {minCapacity: 2, maxCapacity: 4}",
    ],
    [
      "a table's keys",
      `${head}dependencies: [{type: aws_dynamodb_table, name: ids, managed: true, attributes: {id: string}, keySchema: [{name: id, type: HASH}]}]\n`,
      "partitionKey: {name: id, type: S}",
    ],
  ])("%s: remarked upon, read, and upgraded to the same service", (_, text, now) => {
    expect(said(text)).toEqual([]);
    expect(load(text).diagnostics.length).toBeGreaterThan(0);
    const today = upgraded(text);
    expect(today).toContain(now);
    expect(load(today).diagnostics).toEqual([]);
    expect(meaning(today)).toEqual(meaning(text));
  });

  it("a count under both names contradicts itself", () => {
    expect(said(`${head}service: {resources: {minCapacity: 1}, autoScaling: {minCount: 2}}\n`)).toEqual([
      expect.stringContaining("FSD1107 autoScaling.minCount says the same as resources.minCapacity"),
    ]);
  });

  it("shared by an anchor they are found at every alias", () => {
    const text = `${head}environments:\n  dev: &few {service: {autoScaling: {minCount: 2, maxCount: 3}}}\n  prod: *few\n`;
    for (const environment of ["dev", "prod"])
      expect(load(text, environment).services[0]?.service.resources).toMatchObject({ minCapacity: 2, maxCapacity: 3 });
  });

  it("attributes that name no key say what to write", () => {
    expect(said(`${head}dependencies: [{type: aws_dynamodb_table, name: ids, managed: true, attributes: {a: S, b: S, c: S}}]\n`)).toEqual([
      expect.stringMatching(/FSD1106 .*managed: \{partitionKey/),
    ]);
  });
});
