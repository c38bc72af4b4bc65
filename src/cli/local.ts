/** `fsd local up|down|status|reset`: the local platform as a thing of its own. */
import { ExitCode } from "../model/exit-code.ts";
import { stateDirOption, type Verb } from "./verb.ts";

const handlers = () => import("./local-handlers.ts");

export const localVerbs: readonly Verb[] = [
  {
    name: "local up",
    summary: "start the local platform, or say that it runs",
    description:
      "Services that ran when it stopped come back. Without --port it takes 4566, where awslocal, tflocal and cdklocal look for it, or a free port when that one is taken.",
    options: [
      { flags: "--port <number>", summary: "port on 127.0.0.1; when it is taken, that is an error" },
      stateDirOption,
      { flags: "--speed <factor>", summary: "how much faster than AWS waits pass; 1 is faithful (10 unless given)" },
      { flags: "--account <id>", summary: "twelve digits to answer for (000000000000 unless given)" },
      { flags: "--api-limits", summary: "refuse ECS API calls and Fargate launches that come faster than AWS takes them" },
    ],
    examples: [
      { command: "fsd local up", summary: "start it on port 4566" },
      { command: "fsd local up --speed 1", summary: "rehearse at the pace of AWS" },
    ],
    load: async () => (await handlers()).localUp,
  },
  {
    name: "local down",
    summary: "stop the local platform and its tasks, and keep its state",
    options: [stateDirOption],
    examples: [{ command: "fsd local down", summary: "fsd local up brings everything back" }],
    load: async () => (await handlers()).localDown,
  },
  {
    name: "local status",
    summary: "show where the local platform listens and what it can do on this machine",
    options: [stateDirOption],
    examples: [{ command: "fsd local status --output json", summary: "for a script; exit code 1 when it is not running" }],
    load: async () => (await handlers()).localStatus,
  },
  {
    name: "local reclaim",
    summary: "rehearse that Spot takes back the capacity of a service's tasks",
    description:
      "Running tasks on FARGATE_SPOT get AWS's two-minute notice: the EventBridge event, the stop signal at once, stop code SpotInterruption. AWS has no API for it.",
    arguments: [{ name: "service", summary: "whose tasks", required: true }],
    options: [{ flags: "--count <number>", summary: "so many of them, the oldest first; all unless given" }, stateDirOption],
    examples: [{ command: "fsd local reclaim items --count 1", summary: "then watch fsd status items" }],
    load: async () => (await import("./aws-verbs.ts")).handlers.reclaim,
  },
  {
    name: "local reset",
    summary: "stop the local platform and erase all it kept",
    options: [stateDirOption, { flags: "-y, --yes", summary: "do not ask" }],
    examples: [{ command: "fsd local reset --yes", summary: "begin anew" }],
    exitCodes: [ExitCode.declined],
    load: async () => (await handlers()).localReset,
  },
];
