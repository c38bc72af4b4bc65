/** `fsd render`: the CloudFormation templates that manifests become. */
import { manifestOptions } from "./validate.ts";
import { envOption, type Verb, type VerbOption } from "./verb.ts";

export const formatOption: VerbOption = {
  flags: "--format <format>",
  summary: "how the template is written",
  choices: ["yaml", "json"],
  default: "yaml",
};

export const renderVerb: Verb = {
  name: "render",
  summary: "print the CloudFormation template of a service or job",
  description:
    "Prints what `aws cloudformation deploy` accepts. Needs no AWS account and no network; the same manifest gives the same bytes.",
  options: [
    ...manifestOptions,
    envOption,
    { flags: "--service <name>", summary: "only this service or job of the files (repeatable)", repeats: true },
    formatOption,
    { flags: "--strict", summary: "warnings are errors" },
  ],
  examples: [
    { command: "fsd render --env prod", summary: "the service of this folder as it would stand in prod" },
    { command: "fsd render -f fsd.yml --env dev --format json", summary: "as JSON" },
  ],
  load: async () => (await import("./render-handler.ts")).renderHandler,
};
