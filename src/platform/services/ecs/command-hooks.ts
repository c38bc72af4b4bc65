/**
 * A lifecycle hook as a command on this machine: it reads the function's event as JSON on its standard input and
 * writes the function's answer, `{"hookStatus": "SUCCEEDED"}`, as the last line of its standard output. An exit code
 * other than 0 is a failed hook. The command is a list of words; no shell reads it.
 */
import { spawn } from "node:child_process";

const KEPT_OUTPUT = 64 * 1024;

/** Runs `command` in `folder` and answers with the last line it wrote. Rejects when it cannot be run, fails, or takes too long. */
export function runHookCommand(command: readonly string[], folder: string, event: unknown, withinMs: number): Promise<string> {
  const [program = "", ...words] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { cwd: folder, stdio: ["pipe", "pipe", "pipe"], timeout: withinMs, killSignal: "SIGKILL" });
    let written = "";
    let complaint = "";
    child.stdout.on("data", (chunk: Buffer) => (written = (written + chunk.toString()).slice(-KEPT_OUTPUT)));
    child.stderr.on("data", (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-KEPT_OUTPUT)));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve(written.trim().split("\n").at(-1) ?? "");
      else reject(new Error(`the command ended with ${signal ?? `exit code ${code}`}: ${complaint.trim().split("\n").at(-1) ?? ""}`));
    });
    // A command that does not read its input has closed it before all is written: no failure of the hook.
    child.stdin.on("error", () => undefined);
    child.stdin.end(JSON.stringify(event));
  });
}
