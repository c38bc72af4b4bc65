/** `fsd forecast` and `fsd simulate` as a person calls them. */
import { type Ran, run } from "./program-run.testing.ts";
import { rehearsalVerbs } from "./rehearsal-verbs.ts";

export function rehearse(
  argv: string[],
  { cwd = "/", columns = 120, env = {} }: { cwd?: string; columns?: number; env?: Record<string, string> } = {},
): Promise<Ran> {
  return run(rehearsalVerbs, argv, { cwd, columns, env });
}
