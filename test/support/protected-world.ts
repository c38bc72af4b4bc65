import { CloudFormation } from "@aws-sdk/client-cloudformation";
import { onTestFinished } from "vitest";
import type { KeptApproval } from "../../src/deploy/protection/approval.ts";
import { serviceFiles } from "./service.ts";
import { World } from "./world.ts";

const environment = (name: string, more: string): string =>
  `apiVersion: fsd/v1\nkind: Environment\nmetadata: {name: ${name}}\nenvironment:\n  region: us-east-1\n  loadBalancers: {internal: {}}\n${more}`;

interface Wanted {
  readonly protect?: boolean;
  readonly version?: string;
  readonly count?: number;
  readonly program?: "exits" | "unhealthy";
  /** Of the service and of the environment. */
  readonly more?: string;
  readonly surroundings?: string;
}

/** A platform of its own with AWS's clients for it, gone when the test is. */
export async function beginProtected() {
  const world = new World();
  onTestFinished(() => world.end());
  const { endpoint } = await world.up();
  const settings = { endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  const cloudFormation = new CloudFormation(settings);
  onTestFinished(() => cloudFormation.destroy());
  return {
    ...{ world, endpoint, settings, cloudFormation },
    /** Writes the service `items` and its environment as they shall be; answers the folder. */
    write: (env: string, { protect = true, version = "1", count = 1, program, more = "", surroundings = "" }: Wanted = {}): string => {
      const behaviour = program === undefined ? { version, count } : { version, count, program };
      const { "fsd.yml": manifest = "", ...files } = serviceFiles("items", behaviour, more);
      return world.write(env, {
        ...files,
        // What another environment runs is built elsewhere.
        "fsd.yml": env === "local" ? manifest : manifest.replace("  build: {context: .}\n", ""),
        "environment.yml": environment(env, `${protect ? "  protect: true\n" : ""}${surroundings}`),
      });
    },
    isProtected: async (StackName: string): Promise<boolean | undefined> => {
      const { Stacks = [] } = await cloudFormation.describeStacks({ StackName });
      return Stacks[0]?.EnableTerminationProtection;
    },
    approvals: (...args: string[]): Promise<KeptApproval[]> => world.json<KeptApproval[]>("approvals", ...args),
  };
}
