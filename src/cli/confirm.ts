import type { Agreement } from "../deploy/protection/approval.ts";
import { failure } from "../model/failures.ts";
import type { VerbContext } from "./verb.ts";

/** Goes on when `--yes` was given or the person agrees, and answers which; else it fails as declined (exit 3). Never asks without a terminal. */
export async function confirm({ given, ask }: VerbContext, question: string): Promise<Agreement> {
  if (given.flag("yes")) return "--yes";
  const answer = ask(question);
  if (answer === undefined) throw failure("FSD5003", `${question} There is no terminal to ask on`, { hint: "--yes answers" });
  if (!(await answer)) throw failure("FSD5004", "declined; nothing was changed");
  return "asked";
}
