import { describe, expect, it } from "vitest";
import { formatDiagnostic } from "./diagnostic.ts";
import { codesOf, load, minimal, one, withPort } from "./loaded.testing.ts";

describe("what is left out", () => {
  it("is a small worker with one task, when there is no port", () => {
    const { service } = one(minimal);
    expect(service.resources).toEqual({ cpu: 512, memory: 1024, architecture: "x86_64", desiredCount: 1, minCapacity: 1, maxCapacity: 1 });
    expect(service.networking.loadBalancer).toBeUndefined();
    expect(service.observability.alarms).toEqual({ cpu: expect.objectContaining({ metric: "cpu", threshold: 80, periods: 3 }) });
    expect(service.autoScaling).toBeUndefined();
  });

  it("is two tasks behind the internal load balancer, rolling with a breaker, when there is a port", () => {
    const { service } = one(withPort);
    expect(service.resources.desiredCount).toBe(2);
    expect(service.healthCheck).toEqual({
      path: "/health",
      interval: 30,
      timeout: 5,
      healthyThreshold: 2,
      unhealthyThreshold: 3,
      matcher: "200",
      gracePeriod: 60,
    });
    expect(service.networking.loadBalancer).toMatchObject({ internal: true, path: "/*", deregistrationDelay: 30 });
    expect(service.deployment).toMatchObject({
      strategy: "rolling",
      minimumHealthyPercent: 100,
      maximumPercent: 200,
      circuitBreaker: { enable: true, rollback: true },
    });
    expect(Object.keys(service.observability.alarms)).toEqual(["cpu", "unhealthyHosts"]);
    expect(service.observability.logs).toMatchObject({ group: "/ecs/dev/api", retention: 30 });
    expect(service.stopTimeout).toBe(30);
  });

  it("is scaling on CPU and memory as soon as maxCapacity is above minCapacity", () => {
    const { service } = one(`${withPort}  resources: {maxCapacity: 4}\n`);
    expect(service.autoScaling).toMatchObject({
      targetCPUUtilization: 70,
      targetMemoryUtilization: 80,
      scaleOutCooldown: 60,
      scaleInCooldown: 300,
    });
    expect(service.resources).toMatchObject({ desiredCount: 2, minCapacity: 2, maxCapacity: 4 });
  });

  it("is 0/100 for all-at-once and for a singleton, which has one task", () => {
    expect(one(`${withPort}  deployment: {strategy: all-at-once}\n`).service.deployment).toMatchObject({
      minimumHealthyPercent: 0,
      maximumPercent: 100,
    });
    expect(one(`${minimal}service: {singleton: true}\n`).service).toMatchObject({
      deployment: { minimumHealthyPercent: 0, maximumPercent: 100 },
      resources: { desiredCount: 1 },
    });
  });
});

