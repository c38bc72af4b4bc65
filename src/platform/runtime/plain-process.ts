/**
 * A container without namespaces: a process group on the machine itself, with the image's files below a folder of its
 * own. Where Linux offers it the main process dies with the platform; the rest of its group is the reaper's.
 */
import { spawn } from "node:child_process";
import { closeSync } from "node:fs";
import { constants as os } from "node:os";
import type { Readable } from "node:stream";
import { CannotStart, type ContainerProcess, type ContainerProgram } from "./container-process.ts";
import type { GroupReaper } from "./group-reaper.ts";
import type { OutputPipe } from "./output-pipes.ts";
import { descendants } from "./process-tree.ts";

export interface PlainOptions {
  readonly program: ContainerProgram;
  readonly output: readonly [OutputPipe, OutputPipe];
  readonly reaper: GroupReaper;
  /** `setpriv --pdeathsig KILL` where there is one, else empty. */
  readonly diesWithPlatform: readonly string[];
  /** Called with the first process's pid as soon as it exists. */
  readonly admit: (pid: number) => void;
  /** Explains an exit, by its last output. */
  readonly explain: (exitCode: number, lastOutput: string) => string | undefined;
}

/** How much of the output is kept to explain an exit. */
const KEPT_CHARACTERS = 4_096;

export class PlainProcess implements ContainerProcess {
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly started: Promise<void>;
  readonly exited: Promise<number>;
  readonly #pid: number | undefined;
  #running = true;
  #reason: string | undefined;

  constructor({ program, output, reaper, diesWithPlatform, admit, explain }: PlainOptions) {
    const [out, err] = output;
    this.stdout = out.reader;
    this.stderr = err.reader;
    const [command, ...args] = [...diesWithPlatform, ...program.argv];
    const child = spawn(command as string, args, {
      cwd: program.workingDirectory,
      env: program.environment,
      stdio: ["ignore", out.writer, err.writer],
      detached: true,
    });
    closeSync(out.writer);
    closeSync(err.writer);
    this.#pid = child.pid;
    if (child.pid !== undefined) {
      reaper.add(child.pid);
      admit(child.pid);
    }
    let last = "";
    for (const stream of [out.reader, err.reader]) {
      stream.on("data", (chunk: Buffer) => {
        last = `${last}${chunk.toString("utf8")}`.slice(-KEPT_CHARACTERS);
      });
    }
    this.started = new Promise((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", (error) => reject(new CannotStart(`CannotStartContainerError: ${error.message}`)));
    });
    this.started.catch(() => {}); // Whoever starts a container awaits it; whoever only stops one need not.
    this.exited = new Promise((resolve) => {
      const over = (exitCode: number): void => {
        this.#running = false;
        if (child.pid !== undefined) {
          // As with a container, nothing outlives the main process.
          signalIfThere(-child.pid, "SIGKILL");
          reaper.remove(child.pid);
        }
        this.#reason = explain(exitCode, last);
        resolve(exitCode);
      };
      child.once("error", () => over(127));
      child.once("exit", (code, signal) => over(signal === null ? (code ?? 0) : 128 + os.signals[signal]));
    });
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#running && this.#pid !== undefined) signalIfThere(this.#pid, signal);
  }

  kill(): void {
    if (this.#running && this.#pid !== undefined) signalIfThere(-this.#pid, "SIGKILL");
  }

  exitReason(): string | undefined {
    return this.#reason;
  }

  /** On the machine's own network other programs listen too; the exit explains itself there. */
  listening(): undefined {
    return undefined;
  }

  pids(): number[] {
    return this.#running && this.#pid !== undefined ? descendants(this.#pid) : [];
  }
}

/** Signals a process, or with a negative number its group. */
export function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
