import { describe, expect, it } from "vitest";
import { Diagnostics, formatDiagnostic } from "./diagnostic.ts";
import { explainValue } from "./explain.ts";
import { type LoadOptions, loadManifests } from "./load.ts";
import { check } from "./schema/check.ts";
import { defaultText, fieldsBelow, findFields } from "./schema/describe.ts";
import type { Field } from "./schema/field.ts";
import { kindSchemas, kinds } from "./schema/kinds.ts";
import { becomesText, exampleOf } from "./schema/notes.ts";
import type { Node, Scalar } from "./tree.ts";

const head = "apiVersion: fsd/v1\nkind: Service\nmetadata: {name: api}\n";
const defaults = "---\napiVersion: fsd/v1\nkind: Defaults\nmetadata: {name: acme}\ndefaults: {service: {service: {stopTimeout: 45}}}\n";

function from(text: string, path: string, options: LoadOptions = {}): string {
  const loaded = loadManifests([{ file: "fsd.yml", bytes: Buffer.from(text) }], { environment: "dev", ...options });
  expect(loaded.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  const [document] = [...loaded.services, ...loaded.jobs];
  const surroundings = loaded.environment === undefined ? undefined : loaded.trees.get(loaded.environment);
  const otherwise = findFields(path)[0]?.field.otherwise;
  const explained = explainValue(path, document!, loaded.trees.get(document!)!, { environment: surroundings, otherwise });
  return explained === undefined ? "not set" : `${JSON.stringify(explained.value)} from ${explained.from}`;
}

describe("where a value came from", () => {
  it("is the strongest of built-in, Defaults, the file, its environment's block, --override", () => {
    const file = `${head}service: {stopTimeout: 50}\n`;
    const block = `${file}environments:\n  dev: {service: {stopTimeout: 55}}\n`;
    const over = { override: ["stopTimeout=60"] };
    expect(from(head, "service.stopTimeout")).toBe("30 from built-in");
    expect(from(head + defaults, "service.stopTimeout")).toBe("45 from fsd.yml:8:45 (Defaults)");
    expect(from(file + defaults, "service.stopTimeout")).toBe("50 from fsd.yml:4:24");
    expect(from(block + defaults, "service.stopTimeout")).toBe("55 from fsd.yml:6:32 (environments.dev)");
    expect(from(block + defaults, "service.stopTimeout", { environment: "prod" })).toBe("50 from fsd.yml:4:24");
    expect(from(block + defaults, "service.stopTimeout", over)).toBe("60 from --override");
    expect(from(block, "service.resources.cpu", { override: ["service.resources.cpu=2048"] })).toBe("2048 from --override");
    expect(from(block, "service.resources.cpu", { override: ["resources.cpu=2048"] })).toBe("2048 from --override");
  });

  it("is --set for a variable, over everything else, and the environment's variables where nothing else says it", () => {
    const environment = "---\napiVersion: fsd/v1\nkind: Environment\nmetadata: {name: dev}\nenvironment: {variables: {A: theirs}}\n";
    const file = `${head}service: {environment: {A: mine}}\n`;
    expect(from(head + environment, "service.environment.A")).toBe('"theirs" from fsd.yml:8:30 (the environment\'s variables)');
    expect(from(file + environment, "service.environment.A")).toBe('"mine" from fsd.yml:4:28');
    expect(from(file + environment, "service.environment.A", { override: ["environment.A=over"] })).toBe('"over" from --override');
    expect(from(file + environment, "service.environment.A", { override: ["environment.A=over"], set: ["A=set"] })).toBe(
      '"set" from --set',
    );
  });

  it.each([
    ["a size nobody chose", "", "resources.cpu", "512 from size: small (built-in)"],
    ["a size of the file", "resources: {size: large}", "resources.memory", "4096 from size: large (fsd.yml:4:29)"],
    ["CPU without memory", "resources: {cpu: 1024}", "resources.memory", "2048 from cpu: 1024 (fsd.yml:4:28)"],
    ["a count of the minimum", "resources: {minCapacity: 3}", "resources.maxCapacity", "3 from minCapacity: 3 (fsd.yml:4:36)"],
    [
      "the strategy's bounds",
      "deployment: {strategy: all-at-once}",
      "deployment.maximumPercent",
      "100 from strategy: all-at-once (fsd.yml:4:34)",
    ],
    [
      "a target that the maximum brings",
      "resources: {maxCapacity: 3}",
      "autoScaling.targetCPUUtilization",
      "70 from maxCapacity: 3 (fsd.yml:4:36)",
    ],
    ["spot", "spot: true", "capacity", '[{"provider":"FARGATE_SPOT","base":0,"weight":1}] from spot: true (fsd.yml:4:17)'],
    ["what depends in words", "", "resources.desiredCount", "1 from built-in (2 with a port, else 1)"],
    ["a place in a list", "sidecars: [{name: a, image: b}]", "sidecars[0].essential", "false from built-in"],
    ["nothing", "", "port", "not set"],
  ])("%s", (_, body, field, expected) => {
    expect(from(`${head}service: {${body}}\n`, `service.${field}`)).toBe(expected);
  });

  it("is the size that a block chose, in a job too", () => {
    const text =
      "apiVersion: fsd/v1\nkind: Job\nmetadata: {name: etl}\njob: {resources: {cpu: 256}}\nenvironments:\n  dev: {job: {resources: {size: large}}}\n";
    expect(from(text, "job.resources.memory")).toBe("4096 from size: large (fsd.yml:6:33 (environments.dev))");
  });
});

const at = { file: "example", line: 1, column: 1, layer: "file" };

function nodeOf(value: unknown): Node {
  if (Array.isArray(value)) return { kind: "list", items: value.map(nodeOf), at };
  if (typeof value !== "object" || value === null)
    return { kind: "scalar", value: value as Scalar, source: String(value), quoted: typeof value === "string", at };
  return { kind: "map", entries: new Map(Object.entries(value).map(([key, inner]) => [key, { keyAt: at, value: nodeOf(inner) }])), at };
}

it("every field of every kind is found by its path and says what it is, what is assumed, an example and what it becomes", () => {
  let count = 0;
  const silent: string[] = [];
  for (const kind of kinds) {
    const visit = (field: Field, path: string): void => {
      for (const [name, inner] of fieldsBelow(field)) {
        const own = path === "" ? name : `${path}.${name}`;
        const found = findFields(own).find((candidate) => candidate.kind === kind);
        expect(found?.path, own).toBe(own);
        expect(found?.field.about, own).toMatch(/\.$/);
        expect(defaultText(inner), own).not.toBe("");
        const becomes = becomesText(kind, own, inner);
        // Only a group may leave it to its fields; a job has no service and no load balancer, a container's check no target group.
        if (fieldsBelow(inner).length === 0) expect(becomes, `${kind} ${own}`).not.toBe("what the fields within become");
        if (kind === "Job") expect(becomes, own).not.toMatch(/ECS::Service|LoadBalancing|ScalableTarget/);
        if (own.includes("healthCheck.container")) expect(becomes, own).toContain("ContainerDefinitions.HealthCheck");
        const only = inner.type === "object" || (inner.type === "either" && name === "exporter");
        if (!only && exampleOf(kind, own, inner) === undefined) silent.push(own);
        const example = exampleOf(kind, own, inner);
        if (example !== undefined) {
          const diagnostics = new Diagnostics();
          check(nodeOf(example), inner, own, { mode: "layer", diagnostics });
          expect(diagnostics.sorted().map(formatDiagnostic), own).toEqual([]);
        }
        count++;
        visit(inner, own);
      }
    };
    visit(kindSchemas[kind].document, "");
  }
  expect(silent).toEqual([]);
  expect(count).toBeGreaterThan(300);
});
