import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { temporaryFolder } from "../kit/temporary-folder.testing.ts";
import { deployVerb } from "./deploy.ts";
import { manifestVerbs } from "./manifest-verbs.ts";
import { type Ran, run } from "./program-run.testing.ts";

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

const write = (file: string, text: string | Uint8Array): void => {
  mkdirSync(join(folder, file, ".."), { recursive: true });
  writeFileSync(join(folder, file), text);
};

const fsd = (...argv: string[]): Promise<Ran> => run([...manifestVerbs, deployVerb], argv, { cwd: folder });

const service = (name: string, more = ""): string =>
  `apiVersion: fsd/v1\nkind: Service\nmetadata: {name: ${name}}\nservice: {port: 80, healthCheck: {path: /}}\n${more}`;

describe("fsd validate", () => {
  it("says what is wrong, a line each, and exits 2", async () => {
    write("fsd.yml", service("A"));
    const { code, stdout } = await fsd("validate");
    expect(code).toBe(2);
    expect(stdout).toMatch(/^fsd\.yml:3:18 error FSD1106 "A" is not .*; write two or more lower-case letters/);
  });

  it("finds fsd.yml, fsd/ and *.fsd.yml by itself, and says nothing on stdout when all is well", async () => {
    write("fsd.yml", service("api"));
    write("fsd/web.yml", service("web", "overrides: []\n"));
    write("jobs.fsd.yml", service("jobs"));
    expect(await fsd("validate", "--env", "local")).toMatchObject({ code: 0, stdout: "", stderr: "3 files: nothing to mend\n" });
  });

  it("gives a program an array with every part of a diagnostic", async () => {
    write("fsd.yml", service("api", "iam: {policyStatments: []}\n"));
    const { code, stdout } = await fsd("validate", "--output", "json");
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual([
      {
        code: "FSD1101",
        severity: "error",
        file: "fsd.yml",
        line: 5,
        column: 7,
        path: "iam.policyStatments",
        message: expect.stringContaining("policyStatments"),
        hint: expect.stringContaining("did you mean"),
      },
    ]);
  });

  it.each([
    ["a file that is not there", ["-f", "nope.yml"], "FSD1001"],
    ["a folder without manifests", ["-f", "empty"], "FSD1001"],
    ["a glob that matches nothing", ["-f", "x/**/*.yml"], "FSD1001"],
    ["an empty folder", [], "FSD1001"],
    ["a file of two megabytes", ["-f", "large.yml"], "FSD1002"],
    ["a binary file", ["-f", "binary.yml"], "FSD1003"],
    ["a device", ["-f", "/dev/zero"], "FSD1001"],
  ])("%s is told and exits 2", async (_, argv, code) => {
    mkdirSync(join(folder, "empty"));
    if (argv.includes("large.yml")) write("large.yml", "a".repeat(2 * 1024 * 1024));
    if (argv.includes("binary.yml")) write("binary.yml", Uint8Array.of(0, 1, 2));
    const outcome = await fsd("validate", ...argv);
    expect(outcome.code).toBe(2);
    expect(outcome.stdout).toContain(code);
  });

  it("takes files, folders and globs, and each file once", async () => {
    write("x/api/fsd.yml", service("api"));
    write("x/web/fsd.yml", service("web"));
    const { stderr } = await fsd("validate", "-f", "x", "-f", "x/**/*.yml", "-f", "x/api/fsd.yml", "--env", "local");
    expect(stderr).toBe("2 files: nothing to mend\n");
  });

  it("warnings pass, unless --strict", async () => {
    write("fsd.yml", "apiVersion: fsd/v1\nkind: Service\nmetadata: {name: api}\nservice: {port: 80}\n");
    expect((await fsd("validate")).code).toBe(0);
    expect((await fsd("validate", "--strict")).code).toBe(2);
  });

  it("names the patch that hits nothing", async () => {
    write("fsd.yml", service("api", "overrides: [{path: /Resources/Nope/Type, value: x}]\n"));
    expect((await fsd("validate")).stdout).toContain("FSD1902");
  });
});

describe("what the local platform lacks", () => {
  it("is refused by deploy before a platform is even started, and remarked by validate", async () => {
    write("fsd.yml", service("api", 'overrides: [{path: /Resources/Extra, value: {Type: "AWS::Lambda::Function"}}]\n'));
    const refused = await fsd("deploy", "--env", "local", "--state-dir", join(folder, "state"));
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/^fsd\.yml:5:\d+ error FSD1904 overrides\[0\]\.value becomes AWS::Lambda::Function/);
    expect(existsSync(join(folder, "state"))).toBe(false);
    const { code, stdout } = await fsd("validate", "--env", "local");
    expect(code).toBe(0);
    expect(stdout).toMatch(/warning FSD1904/);
    expect((await fsd("validate")).stdout).toBe("");
  });
});

describe("fsd fmt", () => {
  const untidy = "kind: Service\napiVersion: fsd/v1\nmetadata: {name: api}\n";

  it("writes in place what is not in style, and says what it wrote", async () => {
    write("fsd.yml", untidy);
    expect(await fsd("fmt", "--check")).toEqual({ code: 1, stdout: "fsd.yml\n", stderr: "1 of 1 file would change\n" });
    expect(readFileSync(join(folder, "fsd.yml"), "utf8")).toBe(untidy);
    expect(await fsd("fmt")).toMatchObject({ code: 0, stdout: "fsd.yml\n" });
    expect(readFileSync(join(folder, "fsd.yml"), "utf8")).toBe("apiVersion: fsd/v1\nkind: Service\nmetadata: {name: api}\n");
    expect(await fsd("fmt", "--check")).toEqual({ code: 0, stdout: "", stderr: "nothing to change\n" });
  });

  it("writes nothing when one of the files is no YAML", async () => {
    write("a.fsd.yml", untidy);
    write("b.fsd.yml", "kind: [\n");
    expect(await fsd("fmt")).toMatchObject({ code: 2, stdout: expect.stringContaining("FSD1004") });
    expect(readFileSync(join(folder, "a.fsd.yml"), "utf8")).toBe(untidy);
  });
});