describe("values", () => {
  it("are resolved wherever they stand, with fallbacks and literals", () => {
    const text = `${withPort}  environment: {E: "\${ENV}-\${SERVICE}", F: "\${env:HOME_TOWN:-none}", G: "\${env:GIVEN}", L: "$\${NOT}"}\n`;
    expect(one(text, { environment: "dev", variables: { GIVEN: "yes" } }).service.environment).toEqual({
      E: "dev-api",
      F: "none",
      G: "yes",
      L: "${NOT}",
    });
  });

  it("stay open for the version when none is known, and are filled in when one is", () => {
    const text = `${minimal}service: {image: "\${REGISTRY}/api:\${VERSION}"}\n---\napiVersion: fsd/v1\nkind: Environment\nmetadata: {name: dev}\nenvironment: {account: "123456789012", region: eu-west-1}\n`;
    expect(one(text).service.image).toBe("123456789012.dkr.ecr.eu-west-1.amazonaws.com/api:${VERSION}");
    expect(one(text, { environment: "dev", values: { VERSION: "1.2" } }).service.image).toBe(
      "123456789012.dkr.ecr.eu-west-1.amazonaws.com/api:1.2",
    );
  });

  it("count as numbers where the field wants one", () => {
    const text = `${minimal}service: {port: "\${env:PORT:-8080}", healthCheck: {path: /}}\n`;
    expect(one(text).service.port).toBe(8080);
    expect(load(text, { environment: "dev", variables: { PORT: "high" } }).diagnostics).toMatchObject([
      { code: "FSD1102", message: expect.stringContaining("${env:PORT:-8080}") },
    ]);
  });

  it("that are unknown, unset or never closed are errors at their place", () => {
    const text = `${minimal}service:\n  environment:\n    A: \${ENVV}\n    B: \${env:MISSING}\n    C: "\${ENV"\n    D: \${PACK}\n`;
    expect(load(text, { environment: "dev" }).diagnostics).toMatchObject([
      { code: "FSD1301", line: 6, hint: "did you mean ${ENV}?" },
      { code: "FSD1302", line: 7 },
      { code: "FSD1303", line: 8 },
      { code: "FSD1302", line: 9, hint: "add metadata.pack" },
    ]);
  });

  it("a whole ${secrets:…} is a secret; within a text it cannot be", () => {
    const { service } = one(`${minimal}service: {environment: {T: "\${secrets:db:password}"}}\n`);
    expect(service.environment).toEqual({});
    expect(service.secrets).toEqual([{ name: "T", source: { kind: "secret-name", secret: "db", suffix: ":password::" } }]);
    expect(
      codesOf(load(`${minimal}service: {environment: {T: "x\${secrets:db:password}"}}\n`, { environment: "dev" }).diagnostics),
    ).toEqual(["FSD1304"]);
  });
});

