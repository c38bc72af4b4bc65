import { describe, expect, it } from "vitest";
import { failure } from "../model/failures.ts";
import { type Ran, run as runVerbs } from "./program-run.testing.ts";
import type { Given, Verb } from "./verb.ts";

/** Runs a command line against a few verbs and gathers what it said. */
async function run(...argv: string[]): Promise<Ran & { readonly given: Given | undefined }> {
  let given: Given | undefined;
  const verbs: Verb[] = [
    {
      name: "deploy",
      summary: "deploy it",
      arguments: [{ name: "service", summary: "which", variadic: true }],
      options: [
        { flags: "-f, --file <path>", summary: "file", repeats: true },
        { flags: "--yes", summary: "do not ask" },
        { flags: "--version <version>", summary: "of the image" },
        { flags: "-e, --env <name>", summary: "environment", default: "local" },
      ],
      examples: [{ command: "fsd deploy", summary: "this folder" }],
      exitCodes: [4],
      load: async () => async (context) => {
        given = context.given;
        return 4;
      },
    },
    {
      name: "local up",
      summary: "start it",
      examples: [],
      load: async () => async () => {
        throw failure("FSD6002", "it runs with other settings", { hint: "stop it first" });
      },
    },
    {
      name: "broken",
      summary: "a defect",
      examples: [],
      load: async () => async () => {
        throw new TypeError("undefined is not a function");
      },
    },
  ];
  return { ...(await runVerbs(verbs, argv)), given };
}

describe("the command line", () => {
  it("hands a verb what was given, and its exit code to the process", async () => {
    const { code, given } = await run("deploy", "a", "b", "-f", "one.yml", "--file", "two.yml", "--yes");
    expect(code).toBe(4);
    expect(given?.arguments("service")).toEqual(["a", "b"]);
    expect(given?.list("file")).toEqual(["one.yml", "two.yml"]);
    expect([given?.flag("yes"), given?.text("env"), given?.text("output")]).toEqual([true, "local", "text"]);
  });

  it.each([
    [["depoly"], "Did you mean deploy?"],
    [["local", "upp"], "Did you mean up?"],
    [["deploy", "--fil", "x"], "Did you mean --file?"],
    [["deploy", "-f"], "argument missing"],
    [["local"], "a command is missing"],
  ])("answers %j with exit code 2 and a way on", async (argv, said) => {
    const { code, stderr } = await run(...argv);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });

  it("shows an expected failure as code, message and hint, and as JSON when JSON was asked for", async () => {
    const text = await run("local", "up");
    expect(text).toMatchObject({ code: 2, stdout: "", stderr: "error FSD6002 it runs with other settings\n  → stop it first\n" });
    const json = await run("local", "up", "--output", "json");
    expect(JSON.parse(json.stdout)).toEqual({ error: { code: "FSD6002", message: "it runs with other settings", hint: "stop it first" } });
    expect(json).toMatchObject({ code: 2, stderr: "" });
    expect(JSON.parse((await run("deploy", "--fil", "--output", "json")).stdout).error.code).toBe("FSD5001");
  });

  it("owns up to a defect", async () => {
    const { code, stderr } = await run("broken");
    expect(code).toBe(1);
    expect(stderr).toContain("fsd has a bug");
    expect(stderr).toContain("undefined is not a function");
  });

  it("shows examples and exit codes in a verb's help, on stdout, as success", async () => {
    const { code, stdout } = await run("deploy", "--help");
    expect(code).toBe(0);
    expect(stdout).toContain("fsd deploy  # this folder");
    expect(stdout).toContain("  4  rolled back: the requested revision is not live");
    expect((await run()).stdout).toContain("deploy it");
    expect((await run("--version")).stdout).toBe("1.2.3\n");
  });

  it("leaves --version to a verb that has one", async () => {
    const { given, stdout } = await run("deploy", "--version", "1.4.2");
    expect(given?.text("version")).toBe("1.4.2");
    expect(stdout).toBe("");
  });
});