describe("fsd render", () => {
  it("prints the same bytes twice, as YAML and as JSON", async () => {
    write("fsd.yml", service("api"));
    const yaml = await fsd("render", "--env", "dev");
    expect(yaml.code).toBe(0);
    expect(yaml.stdout).toMatch(/^AWSTemplateFormatVersion: "2010-09-09"\n/);
    expect((await fsd("render", "--env", "dev")).stdout).toBe(yaml.stdout);
    const json = JSON.parse((await fsd("render", "--env", "dev", "--format", "json")).stdout);
    expect(json.Resources.Service.Type).toBe("AWS::ECS::Service");
  });

  it("prints nothing on stdout when the manifest is wrong", async () => {
    write("fsd.yml", service("api", "x: 1\n"));
    expect(await fsd("render")).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("FSD1101") });
  });

  it("shows for local what deploy deploys there: secrets by their names, not the ARNs of an account of AWS", async () => {
    const arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/db-AbCdEf";
    write("fsd.yml", service("api").replace("port: 80", `port: 80, secrets: [{name: DB, valueFrom: "${arn}:password::"}]`));
    const there = (await fsd("render", "--env", "dev")).stdout;
    expect(there).toContain(`${arn}:password::`);
    const here = (await fsd("render", "--env", "local")).stdout;
    expect(here).not.toContain("123456789012");
    expect(here).toContain("shop/db");
    expect(here).toContain(":password::");
  });

  it("of an environment that no document names leaves account and region open", async () => {
    write("fsd.yml", service("api", "dependencies: [{type: aws_s3_bucket, name: '${ENV}-files'}]\n"));
    const { code, stdout } = await fsd("render", "--env", "staging");
    expect(code).toBe(0);
    expect(stdout).toContain("staging-files");
    expect(stdout).toContain("${AWS::Region}");
    expect((await fsd("validate", "--env", "staging")).code).toBe(0);
  });

  it("refuses a service that no manifest describes", async () => {
    write("fsd.yml", service("api"));
    expect(await fsd("render", "--service", "web")).toMatchObject({ code: 2, stderr: expect.stringContaining("there are api") });
  });
});

describe("fsd env and explain", () => {
  it("local is built in, and what is printed can be read back", async () => {
    const { code, stdout } = await fsd("env", "show", "local");
    expect(code).toBe(0);
    expect(stdout).toContain('account: "000000000000"');
    write("local.yml", stdout);
    expect(await fsd("validate", "-f", "local.yml")).toMatchObject({ code: 0, stdout: "" });
    expect((await fsd("env", "show", "local", "-f", "local.yml")).stdout).toBe(stdout);
  });

  it("an environment that nobody described is refused", async () => {
    expect((await fsd("env", "render", "--env", "prod")).code).toBe(2);
  });

  it("explain says what a code means, of a manifest as of a deployment", async () => {
    const about = await fsd("explain", "fsd1203");
    expect(about).toMatchObject({ code: 0, stderr: "" });
    expect(about.stdout).toContain("FSD1203: Memory is not a Fargate size for this CPU\nSeverity: error\n");
    expect(about.stdout).toContain("What to do: Use one of the sizes that are named.\n");
    const failed = JSON.parse((await fsd("explain", "FSD7004", "--output", "json")).stdout);
    expect(failed).toMatchObject({ code: "FSD7004", title: "Stack is busy", weight: "Exit code: 1 (failed)" });
    expect(failed.examples[0].text).toContain("error FSD7004 the stack fsd-prod-orders is UPDATE_IN_PROGRESS: another deployment runs\n");
    expect(await fsd("explain", "FSD1905")).toMatchObject({ code: 2, stderr: expect.stringContaining("is not in use any more") });
    expect(await fsd("explain", "FSD12003")).toMatchObject({ code: 2, stderr: expect.stringContaining("there is no code FSD12003") });
  });

  it("explain says which line decided", async () => {
    write("fsd.yml", service("api", "environments:\n  dev: {service: {resources: {cpu: 1024}}}\n"));
    expect((await fsd("explain", "-f", "fsd.yml", "--env", "dev", "resources.cpu")).stdout).toBe(
      "api service.resources.cpu = 1024\n  from fsd.yml:6:36 (environments.dev)\n",
    );
    expect((await fsd("explain", "-f", "fsd.yml", "--env", "dev", "resources.memory")).stdout).toContain(
      "= 2048\n  from cpu: 1024 (fsd.yml:6:36 (environments.dev))",
    );
    expect((await fsd("explain", "-f", "fsd.yml", "--env", "prod", "resources.cpu")).stdout).toContain(
      "= 512\n  from size: small (built-in)",
    );
    expect((await fsd("explain", "--env", "local", "environment.vpc.nat")).stdout).toBe(
      "local environment.vpc.nat = single\n  from built-in\n",
    );
  });

  it("schema prints a JSON Schema", async () => {
    expect(JSON.parse((await fsd("schema")).stdout).$schema).toBe("https://json-schema.org/draft/2020-12/schema");
  });
});
