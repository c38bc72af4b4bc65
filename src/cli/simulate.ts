/** `fsd simulate`: hours of a service's life in virtual time. */
import { manifestOptions } from "./validate.ts";
import { envOption, type Verb } from "./verb.ts";

export const simulateVerb: Verb = {
  name: "simulate",
  summary: "play hours of load, scaling and faults and say how the service fares",
  description:
    "Runs the scheduler and the scaling engine in virtual time against a load and faults from a seed. Needs no platform, no AWS account and no network. Requests are reckoned by the minute from the healthy tasks' capacity; what is assumed is printed with it. Exits 1 when a rule of the scheduler was broken.",
  options: [
    ...manifestOptions,
    envOption,
    { flags: "--service <name>", summary: "the service, when the files hold several" },
    { flags: "--rps <n|low..high>", summary: "requests a second: the same always, or a day's tide (50 unless given)" },
    { flags: "--load <file>", summary: "requests a second over time, lines of seconds,rps" },
    { flags: "--fault <list>", summary: "crash=0.2 and hang=0.1 (a task and hour), spot=2/h, drought=0.1 (share of hours without Spot)" },
    { flags: "--seed <n>", summary: "where chance begins (1 unless given); the same seed gives the same bytes" },
    { flags: "--hours <n>", summary: "how long (24 unless given)" },
    { flags: "--cpu-ms <n>", summary: "CPU time of one request on one vCPU (20 unless given)" },
    { flags: "--latency-ms <n>", summary: "how long an unhurried request takes (50 unless given)" },
    { flags: "--html <file>", summary: "write the charts as one self-contained page" },
    { flags: "--strict", summary: "warnings are errors" },
  ],
  examples: [
    { command: "fsd simulate --env prod --rps 20..400", summary: "a day's tide through the service of this folder" },
    { command: "fsd simulate -f fsd.yml --env prod --fault crash=0.2,spot=2/h --seed 7", summary: "with crashes and Spot reclaims" },
  ],
  load: async () => (await import("./simulate-handler.ts")).simulateHandler,
};
