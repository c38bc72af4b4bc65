/** What there is to say of a code, whichever registry it is from: of manifests (FSD1xxx) or of everything else (FSD5xxx to FSD9xxx). */
import { codeExamples } from "../manifest/code-examples.ts";
import { type Code, codes } from "../manifest/codes.ts";
import { type ExitCode, exitCodeMeanings } from "../model/exit-code.ts";
import { failurePages } from "../model/failure-pages/failure-pages.ts";
import { type FailureCode, failures } from "../model/failures.ts";
import { retiredCodes } from "../model/retired-codes.ts";

export interface CodePage {
  readonly code: string;
  readonly title: string;
  /** `error`, or of a failure the exit code with its meaning. */
  readonly weight: string;
  readonly why: string;
  readonly fix: string;
  readonly examples: readonly CodeSample[];
}

export interface CodeSample {
  readonly title: string;
  readonly language: "sh" | "yaml" | "text";
  /** Ends with a line end. */
  readonly text: string;
}

/** Every code in use, in order. */
export const allCodes: readonly string[] = [...Object.keys(codes), ...Object.keys(failures)].sort();

/** The page of a code in use; undefined for any other word. */
export function codePage(code: string): CodePage | undefined {
  if (Object.hasOwn(codes, code)) return manifestPage(code as Code);
  return Object.hasOwn(failures, code) ? failurePage(code as FailureCode) : undefined;
}

/** Why a word that looks like a code is none: it is retired, or was never given out. */
export function noSuchCode(code: string): { readonly message: string; readonly hint: string } {
  const retired = Object.hasOwn(retiredCodes, code) ? retiredCodes[code] : undefined;
  if (retired !== undefined) return { message: `${code} is not in use any more`, hint: retired };
  return { message: `there is no code ${code}`, hint: "a code is FSD and four digits, as it stands in the message" };
}

function manifestPage(code: Code): CodePage {
  const { severity, title, why, fix } = codes[code];
  const { shell, environment, wrong, right } = codeExamples[code];
  const where = environment === undefined ? "" : ` (for \`--env ${environment}\`)`;
  const language = shell === true ? "sh" : "yaml";
  return {
    code,
    title,
    weight: `Severity: ${severity}`,
    why,
    fix,
    examples: [
      { title: `Wrong${where}`, language, text: wrong },
      { title: `Right${where}`, language, text: right },
    ],
  };
}

function failurePage(code: FailureCode): CodePage {
  const { title, exitCode } = failures[code];
  const { why, fix, said } = failurePages[code];
  // As `report` in program.ts prints it.
  const text =
    code === "FSD9999"
      ? `fsd has a bug: please report this with the command you ran.\nTypeError: ${said.message}\n    at …\n`
      : `error ${code} ${said.message}\n${said.hint === undefined ? "" : `  → ${said.hint}\n`}`;
  return {
    code,
    title: `${title.charAt(0).toUpperCase()}${title.slice(1)}`,
    weight: `Exit code: ${exitCode} (${exitCodeMeanings[exitCode as ExitCode]})`,
    why,
    fix,
    examples: [{ title: "What it says, for example", language: "text", text }],
  };
}
