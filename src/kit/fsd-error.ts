/**
 * An expected failure: something the caller can act on, as opposed to a defect. It says what happened, and in `hint`
 * what to do about it. It is recognised by a brand rather than by `instanceof`, because the command is bundled in
 * two files and each holds its own copy of this class.
 */
const brand = Symbol.for("fsd.error");

export interface FsdErrorDetails {
  /** `FSD` and four digits, from the registry in `model/failures.ts`. */
  readonly code: string;
  readonly message: string;
  /** The next step, where there is one: a command or a line to add. */
  readonly hint?: string | undefined;
  readonly exitCode: number;
  readonly cause?: unknown;
}

export class FsdError extends Error {
  readonly [brand] = true;
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: number;

  constructor({ code, message, hint, exitCode, cause }: FsdErrorDetails) {
    super(message, cause === undefined ? {} : { cause });
    this.name = "FsdError";
    this.code = code;
    this.hint = hint;
    this.exitCode = exitCode;
  }
}

export function isFsdError(value: unknown): value is FsdError {
  return value instanceof Error && brand in value;
}
