/**
 * Pipes for a container's output, with names in the file system for a moment: what Node makes by itself are sockets,
 * which a program cannot open again as /dev/stdout.
 */
import { execFile } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { mkdtemp, rmdir, unlink } from "node:fs/promises";
import { Socket } from "node:net";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { TOOL_PATH } from "./runtime-class.ts";

export interface OutputPipe {
  readonly reader: Readable;
  /** A descriptor of this process, to be handed to the container and closed. */
  readonly writer: number;
}

export type OutputPipes = readonly [stdout: OutputPipe, stderr: OutputPipe];

/** Makes the pipes for standard output and standard error; their names are in `folder`, which must exist, until they are open. */
export async function outputPipes(folder: string): Promise<OutputPipes> {
  const own = await mkdtemp(join(folder, "pipes-"));
  const paths = [join(own, "stdout"), join(own, "stderr")] as const;
  await promisify(execFile)("mkfifo", ["-m", "666", ...paths], { env: { PATH: TOOL_PATH } });
  const pipes = [openPipe(paths[0]), openPipe(paths[1])] as const;
  await Promise.all(paths.map((path) => unlink(path)));
  await rmdir(own);
  return pipes;
}

/** Closes pipes that no container was given. */
export function closePipes(pipes: OutputPipes): void {
  for (const { reader, writer } of pipes) {
    closeSync(writer);
    reader.destroy();
  }
}

/** Opens the reader first: a named pipe's writer waits for one. */
function openPipe(path: string): OutputPipe {
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY);
  return { reader: new Socket({ fd: reader, readable: true, writable: false }), writer };
}
