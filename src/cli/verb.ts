/**
 * A verb of the command as a value: what it is called, what it takes, how it is used, and where its handler is. The
 * program, its help and (later) shell completion and the reference page are all made from these values; a handler
 * is loaded only when its verb is called, so that one verb never pays for another's imports.
 */
import type { Clock } from "../kit/clock.ts";
import type { ExitCode } from "../model/exit-code.ts";
import type { Output } from "./output.ts";

export interface Verb {
  /** Words after `fsd`: `deploy`, `local up`. */
  readonly name: string;
  /** One line without a full stop, in the imperative. */
  readonly summary: string;
  /** More to say in `--help`, in whole sentences. */
  readonly description?: string;
  readonly arguments?: readonly VerbArgument[];
  readonly options?: readonly VerbOption[];
  readonly examples: readonly VerbExample[];
  /** The exit codes the verb uses besides 0, 1 and 2. */
  readonly exitCodes?: readonly ExitCode[];
  /** Under `--output json` it prints one value a line, as things happen; otherwise one value in all. */
  readonly jsonLines?: true;
  readonly load: () => Promise<Handler>;
}

export interface VerbArgument {
  /** `service`; shown as `[service]`, `<service>` or `[service...]`. */
  readonly name: string;
  readonly summary: string;
  readonly required?: boolean;
  readonly variadic?: boolean;
}

export interface VerbOption {
  /** `-f, --file <path>`, `--yes`. The long name in camelCase is the name to read it by. */
  readonly flags: string;
  readonly summary: string;
  /** May be given several times; read with `list`. */
  readonly repeats?: boolean;
  readonly choices?: readonly string[];
  readonly default?: string;
}

export interface VerbExample {
  readonly command: string;
  readonly summary: string;
}

/** Does the verb's work and answers with the exit code: an `ExitCode`, or a task's own. Expected failures are thrown as `FsdError`. */
export type Handler = (context: VerbContext) => Promise<number>;

/** All a handler gets from the outside world. */
export interface VerbContext {
  readonly given: Given;
  readonly output: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted by the first interrupt; a second one ends the process. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** fsd's own version. */
  readonly version: string;
  /** The local platform's bundle. */
  readonly platformProgram: string;
  /** Asks on the terminal; nothing typed is the proposal, "no" unless given. It answers undefined where there is none (then `--yes` must answer). */
  readonly ask: (question: string, proposal?: boolean) => Promise<boolean> | undefined;
  /** Asks on the terminal for a text; nothing typed is the proposal. Undefined where there is no terminal, or the person left. */
  readonly askFor?: (question: string, proposal: string) => Promise<string | undefined> | undefined;
}

/** What was given on the command line, read by name. */
export class Given {
  readonly #options: Readonly<Record<string, unknown>>;
  readonly #arguments: Readonly<Record<string, unknown>>;

  constructor(args: Readonly<Record<string, unknown>>, options: Readonly<Record<string, unknown>>) {
    this.#arguments = args;
    this.#options = options;
  }

  /** An argument that is not variadic. */
  argument(name: string): string | undefined {
    const value = this.#arguments[name];
    return typeof value === "string" ? value : undefined;
  }

  /** A variadic argument. */
  arguments(name: string): readonly string[] {
    const value = this.#arguments[name];
    return Array.isArray(value) ? value.map(String) : [];
  }

  flag(name: string): boolean {
    return this.#options[name] === true;
  }

  text(name: string): string | undefined {
    const value = this.#options[name];
    return typeof value === "string" ? value : undefined;
  }

  list(name: string): readonly string[] {
    const value = this.#options[name];
    return Array.isArray(value) ? value.map(String) : [];
  }
}

/** The option every verb that reads manifests takes. */
export const fileOption: VerbOption = {
  flags: "-f, --file <path>",
  summary: "manifest file, folder or glob (repeatable; else fsd.yml, fsd/ or *.fsd.yml here)",
  repeats: true,
};

export const stateDirOption: VerbOption = {
  flags: "--state-dir <folder>",
  summary: "state directory of the local platform (else FSD_STATE_DIR, else ~/.fsd/local)",
};

export const envOption: VerbOption = { flags: "-e, --env <name>", summary: "environment", default: "local" };
