import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { catalogue } from "../../test/support/catalogue.ts";
import { formatDiagnostic } from "./diagnostic.ts";
import { type Loaded, loadManifests } from "./load.ts";

const load = (bytes: Uint8Array | string): Loaded =>
  loadManifests([{ file: "fsd.yml", bytes: typeof bytes === "string" ? Buffer.from(bytes) : bytes }], { environment: "dev" });
const codes = (bytes: Uint8Array | string): string[] => load(bytes).diagnostics.map(({ code }) => code);

describe("input that is no manifest", () => {
  it.each([
    ["nothing", "", "FSD1010"],
    ["a comment", "# nothing\n", "FSD1010"],
    ["binary", Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 3), "FSD1003"],
    ["bytes that are no UTF-8", Uint8Array.of(0x61, 0x3a, 0x20, 0xff, 0xfe), "FSD1003"],
    ["UTF-16", Uint8Array.of(0xff, 0xfe, 0x61, 0x00), "FSD1003"],
    ["a tab as indentation", "a:\n\tb: c\n", "FSD1006"],
    ["an unclosed bracket", "a: [1, 2\n", "FSD1004"],
    ["a text", "just words\n", "FSD1011"],
    ["a list", "- a\n- b\n", "FSD1011"],
    ["a map of something else", "version: '3'\nservices: {}\n", "FSD1011"],
    ["another apiVersion", "apiVersion: v1\nkind: Service\n", "FSD1012"],
    ["another kind", "apiVersion: fsd/v1\nkind: Servce\n", "FSD1013"],
    ["a key given twice", "apiVersion: fsd/v1\nkind: Service\nmetadata: {name: api}\nmetadata: {name: web}\n", "FSD1005"],
    ["a foreign tag", "apiVersion: fsd/v1\nkind: Service\nmetadata: {name: !Ref A}\n", "FSD1014"],
    ["an unknown alias", "apiVersion: fsd/v1\nkind: Service\nmetadata: *nope\n", "FSD1009"],
    ["a map as a key", "apiVersion: fsd/v1\nkind: Service\nmetadata: {name: api}\n? {a: b}\n: c\n", "FSD1015"],
    ["bottomless nesting", "[".repeat(100_000), "FSD1008"],
    ["bottomless lists", "- ".repeat(100_000), "FSD1008"],
    ["deep nesting", `a: ${"{a: ".repeat(100)}1${"}".repeat(100)}`, "FSD1008"],
  ])("%s", (_, bytes, code) => {
    const found = codes(bytes);
    expect(found).toContain(code);
    expect(found.length).toBeLessThanOrEqual(3);
  });

  it("a long map on one line is wide, not deep", () => {
    const variables = Array.from({ length: 1000 }, (_, index) => `V${index}: "x"`).join(", ");
    expect(codes(`apiVersion: fsd/v1\nkind: Service\nmetadata: {name: api}\nservice: {environment: {${variables}}}\n`)).toEqual([]);
  });

  it("aliases of aliases end early", () => {
    const levels = Array.from(
      { length: 30 },
      (_, index) =>
        `a${index}: &a${index} [${Array(9)
          .fill(index === 0 ? "x" : `*a${index - 1}`)
          .join(", ")}]`,
    );
    expect(codes(`${levels.join("\n")}\n`)).toContain("FSD1007");
  });

  it("a text full of unknown variables is one error, and soon found", () => {
    const service = (image: string): string =>
      `apiVersion: fsd/v1\nkind: Service\nmetadata: {name: api}\nservice: {type: ecs, image: "${image}"}\n`;
    const wrong = (image: string): number => codes(service(image)).filter((code) => code === "FSD1301").length;
    expect(wrong("${A}".repeat(200_000))).toBe(1);
    expect(wrong(Array.from({ length: 100_000 }, (_, index) => `\${A${index}}`).join(""))).toBe(1);
  });

  it("keys like __proto__ and constructor are unknown fields and nothing else", () => {
    expect(
      codes(
        "apiVersion: fsd/v1\nkind: Service\nmetadata: {name: api}\n__proto__: {x: 1}\nservice: {constructor: 1, environment: {__proto__: v, toString: w}}\n",
      ),
    ).toEqual(["FSD1101", "FSD1101"]);
  });

  it("one broken document does not hide another's mistakes", () => {
    expect(codes("apiVersion: fsd/v1\nkind: Service\nmetadata: {name: A}\n---\nx: [\n")).toEqual(["FSD1106", "FSD1004"]);
  });
});

