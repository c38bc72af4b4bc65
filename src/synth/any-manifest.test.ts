import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { environment, job, service } from "../../test/support/any-manifest.ts";
import { brokenLimits } from "../../test/support/template-limits.ts";
import { references } from "../../test/support/template-references.ts";
import { parseTemplateText } from "../engine/stack/template-text.ts";
import { isFsdError } from "../kit/fsd-error.ts";
import { loadManifests } from "../manifest/load.ts";
import { synthesizeEnvironment } from "./environment/synthesize-environment.ts";
import { synthesizeJob } from "./job/synthesize-job.ts";
import { renderJson, renderYaml } from "./render-yaml.ts";
import { synthesizeService } from "./service/synthesize-service.ts";
import type { Template } from "./template.ts";

/** JSON is YAML, so the manifests go the whole way from their bytes. Undefined: the checks found errors. */
function templatesOf(documents: readonly unknown[], name = "dev"): Template[] | undefined {
  const bytes = Buffer.from(documents.map((document) => JSON.stringify(document)).join("\n---\n"));
  const loaded = loadManifests([{ file: "fsd.yml", bytes }], { environment: name });
  const within = loaded.environment;
  if (within === undefined || loaded.diagnostics.some(({ severity }) => severity === "error")) return undefined;
  return [
    synthesizeEnvironment(within),
    ...loaded.services.map((one) => synthesizeService(one, within)),
    ...loaded.jobs.map((one) => synthesizeJob(one, within)),
  ];
}

const described = (body: unknown, name = "dev"): unknown => ({
  apiVersion: "fsd/v1",
  kind: "Environment",
  metadata: { name },
  environment: body,
});

function holds(template: Template): void {
  const text = renderYaml(template);
  // As texts: comparing large values deeply takes most of the time of the whole test.
  const written = JSON.stringify(template);
  expect(JSON.stringify(parseTemplateText(text))).toBe(written);
  expect(JSON.stringify(JSON.parse(renderJson(template)))).toBe(written);
  const known = new Set([...Object.keys(template.Resources), ...Object.keys(template.Parameters ?? {})]);
  expect(references(template).filter((name) => !known.has(name))).toEqual([]);
  expect(brokenLimits(template)).toEqual([]);
}

/** Seconds alone on a machine; the limit is for one that does much else. */
const slow = { timeout: 120_000 };

const document = fc.oneof({ weight: 3, arbitrary: service }, { weight: 1, arbitrary: job });

describe("any valid manifest", () => {
  it("renders to a template that parses, refers only to what it has, keeps the limits, and is the same the second time", slow, () => {
    let valid = 0;
    let all = 0;
    fc.assert(
      fc.property(document, environment, (one, body) => {
        const documents = [one, described(body)];
        all++;
        const templates = templatesOf(documents);
        if (templates === undefined) return;
        valid++;
        expect(templates).toHaveLength(2);
        const again = templatesOf(documents)?.map(renderYaml);
        templates.forEach((template, index) => {
          holds(template);
          expect(again?.[index]).toBe(renderYaml(template));
        });
      }),
      { numRuns: 100 },
    );
    // Otherwise the property would say little: nearly all of what is made up (nine in ten) passes the checks.
    expect(valid).toBeGreaterThan(0.7 * all);
  });

  it("with the longest names that are legal keeps every limit of AWS", () => {
    const long = `${"a".repeat(19)}-${"b".repeat(20)}`;
    const templates = templatesOf(
      [
        {
          apiVersion: "fsd/v1",
          kind: "Service",
          metadata: { name: long, pack: long, owners: ["@team"], description: "d".repeat(1024) },
          service: {
            port: 8000,
            healthCheck: { path: "/health" },
            networking: { loadBalancer: { dedicated: true }, serviceDiscovery: {} },
            deployment: { strategy: "rolling" },
            volumes: [{ name: "data", mountPath: "/data", efs: { fileSystemId: "fs-12345678", securityGroup: "sg-0123456789abcdef1" } }],
            observability: { dashboard: true },
          },
          dependencies: [
            { type: "aws_sqs_queue", name: "q".repeat(75), access: "read_write", managed: { deadLetter: {} } },
            { type: "aws_s3_bucket", name: "s".repeat(63), access: "read", managed: true },
            { type: "aws_dynamodb_table", name: "t".repeat(255), access: "read", managed: true },
            { type: "aws_rds_instance", name: "r".repeat(255), securityGroup: "sg-0123456789abcdef1", manageIngress: true },
          ],
        },
        {
          apiVersion: "fsd/v1",
          kind: "Job",
          metadata: { name: `${long.slice(0, -1)}c`, pack: long },
          job: { schedules: [{ name: "s".repeat(24), rate: "1 hour" }], retries: 1 },
        },
        described({ packs: [long], dashboard: true, loadBalancers: { internal: { accessLogs: true, shards: 10 } } }, "e".repeat(16)),
      ],
      "e".repeat(16),
    );
    expect(templates).toHaveLength(3);
    for (const template of templates ?? []) holds(template);
  });
});

describe("any broken manifest", () => {
  it("gives diagnostics or renders, and never throws", slow, () => {
    let broken = 0;
    fc.assert(
      fc.property(document, environment, fc.array(mutation, { minLength: 1, maxLength: 3 }), (one, body, changes) => {
        const documents = JSON.parse(JSON.stringify([one, described(body)])) as unknown[];
        for (const change of changes) change(documents);
        try {
          const templates = templatesOf(documents);
          if (templates === undefined) broken++;
          else
            for (const template of templates)
              expect(JSON.stringify(parseTemplateText(renderYaml(template)))).toBe(JSON.stringify(template));
        } catch (error) {
          // A patch that hits nothing is said by synthesis.
          if (!isFsdError(error)) throw error;
        }
      }),
      { numRuns: 200 },
    );
    expect(broken).toBeGreaterThan(0);
  });
});

/** Something at some place of the documents becomes something else, goes away, or gets company. */
const mutation = fc
  .record({
    place: fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 7 }),
    value: fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom("", "constructor", "__proto__", -1, 1e300, "${ENV}", "${nothing}", "${ssm:/a}", [], {}, [[]], { name: {} }),
    ),
    how: fc.constantFrom("replace", "remove", "add"),
  })
  .map(({ place, value: given, how }) => (root: unknown): void => {
    const value = structuredClone(given);
    let container: unknown = root;
    for (const [depth, step] of place.entries()) {
      if (typeof container !== "object" || container === null) return;
      const keys = Object.keys(container);
      if (keys.length === 0) return;
      const key = keys[step % keys.length] as string;
      const inner = (container as Record<string, unknown>)[key];
      if (depth < place.length - 1 && typeof inner === "object" && inner !== null && Object.keys(inner).length > 0) {
        container = inner;
        continue;
      }
      const holder = container as Record<string, unknown>;
      if (how === "remove") delete holder[key];
      else Object.defineProperty(holder, how === "add" ? `${key}x` : key, { value, enumerable: true, configurable: true, writable: true });
      return;
    }
  });
