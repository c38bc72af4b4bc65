/** Codes FSD10xx: what is wrong with the file itself, before anything in it is understood. */
import { type CodeEntry, error } from "../code-entry.ts";

export const fileCodes = {
  FSD1001: error(
    "No manifest there",
    "The file, folder or glob given does not exist, cannot be read, or holds no manifest.",
    "Give an existing file with `-f`, or put the manifest into `fsd.yml`, `fsd/` or `*.fsd.yml`.",
  ),
  FSD1002: error(
    "File too large",
    "A manifest has a few hundred lines. Files over 1 MiB are refused without being read.",
    "Give the manifest itself; split it into several files if it has really grown that large.",
  ),
  FSD1003: error(
    "Not a text file",
    "A manifest is YAML in UTF-8. The file holds bytes that are not.",
    "Give a text file; save it as UTF-8.",
  ),
  FSD1004: error(
    "YAML syntax",
    "The file is not YAML, so nothing in it can be understood.",
    "Mend the line that is named; indentation and unquoted `:` or `@` are the usual reasons.",
  ),
  FSD1005: error(
    "Key given twice",
    "Of two equal keys in one map only one could count, and nobody could tell which.",
    "Remove one of them.",
  ),
  FSD1006: error(
    "Tab in the indentation",
    "YAML forbids tabs in indentation, because their width is nobody's agreement.",
    "Indent with spaces.",
  ),
  FSD1007: error(
    "Aliases expand too far",
    "Aliases of aliases can make a small file as large as memory.",
    "Write the values out, or use fewer aliases.",
  ),
  FSD1008: error(
    "Nested too deeply",
    "No field of a manifest lies that deep; reading on could exhaust the stack.",
    "Flatten the document.",
  ),
  FSD1009: error(
    "Unknown alias",
    "The alias names an anchor that stands nowhere before it.",
    "Define the anchor before the alias, or write the value out.",
  ),
  FSD1010: error(
    "Empty manifest",
    "The file holds no document.",
    "Begin with `apiVersion: fsd/v1` and `kind: Service`; `fsd init` writes one.",
  ),
  FSD1011: error(
    "Not a document of fsd",
    "A document is a map that begins with `apiVersion: fsd/v1` and a `kind`.",
    "Add `apiVersion: fsd/v1` and `kind: Service | Job | Environment | Defaults`.",
  ),
  FSD1012: error(
    "Unknown apiVersion",
    "This version of fsd reads `fsd/v1`.",
    "Write `apiVersion: fsd/v1`, or use the version of fsd that knows this one.",
  ),
  FSD1013: error("Unknown kind", "The kind decides how a document is read.", "Use Service, Job, Environment or Defaults."),
  FSD1014: error(
    "Tag not understood",
    "YAML tags like `!Ref` have no meaning in a manifest.",
    "Write the plain value; `${…}` refers to values, `overrides` reaches the template.",
  ),
  FSD1015: error("Key is not a text", "Keys of a manifest are names.", "Use a plain name as key."),
  FSD1016: error(
    "Too much in one file",
    "A file with tens of thousands of words is no manifest, or too many of them.",
    "Split it into several files.",
  ),
  FSD1017: error(
    "More mistakes than can be listed",
    "After a few hundred mistakes in one file the rest are not listed.",
    "Mend the ones that are listed first; is it the right file?",
  ),
} as const satisfies Record<string, CodeEntry>;
