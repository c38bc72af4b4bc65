/** `fsd fmt`: manifests as everyone would write them. */
import { fileOption, type Verb } from "./verb.ts";

export const fmtVerb: Verb = {
  name: "fmt",
  summary: "write manifests in one style, with their comments",
  description:
    "Keys come in the order of the schema, indented by two spaces; comments, blank lines and the spelling of values stay. Files that are right already are not touched.",
  options: [
    fileOption,
    { flags: "--check", summary: "write nothing, exit 1 when something would change" },
    { flags: "--upgrade", summary: "rewrite old spellings and the flat dialect as fsd/v1" },
  ],
  examples: [
    { command: "fsd fmt", summary: "the manifests of this folder" },
    { command: "fsd fmt --upgrade -f service.yml", summary: "in today's spelling" },
    { command: "fsd fmt --check -f services/", summary: "in a pipeline" },
  ],
  load: async () => (await import("./fmt-handler.ts")).fmtHandler,
};
