/** `fsd forecast` and `fsd simulate` as a person calls them, without a process of their own. */
import { SystemClock } from "../kit/clock.ts";
import { runProgram } from "./program.ts";
import { rehearsalVerbs } from "./rehearsal-verbs.ts";

export interface Rehearsed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function rehearse(
  argv: string[],
  { cwd = "/", columns = 120, env = {} }: { cwd?: string; columns?: number; env?: Record<string, string> } = {},
): Promise<Rehearsed> {
  let stdout = "";
  let stderr = "";
  const code = await runProgram(rehearsalVerbs, argv, {
    terminal: {
      stdout: { write: (text: string) => (stdout += text), columns },
      stderr: { write: (text: string) => (stderr += text) },
      colour: false,
    },
    env,
    cwd,
    signal: new AbortController().signal,
    clock: new SystemClock(),
    version: "0",
    platformProgram: "",
    ask: () => undefined,
  });
  return { code, stdout, stderr };
}
