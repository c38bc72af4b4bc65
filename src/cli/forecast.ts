/** `fsd forecast`: the next rollout before it happens. */
import { manifestOptions } from "./validate.ts";
import { envOption, type Verb } from "./verb.ts";

export const forecastVerb: Verb = {
  name: "forecast",
  summary: "say how long the next rollout, or a job's next run, takes, what it waits for and what it costs",
  description:
    "Plays the rollout in virtual time on the scheduler that carries it out. Needs no platform, no AWS account and no network; what it assumes is printed with it.",
  options: [
    ...manifestOptions,
    envOption,
    {
      flags: "--service <name>",
      summary: "only this service or job of the files (repeatable; jobs only when named, or when there is nothing else)",
      repeats: true,
    },
    { flags: "--start <seconds>", summary: "how long the program takes until it answers (5 unless given, 30 at worst)" },
    { flags: "--pull <seconds>", summary: "how long its image takes to pull (10 unless given, 60 at worst)" },
    {
      flags: "--duration <time|least..most>",
      summary: "how long a run of a job takes, like 90s, 15m or 5m..1h30m (10 minutes unless given)",
    },
    { flags: "--strict", summary: "warnings are errors" },
  ],
  examples: [
    { command: "fsd forecast --env prod", summary: "the service of this folder as it would roll out in prod" },
    { command: "fsd forecast -f fsd.yml --env prod --start 40", summary: "a program that takes 40 seconds to start" },
  ],
  load: async () => (await import("./forecast-handler.ts")).forecastHandler,
};
