/** The command line as a person calls it, without a process of its own. */
import { SystemClock } from "../kit/clock.ts";
import { runProgram, type World } from "./program.ts";
import type { Verb } from "./verb.ts";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What it asks for in words stands in `stderr`, too; unless told otherwise nobody is there to answer. */
export async function run(
  verbs: readonly Verb[],
  argv: readonly string[],
  { columns, askFor, ...world }: Partial<Omit<World, "terminal">> & { readonly columns?: number } = {},
): Promise<Ran> {
  let stdout = "";
  let stderr = "";
  const code = await runProgram(verbs, argv, {
    terminal: {
      stdout: { write: (text: string) => (stdout += text), ...(columns === undefined ? {} : { columns }) },
      stderr: { write: (text: string) => (stderr += text) },
      colour: false,
    },
    env: {},
    cwd: "/",
    signal: new AbortController().signal,
    clock: new SystemClock(),
    version: "1.2.3",
    platformProgram: "",
    ask: () => undefined,
    ...world,
    ...(askFor === undefined
      ? {}
      : {
          askFor: (question: string, proposal: string) => {
            stderr += `${question} [${proposal}]\n`;
            return askFor(question, proposal);
          },
        }),
  });
  return { code, stdout, stderr };
}
