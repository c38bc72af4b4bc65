/** Codes FSD11xx: the shape of a document, its fields, types and choices. */
import { type CodeEntry, error, info } from "../code-entry.ts";

export const shapeCodes = {
  FSD1101: error(
    "Unknown field",
    "A field that fsd does not know would have no effect, and you would believe that it had.",
    "Correct the spelling; `fsd explain` lists the fields.",
  ),
  FSD1102: error(
    "Wrong type",
    "The field holds another kind of value.",
    "Give the type that is named; quote texts that look like numbers.",
  ),
  FSD1103: error("Field missing", "The document cannot work without it.", "Add the field."),
  FSD1104: error("Not one of the choices", "The field takes one of a few words.", "Use one of the words that are listed."),
  FSD1105: error("Out of range", "AWS refuses a value outside this range.", "Choose a value within the range."),
  FSD1106: error("Malformed text", "The text has not the form that AWS or fsd needs.", "Write it in the form that is named."),
  FSD1107: error(
    "Alternatives given together",
    "These fields say the same thing in different ways; together they contradict each other.",
    "Keep one of them.",
  ),
  FSD1108: info("Old spelling", "The field is understood under its old name.", "Rename it; `fsd fmt --upgrade` does."),
  FSD1109: error("Number of items", "The list is shorter or longer than AWS accepts.", "Add or remove items."),
  FSD1110: error("Type of service not supported", "fsd deploys to ECS on Fargate and nothing else.", "Write `type: ecs`."),
  FSD1111: error(
    "Field has no meaning here",
    "The field belongs to another type of dependency, strategy or kind and would have no effect.",
    "Remove it.",
  ),
  FSD1112: error("Fields belong together", "One of these fields needs the other.", "Add the one that is named, or remove both."),
  FSD1113: error(
    "Schedule not understood",
    "AWS's cron has six fields, weekdays from 1 for Sunday, and a ? for one of the two days; a rate is a number and a unit.",
    "Write `0 20 * * ? *`, `0 6 ? * MON-FRI *` or `5 minutes`.",
  ),
  FSD1114: error("Unknown time zone", "Schedules know the IANA list of time zones.", "Use a name like `Europe/Berlin` or `UTC`."),
} as const satisfies Record<string, CodeEntry>;
