/** Codes FSD13xx: `${…}` and what is given on the command line. */
import { type CodeEntry, error } from "../code-entry.ts";

export const valuesCodes = {
  FSD1301: error(
    "Unknown value",
    "`${…}` names something that fsd does not know.",
    "Use one of the values that are listed; `$${` writes a literal `${`.",
  ),
  FSD1302: error(
    "Value is not set",
    "The value has no content here, and an empty one would do harm later.",
    "Set it, or give a fallback: `${env:NAME:-fallback}`.",
  ),
  FSD1303: error("`${` is never closed", "The reference has no end.", "Close it with `}`, or write `$${` for a literal `${`."),
  FSD1304: error(
    "Value cannot be used here",
    "The value is known only when the stack is deployed, so it cannot decide this field.",
    "Use a plain value here.",
  ),
  FSD1305: error(
    "Override not understood",
    "An override is `path=value`, a setting `KEY=VALUE`.",
    "Write `--override service.resources.cpu=2048` or `--set LOG_LEVEL=DEBUG`.",
  ),
} as const satisfies Record<string, CodeEntry>;
