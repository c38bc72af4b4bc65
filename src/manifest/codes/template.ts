/** Codes FSD19xx: what shows only when the template is written. */
import { type CodeEntry, error } from "../code-entry.ts";

export const templateCodes = {
  FSD1901: error("Name too long", "With the prefixes that keep names apart the name exceeds AWS's limit.", "Shorten the service's name."),
  FSD1902: error(
    "Override patch hits nothing",
    "A patch that finds no place would silently have no effect.",
    "Look the path up in `fsd render`.",
  ),
  FSD1904: error(
    "Resource type not on local",
    "The local platform has no such CloudFormation resource type, so the deployment would fail half-way. It is refused before anything changes.",
    "Leave the field out under `environments.local`, give a stand-in, or deploy elsewhere; `docs/local-support.md` lists what is there.",
  ),
} as const satisfies Record<string, CodeEntry>;
