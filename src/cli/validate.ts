/** `fsd validate`: everything that is wrong with manifests, at once. */
import { fileOption, type Verb, type VerbOption } from "./verb.ts";

/** Options of every verb that resolves manifests. */
export const manifestOptions: readonly VerbOption[] = [
  fileOption,
  { flags: "--set <key=value>", summary: "an environment variable of every service and job (repeatable)", repeats: true },
  { flags: "--override <path=value>", summary: "a field, as in service.resources.cpu=2048 (repeatable)", repeats: true },
];

export const validateVerb: Verb = {
  name: "validate",
  summary: "check manifests and say everything that is wrong at once",
  description: "Needs no AWS account and no network. Without --env the manifests are checked for every environment they name.",
  options: [
    ...manifestOptions,
    { flags: "-e, --env <name>", summary: "check for this environment only" },
    { flags: "--strict", summary: "warnings are errors" },
  ],
  examples: [
    { command: "fsd validate", summary: "the manifests of this folder" },
    { command: "fsd validate -f services/ -f environments/ --env prod --strict", summary: "in a pipeline" },
    { command: "fsd validate -f fsd.yml --output json", summary: "for an editor" },
  ],
  load: async () => (await import("./validate-handler.ts")).validateHandler,
};