describe("mistakes", () => {
  it("are all told at once, each once, with place and hint", () => {
    const text = `apiVersion: fsd/v1
kind: Service
metadata: {name: api, ownr: [me]}
service:
  port: 8000
  healtCheck: {path: /health}
  resources: {cpu: 512, memory: 3000, desiredCount: "2"}
  deployment: {minimumHealthyPercent: 100, maximumPercent: 140}
`;
    expect(load(text).diagnostics.map(formatDiagnostic)).toEqual([
      'fsd.yml:3:23 error FSD1101 unknown field "ownr" in metadata; did you mean owners?',
      'fsd.yml:6:3 error FSD1101 unknown field "healtCheck" in service; did you mean healthCheck?',
      "fsd.yml:7:33 error FSD1203 memory 3000 is not a Fargate size for cpu 512; use 1024, 2048, 3072 or 4096",
      'fsd.yml:7:53 error FSD1102 service.resources.desiredCount must be a whole number, not the text "2"; remove the quotes',
    ]);
  });

  it("in an environment's block are told at the block, for every environment", () => {
    const text = `${withPort}environments:\n  dev: {service: {resources: {cpu: 512, memory: 9999}}}\n  prod: {service: {resources: {sze: small}}}\n`;
    expect(load(text).diagnostics).toMatchObject([
      { code: "FSD1203", line: 8 },
      { code: "FSD1101", line: 9, path: "environments.prod.service.resources.sze" },
    ]);
  });

  it.each([
    ["1 task at 100/150 can never move", "resources: {desiredCount: 1}\n  deployment: {maximumPercent: 150}", "FSD1501"],
    ["3 tasks at 100/125 can never move", "resources: {desiredCount: 3}\n  deployment: {maximumPercent: 125}", "FSD1501"],
    [
      "2 tasks at 75/100 can never move",
      "resources: {desiredCount: 2}\n  deployment: {minimumHealthyPercent: 75, maximumPercent: 100}",
      "FSD1501",
    ],
    [
      "a count that scaling may reach can never move",
      "resources: {desiredCount: 4, minCapacity: 1, maxCapacity: 4}\n  deployment: {maximumPercent: 150}",
      "FSD1501",
    ],
    ["desired count above the maximum", "resources: {desiredCount: 5, maxCapacity: 3}", "FSD1201"],
    ["timeout not below interval", "healthCheck: {interval: 10, timeout: 10}", "FSD1401"],
    ["bake time on rolling", "deployment: {bakeTime: 10m}", "FSD1502"],
    ["a deployment that outlasts CloudFormation", "deployment: {strategy: linear, linear: {stepPercent: 3, stepBakeTime: 90m}}", "FSD1503"],
    ["an alarm that nobody defined", "deployment: {alarms: [hgh]}", "FSD1504"],
    ["exec with a read-only root", "exec: true\n  readonlyRootFilesystem: true", "FSD1407"],
    ["capacity without weight", "capacity: [{provider: FARGATE, weight: 0}]", "FSD1209"],
    ["memory without CPU", "resources: {memory: 2048}", "FSD1205"],
    ["a secret named in no known way", "secrets: [{name: A, valueFrom: vault/x}]", "FSD1605"],
    ["a secret and a variable of one name", "secrets: [{name: A, valueFrom: 'ssm:/a'}]\n  environment: {A: b}", "FSD1606"],
    ["a type that is not ecs", "type: eks", "FSD1110"],
    ["a count that no scaling can move", "autoScaling: {targetCPUUtilization: 50}", "FSD1207"],
    ["zero tasks that nothing wakes", "resources: {desiredCount: 0, minCapacity: 0, maxCapacity: 3}", "FSD1208"],
  ])("%s", (_, body, code) => {
    const text = body.startsWith("healthCheck") ? `${minimal}service:\n  port: 8000\n  ${body}\n` : `${withPort}  ${body}\n`;
    expect(codesOf(load(text).diagnostics)).toEqual([code]);
  });

  it.each([
    ["one letter, which no ECR repository has", "a"],
    ["a hyphen at its end", "api-"],
    ["a digit at its beginning", "2nd"],
    ["a capital", "Api"],
  ])("a name with %s", (_, name) => {
    for (const kind of ["Service", "Job"]) {
      const { diagnostics } = load(`apiVersion: fsd/v1\nkind: ${kind}\nmetadata: {name: ${name}}\n`);
      expect(diagnostics).toMatchObject([{ code: "FSD1106", line: 3, column: 18, path: "metadata.name" }]);
    }
  });

  it("bounds that can move are no mistake", () => {
    for (const body of [
      "resources: {desiredCount: 4}\n  deployment: {minimumHealthyPercent: 50, maximumPercent: 100}",
      "resources: {desiredCount: 10}\n  deployment: {minimumHealthyPercent: 90, maximumPercent: 110}",
      "resources: {desiredCount: 1}\n  deployment: {minimumHealthyPercent: 0, maximumPercent: 100}",
    ]) {
      expect(codesOf(load(`${withPort}  ${body}\n`).diagnostics)).toEqual([]);
    }
  });

  it("secrets in clear are warned about, their lookalikes are not", () => {
    const text = `${withPort}  environment: {DB_PASSWORD: hunter22, DATABASE: "postgres://u:secret@h/db", TOKEN_URL: "https://x/token", TOKEN_TTL: 300, KEY: "\${secrets:a}"}\n`;
    expect(load(text, { environment: "dev" }).diagnostics.map(({ code, path }) => `${code} ${path}`)).toEqual([
      "FSD1601 service.environment.DB_PASSWORD",
      "FSD1601 service.environment.DATABASE",
    ]);
  });

  it("ARNs of another account are errors, on local a remark", () => {
    const text = `${minimal}service: {secrets: [{name: A, valueFrom: "arn:aws:secretsmanager:us-east-1:999999999999:secret:a-x1y2z3"}]}\n---\napiVersion: fsd/v1\nkind: Environment\nmetadata: {name: dev}\nenvironment: {account: "123456789012", region: us-east-1}\n`;
    expect(load(text, { environment: "dev" }).diagnostics).toMatchObject([{ code: "FSD1604" }]);
    expect(load(text, { environment: "local" }).diagnostics).toMatchObject([{ code: "FSD1607", severity: "info" }]);
  });
});

describe("a job", () => {
  it("follows the rules of services under its own paths", () => {
    expect(
      load(
        `apiVersion: fsd/v1\nkind: Job\nmetadata: {name: etl}\njob:\n  command: [python, etl.py]\n  resources: {cpu: 256, memory: 9000}\n`,
      ).diagnostics,
    ).toMatchObject([{ code: "FSD1203", line: 6, path: "job.resources.memory" }]);
  });
});

