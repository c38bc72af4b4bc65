/**
 * What a test needs and a machine may lack. A missing component skips its tests aloud, with the reason, unless
 * `FSD_REQUIRE` (comma-separated names, or `all`) demands it: then the skip becomes a failure.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, it } from "vitest";

const probes = {
  aws: () => answers("aws", ["--version"]),
  curl: () => answers("curl", ["--version"]),
  python3: () => answers("python3", ["--version"]),
  boto3: () => answers("python3", ["-c", "import boto3"]),
  // Whose models know the members that the platform has from the JavaScript SDK; Debian's are older.
  "new-botocore": () =>
    answers("python3", ["-c", "import botocore; assert tuple(map(int, botocore.__version__.split('.')[:2])) >= (1, 43)"]),
  "cfn-lint": () => answers("cfn-lint", ["--version"]),
  "moto-server": () => answers("python3", ["-c", "import moto.server"]),
  // The interpreter a task finds on its PATH, not a virtual environment's.
  fastapi: () => answers("/usr/bin/python3", ["-c", "import fastapi, uvicorn, boto3"]),
  celery: () => answers("/usr/bin/python3", ["-c", "import celery, kombu, pycurl, redis, fastapi, uvicorn, boto3"]),
  redis: () => answers("redis-server", ["--version"]),
  // The command and, below one of its own plugin folders or FSD_TERRAFORM_PLUGINS, its AWS provider: nothing is downloaded.
  terraform: () => answers("terraform", ["version"]) && terraformPlugins() !== undefined,
  namespaces: () =>
    answers("unshare", ["-nmpf", "--mount-proc", "--kill-child", "true"]) ||
    answers("unshare", ["-Urnmpf", "--mount-proc", "--kill-child", "true"]),
} as const;

/** The folder that holds Terraform's AWS provider, when one does. */
export function terraformPlugins(): string | undefined {
  return [
    process.env.FSD_TERRAFORM_PLUGINS ?? "",
    join(homedir(), ".terraform.d/plugins"),
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
  ].find((folder) => folder !== "" && existsSync(join(folder, "registry.terraform.io/hashicorp/aws")));
}

export type Requirement = keyof typeof probes;

function answers(command: string, args: string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore", timeout: 120_000 }).status === 0;
}

const found = new Map<Requirement, boolean>();

/** Whether the machine has the component; looked up once a process. */
export function has(requirement: Requirement): boolean {
  let present = found.get(requirement);
  if (present === undefined) {
    present = probes[requirement]();
    found.set(requirement, present);
  }
  return present;
}

/** `describe` for situations that need components: skipped aloud when one is missing, failed when `FSD_REQUIRE` names it. */
export function describeWith(requirements: Requirement | readonly Requirement[], situation: string, body: () => void): void {
  const missing = [requirements].flat().filter((requirement) => !has(requirement));
  if (missing.length === 0) {
    describe(situation, body);
    return;
  }
  const demanded = (process.env.FSD_REQUIRE ?? "").split(",").map((name) => name.trim());
  const required = missing.filter((requirement) => demanded.includes("all") || demanded.includes(requirement));
  const reason = `${situation} [not on this machine: ${missing.join(", ")}]`;
  if (required.length > 0) {
    it(reason, () => {
      throw new Error(`FSD_REQUIRE demands ${required.join(", ")}, which this machine does not have`);
    });
    return;
  }
  describe.skip(reason, body);
}
