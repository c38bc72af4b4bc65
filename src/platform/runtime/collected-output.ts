/** Runs out a command whose output is wanted: a container's health check. */
import type { ChildProcess } from "node:child_process";

export interface CommandOutcome {
  /** Absent when its time was over. */
  readonly exitCode?: number;
  /** The first 4 KiB of both streams. */
  readonly output: string;
}

const KEPT_CHARACTERS = 4_096;

/** Resolves when the command and all who hold its output have ended; `kill` is called once, after `timeoutMs`. */
export function outcomeOf(child: ChildProcess, timeoutMs: number, kill: () => void): Promise<CommandOutcome> {
  return new Promise((resolve) => {
    let output = "";
    let late = false;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        if (output.length < KEPT_CHARACTERS) output += text.slice(0, KEPT_CHARACTERS - output.length);
      });
    }
    const timer = setTimeout(() => {
      late = true;
      kill();
    }, timeoutMs);
    child.once("error", (error) => {
      clearTimeout(timer);
      resolve({ exitCode: 126, output: error.message });
    });
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve(late ? { output } : { exitCode: code ?? 137, output });
    });
  });
}
