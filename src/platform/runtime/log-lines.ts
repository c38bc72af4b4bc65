/**
 * The awslogs driver: output of a container becomes lines with the time of their arrival. A line longer than 16 KiB
 * is split, as Docker splits it; the last line needs no newline. Lines are handed on in batches, so that a chatty
 * program costs one write a batch.
 */
import type { LogLine } from "../services/cloudwatch-logs/log-sink.ts";

const LONGEST_LINE_BYTES = 16 * 1024;

/** Splits one stream of bytes into lines. */
export class LineSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** Lines completed by this piece of output, without their newline. */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const newline = data.indexOf(0x0a);
      if (newline >= 0 && newline <= LONGEST_LINE_BYTES) {
        const end = newline > 0 && data[newline - 1] === 0x0d ? newline - 1 : newline;
        lines.push(data.toString("utf8", 0, end));
        data = data.subarray(newline + 1);
      } else if (data.length > LONGEST_LINE_BYTES) {
        const end = characterBoundary(data, LONGEST_LINE_BYTES);
        lines.push(data.toString("utf8", 0, end));
        data = data.subarray(end);
      } else break;
    }
    this.#rest = data;
    return lines;
  }

  /** The unfinished last line, if there is one. */
  end(): string[] {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    return rest.length === 0 ? [] : [rest.toString("utf8")];
  }
}

/** The end of the last whole UTF-8 character at or before `limit`. */
function characterBoundary(data: Buffer, limit: number): number {
  let end = limit;
  while (end > limit - 4 && ((data[end] ?? 0) & 0xc0) === 0x80) end--;
  return end;
}

/** Gathers the lines of both streams of one container and hands them on at most every `intervalMs`. */
export class LogBatch {
  readonly #write: (lines: readonly LogLine[]) => void;
  readonly #now: () => number;
  readonly #intervalMs: number;
  #lines: LogLine[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(write: (lines: readonly LogLine[]) => void, now: () => number, intervalMs = 50) {
    this.#write = write;
    this.#now = now;
    this.#intervalMs = intervalMs;
  }

  add(lines: readonly string[]): void {
    if (lines.length === 0) return;
    const timestamp = this.#now();
    for (const message of lines) this.#lines.push({ timestamp, message });
    if (this.#lines.length >= 1_000) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), this.#intervalMs);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lines.length === 0) return;
    const lines = this.#lines;
    this.#lines = [];
    this.#write(lines);
  }
}
