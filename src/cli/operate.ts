/** `fsd status|logs|delete|unfreeze|approvals`: verbs on what is deployed. They need no file, only the environment's name. */
import { ExitCode } from "../model/exit-code.ts";
import { envOption, stateDirOption, type Verb, type VerbArgument, type VerbOption } from "./verb.ts";

const handlers = async () => (await import("./aws-verbs.ts")).handlers;

const services: VerbArgument = { name: "service", summary: "services and jobs; all of the environment when none is named", variadic: true };
export const serviceOption: VerbOption = { flags: "--service <name>", summary: "the same as an argument (repeatable)", repeats: true };
export const connectionOptions: readonly VerbOption[] = [
  envOption,
  stateDirOption,
  { flags: "--region <region>", summary: "AWS region (else as the AWS SDK finds it; us-east-1 on local)" },
  { flags: "--endpoint <url>", summary: "talk to this endpoint; AWS_ENDPOINT_URL is never used" },
];

export const operateVerbs: readonly Verb[] = [
  {
    name: "status",
    summary: "show what is deployed and what really runs, of a job also when it runs next and how its last runs ended",
    arguments: [services],
    options: [serviceOption, { flags: "--url", summary: "only where they answer, a line each" }, ...connectionOptions],
    examples: [
      { command: "fsd status", summary: "every service on this machine" },
      { command: "curl $(fsd status items --url)/health", summary: "its address, for a script" },
      { command: "fsd status items --env prod --output json", summary: "one service, for a program" },
    ],
    load: async () => (await handlers()).status,
  },
  {
    name: "logs",
    summary: "show the lines that a service's or job's tasks wrote",
    arguments: [services],
    options: [
      serviceOption,
      { flags: "-f, --follow", summary: "go on as lines come" },
      { flags: "--since <time>", summary: "from then on: 90s, 15m, 2h, 3d ago, or an ISO 8601 time" },
      { flags: "--tail <lines>", summary: "at most so many of the newest lines (100; all with --since)" },
      { flags: "--filter <pattern>", summary: "a CloudWatch Logs filter pattern; searches the last hour unless --since says otherwise" },
      ...connectionOptions,
    ],
    examples: [
      { command: "fsd logs items -f", summary: "the last 100 lines, then what comes" },
      { command: "fsd logs items --env prod --since 15m --filter ERROR", summary: "errors of the last quarter of an hour" },
    ],
    exitCodes: [ExitCode.interrupted],
    jsonLines: true,
    load: async () => (await handlers()).logs,
  },
  {
    name: "delete",
    summary: "delete services and jobs, or a whole environment",
    description:
      "Log groups and images are kept; a later deployment finds them again. A job's running tasks are stopped first. Of a protected environment nothing is deleted without --force.",
    arguments: [{ ...services, summary: "services and jobs to delete" }],
    options: [
      serviceOption,
      { flags: "--all", summary: "every service and job of the environment, then the environment itself" },
      { flags: "--force", summary: "also where the environment is protected: lift the protection of what is deleted" },
      { flags: "-y, --yes", summary: "do not ask" },
      ...connectionOptions,
    ],
    examples: [
      { command: "fsd delete items --yes", summary: "one service from this machine" },
      { command: "fsd delete --all --env dev", summary: "a whole environment" },
    ],
    exitCodes: [ExitCode.declined, ExitCode.interrupted],
    jsonLines: true,
    load: async () => (await handlers()).delete,
  },
  {
    name: "unfreeze",
    summary: "let a service be deployed again after a failure froze it",
    description:
      "With deployment.freezeOnFailure, and in a protected environment, a failed deployment is the last one until a person says why it may go on. Who did, when and why is kept as the parameter /fsd/<env>/unfrozen/<service>. In a protected environment it is asked for and recorded as an approval.",
    arguments: [{ ...services, summary: "services to unfreeze" }],
    options: [
      serviceOption,
      { flags: "--reason <text>", summary: "why; required, and kept" },
      { flags: "-y, --yes", summary: "do not ask, which only a protected environment does" },
      ...connectionOptions,
    ],
    examples: [{ command: 'fsd unfreeze items --env prod --reason "the database is back"', summary: "deployments may go on" }],
    exitCodes: [ExitCode.declined],
    load: async () => (await handlers()).unfreeze,
  },
  {
    name: "approvals",
    summary: "show who approved what in a protected environment, newest first",
    description:
      "Every deploy, delete, promote, abort and unfreeze there is approved, on a terminal or by --yes, and recorded before it begins: who, when, how and what. The last hundred of each service are kept, also when it is deleted.",
    arguments: [{ ...services, summary: "services and jobs; all of the environment, and its own, when none is named" }],
    options: [serviceOption, { flags: "--tail <count>", summary: "at most so many of the newest (20)" }, ...connectionOptions],
    examples: [
      { command: "fsd approvals --env prod", summary: "the last twenty of the environment" },
      { command: "fsd approvals items --env prod --tail 100 --output json", summary: "all that are kept of one service, for a program" },
    ],
    load: async () => (await handlers()).approvals,
  },
];
