/**
 * A terminal as small as one likes: programs run on a real pseudo-terminal (util-linux's `script`), and what they write is
 * drawn as xterm draws it, with automatic margins and the lines that have scrolled away kept.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Outcome } from "./outcome.ts";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

interface Row {
  readonly cells: string[];
  /** The next row goes on with it: the terminal broke the line, not the program. */
  goesOn: boolean;
}

export class Screen {
  readonly #size: Size;
  readonly #rows: Row[] = [emptyRow()];
  #top = 0;
  #row = 0;
  #column = 0;
  #rest = "";
  /** How often the cursor was hidden, and whether it can be seen. */
  hidden = 0;
  cursorVisible = true;

  constructor(size: Size) {
    this.#size = size;
  }

  write(text: string): void {
    let at = 0;
    const all = this.#rest + text;
    this.#rest = "";
    while (at < all.length) {
      const control = all[at] === "\u001b" ? sequence(all, at) : undefined;
      if (control === "unfinished") {
        this.#rest = all.slice(at);
        return;
      }
      if (control === undefined) {
        const character = String.fromCodePoint(all.codePointAt(at) ?? 0);
        this.#put(character);
        at += character.length;
      } else {
        this.#control(control.final, control.parameters);
        at = control.end;
      }
    }
  }

  /** Every line the program wrote and has not drawn over, whole, whatever the terminal had to break. */
  get lines(): string[] {
    const lines: string[] = [];
    let open = "";
    for (const { cells, goesOn } of this.#rows) {
      open += Array.from(cells, (cell) => cell ?? " ").join("");
      if (goesOn) continue;
      lines.push(open.trimEnd());
      open = "";
    }
    return open === "" ? lines : [...lines, open];
  }

  #put(character: string): void {
    if (character === "\n") this.#down();
    else if (character === "\r") this.#column = 0;
    else if (character >= " ") {
      if (this.#column === this.#size.columns) {
        this.#current.goesOn = true;
        this.#down();
        this.#column = 0;
      }
      this.#current.cells[this.#column] = character;
      this.#column++;
    }
  }

  get #current(): Row {
    return this.#rows[this.#row] as Row;
  }

  #down(): void {
    this.#row++;
    if (this.#row === this.#rows.length) this.#rows.push(emptyRow());
    this.#top = Math.max(this.#top, this.#row - this.#size.rows + 1);
  }

  #control(final: string, parameters: string): void {
    const count = Number(parameters || 1);
    if (final === "A") this.#row = Math.max(this.#top, this.#row - count);
    else if (final === "B") this.#row = Math.min(this.#rows.length - 1, this.#top + this.#size.rows - 1, this.#row + count);
    else if (final === "G") this.#column = count - 1;
    else if (final === "K") {
      if (parameters === "2") this.#current.cells.length = 0;
      else this.#current.cells.length = Math.min(this.#current.cells.length, this.#column);
      this.#current.goesOn = false;
    } else if (parameters === "?25" && final === "l") {
      this.cursorVisible = false;
      this.hidden++;
    } else if (parameters === "?25" && final === "h") this.cursorVisible = true;
    else if (!"mhl".includes(final)) throw new Error(`the screen does not know the sequence ESC [ ${parameters} ${final}`);
  }
}

const emptyRow = (): Row => ({ cells: [], goesOn: false });

/** The control sequence whose escape character stands at that place. */
function sequence(text: string, at: number): { readonly final: string; readonly parameters: string; readonly end: number } | "unfinished" {
  const pattern = /\[([0-9;?]*)([A-Za-z])/y;
  pattern.lastIndex = at + 1;
  const found = pattern.exec(text);
  if (found === null) {
    if (text.length - at < 12) return "unfinished";
    throw new Error(`the screen does not know what begins with ${JSON.stringify(text.slice(at, at + 12))}`);
  }
  return { final: found[2] ?? "", parameters: found[1] ?? "", end: pattern.lastIndex };
}

export interface OnTerminal {
  readonly screen: Screen;
  /** `script` and its end, which is the program's. */
  readonly script: ChildProcess;
  readonly ended: Promise<Pick<Outcome, "status">>;
  /** Types, as a person would. */
  type(keys: string): void;
}

/** Runs a command on a terminal of that size. `hear` is called whenever something was drawn. */
export function onTerminal(
  command: readonly string[],
  { columns, rows }: Size,
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
  hear: (screen: Screen) => void = () => undefined,
): OnTerminal {
  const screen = new Screen({ columns, rows });
  const line = `stty cols ${columns} rows ${rows}; exec ${command.map(quoted).join(" ")}`;
  const script = spawn("script", ["--quiet", "--return", "--flush", "--command", line, "/dev/null"], {
    cwd: options.cwd,
    env: { ...options.env, SHELL: "/bin/sh", TERM: "xterm" },
    stdio: ["pipe", "pipe", "ignore"],
  });
  script.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen.write(text);
    hear(screen);
  });
  const ended = new Promise<Pick<Outcome, "status">>((resolve, reject) => {
    script.on("error", reject);
    script.on("close", (code) => resolve({ status: code ?? 128 }));
  });
  return { screen, script, ended, type: (keys) => script.stdin.write(keys) };
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
