/**
 * Where a verb's words go. Results go to stdout, everything about the way there to stderr, except for the events of a
 * long verb, which are its result. `--output json` makes stdout JSON (one value, or one value a line) and nothing else.
 */
import type { Cursor } from "./cursor.ts";
import { type Painter, painter } from "./painter.ts";

export type OutputFormat = "text" | "json";

/** The two streams and what is known about them. */
export interface Terminal {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly colour: boolean;
  /** Of stdout; none where nothing is drawn over itself. */
  readonly cursor?: Pick<Cursor, "hide" | "show">;
}

export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** To the line's begin, which is then empty. */
const OVER = "\r\u001b[K";

export class Output {
  readonly format: OutputFormat;
  readonly paint: Painter;
  readonly #terminal: Terminal;
  #drawn = false;

  constructor(format: OutputFormat, terminal: Terminal) {
    this.format = format;
    this.#terminal = terminal;
    this.paint = painter(terminal.colour && format === "text");
  }

  /** A person is watching: progress may be drawn over itself. */
  get live(): boolean {
    return this.format === "text" && this.#terminal.stdout.isTTY === true;
  }

  get columns(): number {
    return this.#terminal.stdout.columns ?? 120;
  }

  get stdout(): Sink {
    return this.#terminal.stdout;
  }

  hideCursor(): void {
    this.#terminal.cursor?.hide();
  }

  showCursor(): void {
    this.#terminal.cursor?.show();
  }

  /** A line of the result; not for JSON. */
  line(text = ""): void {
    this.#terminal.stdout.write(`${text}\n`);
  }

  /** The result as it is, without a line end added. */
  raw(text: string): void {
    this.#terminal.stdout.write(text);
  }

  /** The whole result of a verb under `--output json`. */
  json(value: unknown): void {
    this.#terminal.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
  }

  /** One of many values under `--output json`. */
  jsonLine(value: unknown): void {
    this.#terminal.stdout.write(`${JSON.stringify(value)}\n`);
  }

  /** A remark beside the result. */
  note(text: string): void {
    this.#terminal.stderr.write(`${text}\n`);
  }

  /** Somebody watches what stands beside the result. */
  get watched(): boolean {
    return this.#terminal.stderr.isTTY === true;
  }

  /** How far a verb is, beside its result: over itself where somebody watches, else a line of its own. Undefined: it is done. */
  progress(text: string | undefined): void {
    if (text !== undefined && !this.watched) this.note(text);
    else if (text !== undefined || this.#drawn) this.#terminal.stderr.write(`${OVER}${text ?? ""}`);
    this.#drawn = text !== undefined && this.watched;
  }
}
