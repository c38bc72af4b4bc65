/** `fsd simulate`: hours of a service's life in virtual time. */
import { ExitCode } from "../model/exit-code.ts";
import { manifestOptions } from "./validate.ts";
import { envOption, type Verb } from "./verb.ts";

export const simulateVerb: Verb = {
  name: "simulate",
  summary: "play hours of load, scaling and faults and say how the service or the job fares",
  description:
    "Runs the scheduler, the load balancing and the scaling engine in virtual time against a load and faults from a seed. Needs no platform, no AWS account and no network. A service behind a load balancer gets requests; any other takes messages from a queue. A job comes due by its schedules and runs its machine, with its timeout, retries and concurrency. What is assumed is printed with it. Exits 1 when a rule of the scheduler was broken.",
  options: [
    ...manifestOptions,
    envOption,
    { flags: "--service <name>", summary: "the service or job, when the files hold several" },
    { flags: "--rps <n|low..high>", summary: "requests or messages a second: the same always, or a day's tide (50 unless given)" },
    { flags: "--load <file>", summary: "requests or messages a second over time, lines of seconds,rps" },
    {
      flags: "--fault <list>",
      summary:
        "crash=0.2, hang=0.1 and flap=1 (a task and hour), spot=2/h, storm=1/h (alarms ring), throttle=1/h (calls of ECS's are refused for five minutes), role=1/h (a task's role cannot be assumed for five minutes), slow=0.1 (share of starts), drought=0.1 (share of hours without Spot), lost=0.01 (share of answers); of jobs: crash, spot, slow, drought, and shares of tasks that fail=0.05 or hang=0.01 and of Scheduler's calls that are refused, refuse=0.1",
    },
    { flags: "--deployments <n>", summary: "deployments, spread evenly over the time (0 unless given)" },
    {
      flags: "--duration <time|least..most>",
      summary: "how long a run of a job takes, like 90s, 15m or 5m..1h30m, each length as likely (10 minutes unless given)",
    },
    { flags: "--from <day>", summary: "when it begins, a day or a time of it in UTC (2026-01-05 unless given)" },
    { flags: "--seed <n>", summary: "where chance begins (1 unless given); the same seed gives the same bytes" },
    { flags: "--hours <n>", summary: "how long (24 unless given, at most 2160)" },
    { flags: "--cpu-ms <n>", summary: "CPU time of one request or message on one vCPU (20 unless given)" },
    { flags: "--latency-ms <n>", summary: "how long an unhurried request takes (50 unless given)" },
    {
      flags: "--metric <expression>",
      summary: "metric math for the manifest's own scaling metric, over cpu, memory, rps, tasks, waiting …",
    },
    { flags: "--html <file>", summary: "write the charts as one self-contained page" },
    { flags: "--strict", summary: "warnings are errors" },
  ],
  examples: [
    { command: "fsd simulate --env prod --rps 20..400", summary: "a day's tide through the service of this folder" },
    { command: "fsd simulate -f fsd.yml --env prod --fault crash=0.2,spot=2/h --seed 7", summary: "with crashes and Spot reclaims" },
    {
      command: "fsd simulate -f job.yml --env prod --from 2026-03-28 --hours 72 --duration 20m..50m --fault fail=0.1",
      summary: "a job's runs over a change of the clock, a tenth of them failing",
    },
    {
      command: "fsd simulate --env prod --deployments 4 --fault slow=0.2,storm=1/h",
      summary: "four rollouts a day among slow starts and ringing alarms",
    },
  ],
  exitCodes: [ExitCode.interrupted],
  load: async () => (await import("./simulate-handler.ts")).simulateHandler,
};
