/** `fsd forecast`: the next rollout before it happens. */
import { manifestOptions } from "./validate.ts";
import { envOption, type Verb } from "./verb.ts";

export const forecastVerb: Verb = {
  name: "forecast",
  summary: "say how long the next rollout takes, what it waits for and what it costs",
  description:
    "Plays the rollout in virtual time on the scheduler that carries it out. Needs no platform, no AWS account and no network; what it assumes is printed with it.",
  options: [
    ...manifestOptions,
    envOption,
    { flags: "--service <name>", summary: "only this service of the files (repeatable)", repeats: true },
    { flags: "--start <seconds>", summary: "how long the program takes until it answers (5 unless given, 30 at worst)" },
    { flags: "--pull <seconds>", summary: "how long its image takes to pull (10 unless given, 60 at worst)" },
    { flags: "--strict", summary: "warnings are errors" },
  ],
  examples: [
    { command: "fsd forecast --env prod", summary: "the service of this folder as it would roll out in prod" },
    { command: "fsd forecast -f fsd.yml --env prod --start 40", summary: "a program that takes 40 seconds to start" },
  ],
  load: async () => (await import("./forecast-handler.ts")).forecastHandler,
};
