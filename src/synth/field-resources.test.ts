import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadManifests } from "../manifest/load.ts";
import type { ResolvedEnvironment, ResolvedJob, ResolvedService } from "../manifest/resolved.ts";
import { findFields } from "../manifest/schema/describe.ts";
import { synthesizeEnvironment } from "./environment/synthesize-environment.ts";
import { fieldResources } from "./field-resources.ts";
import { localTypes } from "./generated/local-types.ts";
import { synthesizeJob } from "./job/synthesize-job.ts";
import { givenFields, missingOnLocal } from "./local-support.ts";
import { resourceTypes } from "./resource-types.ts";
import { synthesizeService } from "./service/synthesize-service.ts";
import { synthesizeRepository } from "./synthesize-repository.ts";

const golden = new URL("../../test/golden/", import.meta.url).pathname;

/** Fields of an environment that no golden situation gives, because another has the same types without them. */
const everything = `# env: dev
apiVersion: fsd/v1
kind: Environment
metadata: {name: dev}
environment:
  namespace: dev.internal
  images: {tags: "v*"}
  loadBalancers: {internal: {wafAclArn: "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/a/0e1f2a3b"}}
`;

/** Every document of the golden situations with the rows of the table that it gives, and the types it becomes. */
const witnesses = ["everything", ...readdirSync(golden)].flatMap((situation) => {
  const bytes = situation === "everything" ? Buffer.from(everything) : readFileSync(join(golden, situation, "fsd.yml"));
  const loaded = loadManifests([{ file: "fsd.yml", bytes }], { environment: /^# env: (\w+)/.exec(bytes.toString())?.[1] as string });
  const environment = loaded.environment as ResolvedEnvironment;
  return [...loaded.trees].map(([document, tree]) => {
    const always = document.kind.toLowerCase();
    const rows = fieldResources.filter(
      (row) => row.kind === document.kind && (row.field === always || givenFields(row, document, tree).length > 0),
    );
    return { situation, document, rows, types: typesOf(document, environment) };
  });
});

function typesOf(document: ResolvedService | ResolvedJob | ResolvedEnvironment, environment: ResolvedEnvironment): Set<string> {
  const templates =
    document.kind === "Environment"
      ? [synthesizeEnvironment(document), synthesizeRepository("items", document)]
      : [document.kind === "Job" ? synthesizeJob(document, environment) : synthesizeService(document, environment)];
  return new Set(templates.flatMap(({ Resources }) => Object.values(Resources).map(({ Type }) => Type)));
}

describe("the table of fields and what they become", () => {
  it("names every type that synthesis makes, and fields that there are", () => {
    expect([...new Set(fieldResources.flatMap(({ types }) => types))].sort()).toEqual([...resourceTypes].sort());
    for (const { kind, field } of fieldResources)
      expect(
        findFields(field).some((found) => found.kind === kind),
        `${kind} ${field}`,
      ).toBe(true);
  });

  it.each(witnesses)("$situation: each type of its $document.kind comes from a field the table names", ({ document, types, rows }) => {
    // Most of an environment is there without being asked for.
    const asked = document.kind === "Environment" ? fieldResources.filter(({ kind }) => kind === document.kind) : rows;
    const explained = new Set<string>(asked.flatMap((row) => row.types));
    expect([...types].filter((type) => !explained.has(type))).toEqual([]);
  });

  it("promises nothing that no situation shows", () => {
    const promised = fieldResources.flatMap((row) =>
      row.kind === "Job" && row.field.startsWith("dependencies") ? [] : row.types.map((type) => ({ row, type })),
    );
    const unseen = promised.filter(({ row, type }) => !witnesses.some(({ rows, types }) => rows.includes(row) && types.has(type)));
    expect(unseen.map(({ row, type }) => `${row.field} ${type}`)).toEqual([]);
  });
});

describe("what the table says of a managed dependency on local", () => {
  const managed = fieldResources.filter(({ kind, field }) => kind === "Service" && field === "dependencies[].managed");

  it.each(managed)("is what a deployment meets: $dependency", ({ dependency, types }) => {
    const text = `apiVersion: fsd/v1\nkind: Service\nmetadata: {name: api}\ndependencies: [{type: ${dependency}, name: things, access: write, managed: true}]\n`;
    const { diagnostics } = loadManifests([{ file: "fsd.yml", bytes: Buffer.from(text) }], { environment: "local" });
    expect(diagnostics.map(({ code }) => code)).toEqual(types.every((type) => localTypes.has(type)) ? [] : ["FSD1807"]);
  });
});

describe("a document whose template names a type that local lacks", () => {
  const refused = (text: string): string[] => {
    const loaded = loadManifests([{ file: "fsd.yml", bytes: Buffer.from(`apiVersion: fsd/v1\n${text}`) }], { environment: "local" });
    expect(loaded.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    const environment = loaded.environment as ResolvedEnvironment;
    return [...loaded.trees].flatMap(([document, tree]) =>
      missingOnLocal(document, environment, tree).map(({ code, line, message }) => `${line} ${code} ${message.split(", which")[0]}`),
    );
  };

  it("is refused at the field", () => {
    expect(
      refused(`kind: Environment
metadata: {name: local}
environment:
  domain: {name: a.example.com, zoneId: Z1}
`),
    ).toEqual(["5 FSD1904 environment.domain becomes AWS::CertificateManager::Certificate"]);
  });

  it("is refused at the patch that brings the type in", () => {
    expect(
      refused(`kind: Service
metadata: {name: api}
overrides:
  - {path: /Resources/Extra, value: {Type: "AWS::Lambda::Function"}}
`)[0],
    ).toMatch(/FSD1904 overrides\[0\].value becomes AWS::Lambda::Function/);
  });

  it("passes when local has all of it", () => {
    expect(
      refused("kind: Service\nmetadata: {name: api}\ndependencies: [{type: aws_sqs_queue, name: jobs, access: read, managed: true}]\n"),
    ).toEqual([]);
  });
});