describe("checks that explain themselves with numbers", () => {
  const prod = (balancer: string): string =>
    `---\napiVersion: fsd/v1\nkind: Environment\nmetadata: {name: dev}\nenvironment: {cluster: {containerInsights: enabled}, loadBalancers: {internal: {${balancer}}}}\n`;

  it.each([
    [
      "sidecars that leave nothing",
      "resources: {size: micro}\n  sidecars: [{name: a, image: x, memory: 300}, {name: b, image: x, memory: 200, cpu: 256}]",
      "",
      [
        "a 300 + b 200 of the task's 512 MiB leave 12 for the service itself",
        "b 256 of the task's 256 CPU units leave 0 for the service itself",
      ],
    ],
    [
      "the collector's share beside a sidecar's",
      "resources: {size: micro}\n  observability: {traces: {enabled: true}}\n  sidecars: [{name: a, image: x, memory: 300}]",
      "",
      ["a 300 + otel-collector 128 of the task's 512 MiB leave 84 for the service itself"],
    ],
    [
      "an image named for another processor",
      "image: acme/api:1-arm64",
      "",
      ['"acme/api:1-arm64" is named for arm64, the task runs on x86_64'],
    ],
    ["an image named for its processor", "image: acme/api:1-arm64\n  resources: {architecture: arm64}", "", []],
    [
      "a base that takes every task",
      "resources: {desiredCount: 2}\n  capacity: [{provider: FARGATE, base: 2}, {provider: FARGATE_SPOT, weight: 3}]",
      "",
      ["base 2 takes every one of at most 2 tasks, so the weights never count"],
    ],
    [
      "a queue that may not be read",
      'resources: {maxCapacity: 4}\n  autoScaling: {queue: {name: "${ENV}-jobs", depth: 10}}',
      "",
      ["tasks are started for the queue dev-jobs, but may not receive from it"],
    ],
    [
      "a drain that outlasts every request",
      "networking: {loadBalancer: {deregistrationDelay: 600}}",
      "",
      ["every replaced task drains for up to 600 s and then has 30 s to stop: each step of a deploy may wait 630 s"],
    ],
    [
      "requests that outlast the drain",
      "networking: {loadBalancer: {deregistrationDelay: 20}}",
      prod("idleTimeout: 300"),
      [
        "the internal load balancer of dev lets a request be silent for 300 s, but a replaced task drains for 20 s only: what takes longer is cut off by every deploy",
      ],
    ],
    [
      "a drain that Spot cuts short",
      "spot: true\n  stopTimeout: 60\n  networking: {loadBalancer: {deregistrationDelay: 180}}",
      "",
      ["a Spot task is gone 120 s after its notice, so draining for 180 s is cut short by 60 s"],
    ],
    [
      "a canary that bakes too long",
      "deployment: {strategy: canary, bakeTime: 20h, canary: {percent: 5, bakeTime: 15h}}",
      "",
      ["canary would bake for 35 h (5 % for 15 h + bakeTime 20 h), at most 33 h are possible"],
    ],
  ])("%s", (_, body, environment, messages) => {
    expect(load(`${withPort}  ${body}\n${environment}`, { environment: "dev" }).diagnostics.map(({ message }) => message)).toEqual(
      messages,
    );
  });

  it("a schedule's own size is a Fargate size too, and settings belong to what is made", () => {
    const job = "apiVersion: fsd/v1\nkind: Job\nmetadata: {name: etl}\n";
    expect(
      codesOf(load(`${job}job: {schedules: [{name: a, rate: 1 hour, cpu: 256, memory: 9000}]}\n`, { environment: "dev" }).diagnostics),
    ).toEqual(["FSD1203"]);
    for (const [dependency, code] of [
      ["{type: aws_sqs_queue, name: q, managed: {visiblityTimeout: 3}}", "FSD1101"],
      ["{type: aws_sqs_queue, name: q, managed: {ttl: at}}", "FSD1111"],
      [`{type: aws_sqs_queue, name: ${"q".repeat(78)}, managed: {deadLetter: {}}}`, "FSD1901"],
      ["{type: aws_s3_bucket, name: My_Bucket, managed: true}", "FSD1106"],
    ])
      expect(codesOf(load(`${job}dependencies: [${dependency}]\n`, { environment: "dev" }).diagnostics)).toEqual([code]);
  });
});
