/** Simulates. JSON is `{seed, violations, tasks: {min, max}, requests, failed, activities, costPerHour, timeline, …}`. */
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { MetricMathError, parseMetricMath } from "../engine/alarm/metric-math.ts";
import { didYouMean } from "../manifest/did-you-mean.ts";
import type { ResolvedService } from "../manifest/resolved.ts";
import { ExitCode } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
import { SPOT_SHARE, taskHourPrice } from "../pricing/fargate-rates.ts";
import { type Faults, noFaults } from "../simulator/faults.ts";
import { usually } from "../simulator/forecast.ts";
import { dailyLoad, type Load, measuredLoad, parseLoadCsv, steadyLoad } from "../simulator/load.ts";
import { minuteMetrics } from "../simulator/scaling-model.ts";
import { type SimulationOptions, simulate } from "../simulator/simulation.ts";
import { chosenServices, type Documents } from "./chosen-services.ts";
import { numberOption, wholeOption } from "./quantity-text.ts";
import { loadForEnvironment } from "./render-handler.ts";
import { serviceModel } from "./service-model.ts";
import { simulationPage } from "./simulation-page.ts";
import { type SimulationReport, tellSimulation } from "./simulation-text.ts";
import type { Given, Handler } from "./verb.ts";

/** A Monday, so that schedules of the week show. */
const BEGINS = Date.UTC(2026, 0, 5);
const LONGEST_HOURS = 24 * 90;

export const simulateHandler: Handler = async (context) => {
  const { given, output, cwd } = context;
  const loaded = loadForEnvironment(context);
  if (loaded === undefined) return ExitCode.usage;
  const service = oneService(loaded, given.text("service"));
  const options: SimulationOptions = {
    seed: wholeOption(given, "seed") ?? 1,
    hours: hoursOf(given),
    load: loadOf(given, cwd),
    faults: faultsOf(given.text("fault")),
    conditions: usually,
    work: { cpuMs: numberOption(given, "cpuMs", 0.01) ?? 20, latencyMs: numberOption(given, "latencyMs", 0) ?? 50 },
    deployments: wholeOption(given, "deployments") ?? 0,
    startTime: BEGINS,
  };
  const metric = metricOf(given.text("metric"));
  const model = serviceModel(service, metric);
  const { taskHours, ...seen } = simulate(model, options);
  const cost = (taskHours.onDemand + taskHours.spot * SPOT_SHARE) * taskHourPrice(service.service.resources);
  const report: SimulationReport = {
    service: service.name,
    env: service.env,
    hours: options.hours,
    ...seen,
    taskHours,
    costPerHour: Number((cost / options.hours).toFixed(6)),
    unknown: unknowns(service, metric),
  };
  const page = given.text("html");
  if (page !== undefined) writeFileSync(resolve(cwd, page), simulationPage(report, options));
  if (output.format === "json") output.json(report);
  else tellSimulation(report, options, output);
  return seen.violations.length > 0 ? ExitCode.failed : ExitCode.done;
};

function oneService(documents: Documents, wanted: string | undefined): ResolvedService {
  const chosen = chosenServices(documents, wanted === undefined ? [] : [wanted]);
  const [service] = chosen;
  if (service === undefined || chosen.length > 1) {
    throw failure("FSD5001", `the files hold ${chosen.length} services`, {
      hint: `choose one with --service: ${chosen.map(({ name }) => name).join(", ")}`,
    });
  }
  return service;
}

function loadOf(given: Given, cwd: string): Load {
  const file = given.text("load");
  if (file === undefined) return namedLoad(given.text("rps") ?? "50");
  let text: string;
  try {
    text = readFileSync(resolve(cwd, file), "utf8");
  } catch (cause) {
    throw failure("FSD5005", `cannot read ${file}`, { cause });
  }
  const read = parseLoadCsv(text);
  if ("problem" in read) {
    throw failure("FSD5001", `${file}:${read.line}: ${read.problem}`, {
      hint: "write one moment a line, in order: seconds since the beginning, a comma, requests a second; for example 0,50 and 3600,200",
    });
  }
  return measuredLoad(read.points);
}