const sources = Object.values(catalogue);
const manifest = `apiVersion: fsd/v1
kind: Service
metadata: {name: api, pack: shop, owners: ["@me"], tags: {a: b}}
service:
  image: "\${REGISTRY}/api:\${VERSION}"
  port: 8000
  healthCheck: {path: /health, container: {http: /health}}
  resources: {cpu: 512, memory: 1024, desiredCount: 2, minCapacity: 2, maxCapacity: 4}
  capacity: [{provider: FARGATE, base: 1}, {provider: FARGATE_SPOT, weight: 3}]
  autoScaling: {targetCPUUtilization: 70, schedule: [{name: night, cron: "0 20 * * ? *", minCapacity: 1}]}
  deployment: {strategy: rolling, minimumHealthyPercent: 50, maximumPercent: 200, alarms: [errors]}
  environment: {A: "\${ENV}", B: &b 12, C: *b}
  secrets: [{name: S, valueFrom: "secretsmanager:db:password"}]
  networking: {loadBalancer: {path: /api/*}, serviceDiscovery: {ttl: 5}}
  observability: {logs: {retention: 7}, alarms: {errors: {metric: cpu, threshold: 90}}}
dependencies: [{type: aws_s3_bucket, name: x, access: read}]
environments: {dev: {service: {resources: {size: small, maxCapacity: 3}}}}
`;

describe("any bytes at all", () => {
  it("the manifest that is mutated is itself right", () => {
    expect(load(manifest).diagnostics.map(formatDiagnostic)).toEqual([]);
  });

  it("a mutated manifest gives diagnostics or a result, and the same twice", () => {
    const tokens = [
      "null",
      "[]",
      "{}",
      "-1",
      "1e999",
      ".nan",
      "'",
      '"',
      ":",
      "- ",
      "${",
      "}",
      "&a ",
      "*a",
      "!!binary ",
      "\t",
      "\n",
      "---\n",
      "true",
      "\u0000",
      "é",
      "0x1F",
      "<<: ",
      "? ",
    ];
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            at: fc.nat(),
            cut: fc.nat(12),
            put: fc.oneof(fc.constantFrom(...tokens), fc.string({ maxLength: 5 })),
          }),
          { minLength: 1, maxLength: 4 },
        ),
        fc.nat(),
        (edits, which) => {
          let text = sources[which % (sources.length + 1)] ?? manifest;
          for (const { at, cut, put } of edits) {
            const place = at % text.length;
            text = text.slice(0, place) + put + text.slice(place + cut);
          }
          const first = load(text);
          for (const { line, column, message, file } of first.diagnostics) {
            // An edit of the environment's own name makes it one that the option asks for in vain.
            expect(["fsd.yml", "--env"]).toContain(file);
            expect(line).toBeGreaterThanOrEqual(1);
            expect(column).toBeGreaterThanOrEqual(1);
            expect(message).not.toMatch(/undefined|\[object/);
          }
          expect(load(text).diagnostics).toEqual(first.diagnostics);
        },
      ),
      { numRuns: 250 },
    );
  }, 30_000);

  it("random bytes give diagnostics", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => load(bytes).diagnostics.length > 0 || bytes.length === 0),
      { numRuns: 200 },
    );
  });
});

