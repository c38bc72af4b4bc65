/** `fsd env …`: verbs about environments that need no AWS account. */
import { formatOption } from "./render.ts";
import { envOption, fileOption, type Verb } from "./verb.ts";

export const envVerbs: readonly Verb[] = [
  {
    name: "env show",
    summary: "print an environment with everything that was left out",
    arguments: [{ name: "environment", summary: "its name; local is built in", required: true }],
    options: [fileOption],
    examples: [
      { command: "fsd env show local", summary: "the environment on this machine" },
      { command: "fsd env show prod -f environments/", summary: "prod with its defaults" },
    ],
    load: async () => (await import("./env-handler.ts")).envShowHandler,
  },
  {
    name: "env render",
    summary: "print the CloudFormation template of an environment",
    description: "Prints what `aws cloudformation deploy` accepts. Needs no AWS account and no network.",
    options: [fileOption, envOption, formatOption, { flags: "--strict", summary: "warnings are errors" }],
    examples: [{ command: "fsd env render -f environments/prod.yml --env prod", summary: "the stack fsd-prod" }],
    load: async () => (await import("./env-handler.ts")).envRenderHandler,
  },
];
