/** `fsd explain` and `fsd schema`: what fields there are, what they mean, where a value came from. */
import { manifestOptions } from "./validate.ts";
import type { Verb } from "./verb.ts";

export const explainVerb: Verb = {
  name: "explain",
  summary: "say what a field or a code is, or where a value came from",
  description: "Without -f and --env it describes the field; with them it says which value it has there and which line decided.",
  arguments: [
    {
      name: "field",
      summary: "a path like service.resources.cpu, or short resources.cpu, or a code like FSD7005; every field when left out",
    },
  ],
  options: [
    ...manifestOptions,
    { flags: "-e, --env <name>", summary: "show the value in this environment" },
    { flags: "--service <name>", summary: "of this service of the files" },
  ],
  examples: [
    { command: "fsd explain service.resources.cpu", summary: "what it is, its default and range, what it becomes in AWS" },
    { command: "fsd explain -f fsd.yml --env prod resources.cpu", summary: "its value in prod, and the line that decided" },
    { command: "fsd explain FSD7005", summary: "what the code means, why, and what to do" },
  ],
  load: async () => (await import("./explain-handler.ts")).explainHandler,
};

export const schemaVerb: Verb = {
  name: "schema",
  summary: "print the JSON Schema of manifests, for editors",
  examples: [{ command: "fsd schema > fsd.schema.json", summary: "then point your editor's YAML support at it" }],
  load: async () => (await import("./explain-handler.ts")).schemaHandler,
};
