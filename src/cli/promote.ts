/** `fsd promote|abort`: what a person says to a deployment that goes on. */
import { ExitCode } from "../model/exit-code.ts";
import { connectionOptions } from "./operate.ts";
import type { Verb, VerbArgument } from "./verb.ts";

const handlers = async () => (await import("./aws-verbs.ts")).handlers;

const service: VerbArgument = { name: "service", summary: "whose deployment", required: true };
const yes = { flags: "-y, --yes", summary: "do not ask" };

export const promoteVerbs: readonly Verb[] = [
  {
    name: "promote",
    summary: "let a deployment that is paused at a hook go on",
    description:
      "Shows first what the old and the new revision did with their requests so far: how many, the share of 5xx, the times. It goes on to its next stage, or to its next pause. fsd deploy, where it still runs, sees how it ends.",
    arguments: [service],
    options: [yes, ...connectionOptions],
    examples: [{ command: "fsd promote items --env prod", summary: "after a look at fsd status items --env prod" }],
    exitCodes: [ExitCode.declined],
    load: async () => (await handlers()).promote,
  },
  {
    name: "abort",
    summary: "stop a deployment that goes on, and go back to the revision before",
    description: "Also where it is not paused. CloudFormation, which waits for the deployment, rolls its stack back then.",
    arguments: [service],
    options: [yes, ...connectionOptions],
    examples: [{ command: "fsd abort items --env prod --yes", summary: "without a question" }],
    exitCodes: [ExitCode.declined],
    load: async () => (await handlers()).abort,
  },
];