function hoursOf(given: Given): number {
  const hours = numberOption(given, "hours", 0.1) ?? 24;
  if (hours > LONGEST_HOURS) throw failure("FSD5001", `--hours must be at most ${LONGEST_HOURS} (90 days), not '${hours}'`);
  return hours;
}

/** Metric math over what a minute knows. */
function metricOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const known = Object.entries(minuteMetrics).map(([id, meaning]) => `${id} (${meaning})`);
  try {
    parseMetricMath(text);
  } catch (cause) {
    if (!(cause instanceof MetricMathError)) throw cause;
    throw failure("FSD5001", `--metric is no metric math: ${cause.message}`, { hint: `write it over ${known.join(", ")}` });
  }
  const unknown = text.match(/\b[a-z]\w*/g)?.find((id) => !(id in minuteMetrics));
  if (unknown !== undefined) throw failure("FSD5001", `--metric does not know '${unknown}'`, { hint: `write it over ${known.join(", ")}` });
  return text;
}

/** What the manifest scales by and the simulation knows nothing of. */
function unknowns({ service: { autoScaling, networking, healthCheck } }: ResolvedService, metric: string | undefined): string[] {
  const { metric: own, queue } = autoScaling ?? {};
  const balanced = healthCheck !== undefined && networking.loadBalancer !== undefined;
  return [
    ...(own === undefined || metric !== undefined ? [] : [`the metric ${own.namespace} ${own.name}: give it with --metric`]),
    ...(queue === undefined || !balanced ? [] : [`the queue ${queue.name}: the load comes through the load balancer`]),
  ];
}

function namedLoad(text: string): Load {
  const [low = Number.NaN, high = low, ...more] = text.split("..").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (!(low >= 0) || !(high >= low) || more.length > 0) {
    throw failure("FSD5001", `--rps must be a number or low..high, not '${text}'`);
  }
  return low === high ? steadyLoad(low) : dailyLoad(low, high, BEGINS);
}

/** Faults by name: what their number is, and the most it can be. */
const FAULTS: Readonly<Record<keyof Faults, { readonly unit: string; readonly example: string; readonly most: number }>> = {
  crash: { unit: "a task and hour", example: "crash=0.2", most: 60 },
  hang: { unit: "a task and hour", example: "hang=0.1", most: 60 },
  flap: { unit: "a task and hour", example: "flap=1", most: 60 },
  spot: { unit: "an hour", example: "spot=2/h", most: 60 },
  storm: { unit: "an hour", example: "storm=1/h", most: 60 },
  throttle: { unit: "an hour", example: "throttle=1/h", most: 60 },
  slow: { unit: "a share of starts", example: "slow=0.1", most: 1 },
  drought: { unit: "a share of hours", example: "drought=0.1", most: 1 },
  lost: { unit: "a share of answers", example: "lost=0.01", most: 1 },
};

/** `crash=0.2,spot=2/h` */
function faultsOf(text: string | undefined): Faults {
  const faults: Record<string, number> = { ...noFaults };
  for (const part of (text ?? "").split(",").map((each) => each.trim())) {
    if (part === "") continue;
    const [name = "", rate = ""] = part.split("=").map((each) => each.trim());
    if (!(name in FAULTS)) {
      const near = didYouMean(name, Object.keys(FAULTS));
      throw failure("FSD5001", `--fault does not know '${name}'${near === undefined ? "" : `; did you mean ${near}?`}`, {
        hint: Object.values(FAULTS)
          .map(({ example, unit }) => `${example} (${unit})`)
          .join(", "),
      });
    }
    const { most, unit, example } = FAULTS[name as keyof Faults];
    const value = /^(\d*\.?\d+)(\/h)?$/.exec(rate)?.[1];
    if (value === undefined || Number(value) > most) {
      throw failure("FSD5001", `--fault ${name} takes a number from 0 to ${most}, ${unit}, not '${rate}'`, {
        hint: `for example ${example}`,
      });
    }
    faults[name] = Number(value);
  }
  return { ...noFaults, ...faults };
}
