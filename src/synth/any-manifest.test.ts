import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { references } from "../../test/support/template-references.ts";
import { parseTemplateText } from "../engine/stack/template-text.ts";
import { loadManifests } from "../manifest/load.ts";
import type { ResolvedEnvironment } from "../manifest/resolved.ts";
import { synthesizeEnvironment } from "./environment/synthesize-environment.ts";
import { synthesizeJob } from "./job/synthesize-job.ts";
import { renderJson, renderYaml } from "./render-yaml.ts";
import { synthesizeService } from "./service/synthesize-service.ts";

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const name = fc.stringMatching(/^[a-z][a-z0-9]{0,10}(-[a-z0-9]{1,8})?$/);
/** Texts that YAML, CloudFormation and `${…}` might each misunderstand. */
const awkward = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom(
    "yes",
    "012",
    "1.10",
    "null",
    "{{resolve:x}}",
    "a: b",
    "- a",
    "${ENV}-x",
    "$${literal}",
    "\u00e4\u2028\ud83d\ude80",
    "a\nb\n",
  ),
);
const variables = fc.dictionary(fc.stringMatching(/^[A-Z][A-Z_]{0,8}$/), awkward, { maxKeys: 4 });
const size = fc.oneof(
  fc.record({ size: fc.constantFrom("micro", "small", "medium", "large") }),
  fc.constantFrom({ cpu: 256, memory: 512 }, { cpu: 1024, memory: 3072 }, { cpu: 4096, memory: 30_720 }),
);
const dependency = fc.oneof(
  fc.record({
    type: fc.constantFrom("aws_dynamodb_table", "aws_s3_bucket", "aws_sqs_queue", "aws_sns_topic"),
    name,
    access: fc.constantFrom("read", "write", "read_write"),
    managed: maybe(fc.constant(true)),
  }),
  fc.record({ type: fc.constantFrom("aws_rds_instance", "aws_elasticache"), name, port: maybe(fc.integer({ min: 1, max: 65_535 })) }),
  fc.record({ type: fc.constantFrom("aws_secretsmanager_secret", "aws_ssm_parameter"), name }),
);
const secret = fc.record({
  name: fc.stringMatching(/^[A-Z]{3,8}$/),
  valueFrom: fc.oneof(
    name.map((one) => `secretsmanager:${one}`),
    name.map((one) => `secretsmanager:${one}:key`),
    name.map((one) => `ssm:/${one}`),
  ),
});
const metadata = fc.record({
  name,
  pack: maybe(name),
  description: maybe(awkward),
  tags: maybe(fc.dictionary(name, name, { maxKeys: 3 })),
});
const around = {
  apiVersion: fc.constant("fsd/v1"),
  metadata,
  dependencies: maybe(fc.uniqueArray(dependency, { maxLength: 4, selector: (one) => one.name })),
};

const alarm = fc.record({
  metric: fc.constantFrom("cpu", "memory"),
  threshold: fc.integer({ min: 1, max: 100 }),
  periods: maybe(fc.integer({ min: 1, max: 5 })),
});
const bounds = fc.record({ low: fc.integer({ min: 1, max: 4 }), more: fc.integer({ min: 0, max: 8 }) });
const strategy = fc.constantFrom("rolling", "all-at-once", "blue-green", "canary", "linear");
const service = fc
  .record({
    ...around,
    port: maybe(fc.integer({ min: 1, max: 65_535 })),
    size,
    bounds,
    strategy,
    singleton: fc.boolean(),
    spot: fc.boolean(),
    internal: fc.boolean(),
    discovery: fc.boolean(),
    image: maybe(name.map((one) => `acme/${one}:\${VERSION}`)),
    environment: variables,
    command: maybe(fc.array(awkward, { minLength: 1, maxLength: 3 })),
    secrets: fc.uniqueArray(secret, { maxLength: 3, selector: (one) => one.name }),
    alarms: fc.dictionary(name, alarm, { maxKeys: 3 }),
    dashboard: fc.boolean(),
    exec: fc.boolean(),
  })
  .map(({ apiVersion, metadata: about, dependencies, ...given }) => {
    const single = given.singleton;
    const { low, more } = given.bounds;
    return {
      apiVersion,
      kind: "Service",
      metadata: about,
      service: {
        image: given.image,
        command: given.command,
        ...(given.port === undefined
          ? {}
          : { port: given.port, healthCheck: { path: "/health" }, networking: { loadBalancer: { internal: given.internal } } }),
        ...(given.discovery ? { networking: { serviceDiscovery: {} } } : {}),
        resources: single ? given.size : { ...given.size, desiredCount: low, minCapacity: low, maxCapacity: low + more },
        singleton: single,
        spot: given.spot,
        ...(given.port === undefined || single || given.discovery ? {} : { deployment: { strategy: given.strategy } }),
        environment: given.environment,
        secrets: given.secrets,
        observability: { alarms: given.alarms, dashboard: given.dashboard },
        exec: given.exec,
      },
      dependencies,
    };
  });

