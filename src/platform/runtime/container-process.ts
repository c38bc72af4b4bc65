/**
 * A container as the runtime runs it, whichever way: something that starts, can be signalled, and exits once. Two
 * kinds implement it: `NamespacedProcess` (own PID, mount and network namespace) and `PlainProcess` (none of these).
 */
import type { Readable } from "node:stream";

/** A program ready to be started, fully resolved. */
export interface ContainerProgram {
  readonly argv: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
}

export interface ContainerProcess {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves once the program itself runs; rejects with `CannotStart` when it never will. */
  readonly started: Promise<void>;
  /** Resolves with the exit code when nothing of the container runs any more: 128 + N after signal N. Never rejects. */
  readonly exited: Promise<number>;
  /** Sends a signal to the container's main process; does nothing when it does not run. */
  signal(signal: NodeJS.Signals): void;
  /** SIGKILL, also while it is still starting. */
  kill(): void;
  /** What the runtime can tell of an exit beyond its code, after `exited`: how to mend a port that is taken. */
  exitReason(): string | undefined;
  /** Addresses with ports on which its task listens, `127.0.0.1:8000`; undefined where that cannot be told apart from others. */
  listening(): readonly string[] | undefined;
  /** Pids of the container's processes, as the host counts them. */
  pids(): number[];
}

/** Why a container cannot start; worded as ECS words it. */
export class CannotStart extends Error {
  override readonly name = "CannotStart";
}