describe("files that are too much", () => {
  const most = 1024 * 1024;
  it.each([
    ["a million brackets", "[]".repeat(most / 2)],
    ["a hundred thousand keys", Array.from({ length: 90_000 }, (_, index) => `k${index}: 1`).join("\n")],
    ["a million empty lines", "\n".repeat(most)],
    ["a quarter of a million documents", "---\n".repeat(most / 4)],
    ["one key, two hundred thousand times", "k: 1\n".repeat(most / 5)],
    ["a pyramid of indentation", Array.from({ length: 1400 }, (_, index) => `${" ".repeat(index)}a:`).join("\n")],
  ])("%s are told in a few lines", (_, text) => {
    const found = codes(text);
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThanOrEqual(30);
  });
});

describe("values that look like others", () => {
  const head = "apiVersion: fsd/v1\nkind: Service\nmetadata: {name: api}\n";
  const said = (body: string): string[] => load(`${head}service: {healthCheck: {path: /}, ${body}}\n`).diagnostics.map(formatDiagnostic);

  it.each([
    ["a leading zero, which YAML 1.1 read as octal", "port: 0800", []],
    ["hexadecimal", "port: 0x1F90", []],
    ["an underscore", "port: 8_000", ['service.port must be a whole number, not the text "8_000"; write 8000']],
    ["sexagesimal", "port: 1:20", ['service.port must be a whole number, not the text "1:20"']],
    ["a fraction", "port: 80.5", ["service.port must be a whole number, not the number 80.5"]],
    ["a number in quotes", 'port: "80"', ['service.port must be a whole number, not the text "80"; remove the quotes']],
    ["no number", "port: .nan", ['service.port must be a whole number, not the text ".nan"']],
    ["infinity", "port: -.inf", ['service.port must be a whole number, not the text "-.inf"']],
    ["more than a number holds", "port: 1e999", ['service.port must be a whole number, not the text "1e999"']],
    ["a number beyond all integers", "port: 99999999999999999999", ["service.port 100000000000000000000 is out of range; use 1 to 65535"]],
    ["yes for true", "port: 80, exec: yes", ['service.exec must be true or false, not the text "yes"; write true']],
    ["off for false", "port: 80, exec: off", ['service.exec must be true or false, not the text "off"; write false']],
    ["a number with its unit", "port: 80, stopTimeout: 30s", ['service.stopTimeout must be a whole number, not the text "30s"; write 30']],
    [
      "a size with its unit",
      "port: 80, resources: {cpu: 512, memory: 1GB}",
      ['service.resources.memory must be a whole number, not the text "1GB"; write 1024'],
    ],
  ])("%s", (_, body, parts) => {
    const lines = said(body);
    expect(lines).toHaveLength(parts.length);
    for (const [index, part] of parts.entries()) expect(lines[index]).toContain(part);
  });

  it("a port with a leading zero is decimal, as YAML 1.2 has it, and 0800 is 800", () => {
    expect(load(`${head}service: {port: 0800, healthCheck: {path: /}}\n`).services[0]?.service.port).toBe(800);
  });

  it("a byte order mark and carriage returns change nothing, not even the places", () => {
    const text = `${head}service: {prot: 1}\n`;
    expect(load(`\uFEFF${text.replaceAll("\n", "\r\n")}`).diagnostics).toEqual(load(text).diagnostics);
  });

  it("a mistake in what an anchor brings is told once, where it stands", () => {
    const text = `${head}service: {port: 80, healthCheck: {path: /}, environment: &e {A: [x]}}\nenvironments:\n  dev: {service: {environment: {<<: *e, B: c}}}\n`;
    expect(load(text).diagnostics.map(({ line, code }) => `${line} ${code}`)).toEqual(["4 FSD1102"]);
  });

  it("numbers, dates and null as keys are names like others", () => {
    expect(codes(`${head}1: a\n2027-01-01: b\n`)).toEqual(["FSD1101", "FSD1101"]);
    expect(codes(`${head}~: a\n`)).toEqual(["FSD1015"]);
  });
});
