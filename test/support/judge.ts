/** Runs a foreign client to its end and gives what it said. */
import { spawn } from "node:child_process";
import type { Outcome } from "./outcome.ts";

export function judge(command: string, args: readonly string[], environment: Record<string, string> = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "pipe"] });
    const said = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text) => {
      said.stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      said.stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ status: code ?? 128, ...said }));
  });
}