const job = fc
  .record({
    ...around,
    resources: size,
    environment: variables,
    schedule: maybe(fc.constantFrom({ cron: "0 2 * * ? *", timezone: "Europe/Berlin" }, { rate: "1 hour" })),
    timeout: maybe(fc.constantFrom("30m", 60)),
    retries: maybe(fc.integer({ min: 0, max: 3 })),
    concurrency: maybe(fc.constantFrom("allow", "forbid")),
  })
  .map(({ apiVersion, metadata: about, dependencies, ...given }) => ({
    apiVersion,
    kind: "Job",
    metadata: about,
    job: given,
    dependencies,
  }));

const environment = fc.record({
  vpc: maybe(
    fc.record({ availabilityZones: fc.constantFrom(2, 3), nat: fc.constantFrom("single", "per-az", "endpoints"), flowLogs: fc.boolean() }),
  ),
  domain: maybe(fc.constant({ name: "dev.example.com", zoneId: "Z0123" })),
  loadBalancers: fc.record({ public: fc.record({ accessLogs: fc.boolean() }), internal: fc.record({ accessLogs: fc.boolean() }) }),
  cluster: fc.record({ containerInsights: fc.constantFrom("enabled", "enhanced") }),
  variables,
  protect: fc.boolean(),
});

/** JSON is YAML, so the manifests go the whole way from their bytes. */
function templatesOf(documents: readonly unknown[]): ReturnType<typeof synthesizeEnvironment>[] | undefined {
  const bytes = Buffer.from(documents.map((document) => JSON.stringify(document)).join("\n---\n"));
  const loaded = loadManifests([{ file: "fsd.yml", bytes }], { environment: "dev" });
  if (loaded.diagnostics.some(({ severity }) => severity === "error")) return undefined;
  const within = loaded.environment as ResolvedEnvironment;
  return [
    synthesizeEnvironment(within),
    ...loaded.services.map((one) => synthesizeService(one, within)),
    ...loaded.jobs.map((one) => synthesizeJob(one, within)),
  ];
}

describe("any valid manifest", () => {
  it("renders to a template that parses, refers only to what it has, and is the same the second time", () => {
    let valid = 0;
    let all = 0;
    fc.assert(
      fc.property(fc.oneof({ weight: 3, arbitrary: service }, { weight: 1, arbitrary: job }), environment, (document, body) => {
        const documents = [document, { apiVersion: "fsd/v1", kind: "Environment", metadata: { name: "dev" }, environment: body }];
        all++;
        const templates = templatesOf(documents);
        if (templates === undefined) return;
        valid++;
        expect(templates).toHaveLength(2);
        const again = templatesOf(documents)?.map(renderYaml);
        templates.forEach((template, index) => {
          const text = renderYaml(template);
          expect(parseTemplateText(text)).toEqual(JSON.parse(JSON.stringify(template)));
          expect(JSON.parse(renderJson(template))).toEqual(JSON.parse(JSON.stringify(template)));
          expect(again?.[index]).toBe(text);
          const parameters = Object.keys(template.Parameters ?? {});
          const known = new Set([...Object.keys(template.Resources), ...parameters]);
          const referred = new Set(references(template));
          for (const reference of referred) expect(known).toContain(reference);
          expect(Object.keys(template.Resources).length).toBeLessThanOrEqual(500);
          expect(parameters.length).toBeLessThanOrEqual(200);
        });
      }),
      { numRuns: 100 },
    );
    // Otherwise the property would say little: most of what is made up must pass the checks.
    expect(valid).toBeGreaterThan(all / 2);
  });
});
