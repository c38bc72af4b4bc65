/**
 * The terminal's cursor, hidden while something is drawn over itself. Hidden once however often that is asked for, and shown
 * again whatever ends the process: its own end, a crash, Ctrl-C, Ctrl-\\, a terminal that is closed. (Nothing helps after SIGKILL.)
 */
import type { Sink } from "./output.ts";

/** The process, as far as its end concerns the cursor. */
export interface Ending {
  once(event: "exit" | "SIGQUIT" | "SIGHUP", listener: () => void): unknown;
  kill(pid: number, signal: string): unknown;
  readonly pid: number;
}

export class Cursor {
  readonly #terminal: Sink;
  readonly #process: Ending;
  #hidden = false;
  #watched = false;

  constructor(terminal: Sink, process: Ending) {
    this.#terminal = terminal;
    this.#process = process;
  }

  hide(): void {
    if (this.#hidden || this.#terminal.isTTY !== true) return;
    this.#hidden = true;
    this.#watch();
    this.#terminal.write("\u001b[?25l");
  }

  show(): void {
    if (!this.#hidden) return;
    this.#hidden = false;
    this.#terminal.write("\u001b[?25h");
  }

  /** Interrupts are the program's own to handle; they end it by `exit`. */
  #watch(): void {
    if (this.#watched) return;
    this.#watched = true;
    this.#process.once("exit", () => this.show());
    for (const signal of ["SIGQUIT", "SIGHUP"] as const) {
      this.#process.once(signal, () => {
        this.show();
        this.#process.kill(this.#process.pid, signal);
      });
    }
  }
}
