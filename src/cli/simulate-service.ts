/** Simulates a service. JSON is `{seed, violations, tasks: {min, max}, requests, failed, activities, costPerHour, timeline, …}`. */
import { MetricMathError, parseMetricMath } from "../engine/alarm/metric-math.ts";
import type { ResolvedEnvironment, ResolvedService } from "../manifest/resolved.ts";
import { ExitCode } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
import { SPOT_SHARE, taskHourPrice } from "../pricing/fargate-rates.ts";
import { type Faults, noFaults } from "../simulator/faults.ts";
import { usually } from "../simulator/forecast.ts";
import { minuteMetrics } from "../simulator/scaling-model.ts";
import { type SimulationOptions, simulation } from "../simulator/simulation.ts";
import { endSimulation } from "./end-simulation.ts";
import { type FaultKind, faultRates } from "./fault-option.ts";
import { loadOption } from "./load-option.ts";
import { playSimulation } from "./play-simulation.ts";
import { numberOption, wholeOption } from "./quantity-text.ts";
import { serviceModel, zonesOf } from "./service-model.ts";
import type { SimulatedSpan } from "./simulated-span.ts";
import { simulationPage } from "./simulation-page.ts";
import { type SimulationReport, tellSimulation } from "./simulation-text.ts";
import type { Given, VerbContext } from "./verb.ts";

const FAULTS: Readonly<Record<keyof Faults, FaultKind>> = {
  crash: { unit: "a task and hour", example: "crash=0.2", most: 60 },
  hang: { unit: "a task and hour", example: "hang=0.1", most: 60 },
  flap: { unit: "a task and hour", example: "flap=1", most: 60 },
  spot: { unit: "an hour", example: "spot=2/h", most: 60 },
  storm: { unit: "an hour", example: "storm=1/h", most: 60 },
  throttle: { unit: "an hour", example: "throttle=1/h", most: 60 },
  role: { unit: "an hour", example: "role=1/h", most: 60 },
  slow: { unit: "a share of starts", example: "slow=0.1", most: 1 },
  drought: { unit: "a share of hours", example: "drought=0.1", most: 1 },
  lost: { unit: "a share of answers", example: "lost=0.01", most: 1 },
};

const HOUR_MS = 3_600_000;

export async function simulateService(
  context: VerbContext,
  service: ResolvedService,
  environment: ResolvedEnvironment,
  span: SimulatedSpan,
): Promise<ExitCode> {
  const { given, cwd } = context;
  const options: SimulationOptions = {
    ...span,
    load: loadOption(given, cwd, span.startTime),
    faults: faultRates(given.text("fault"), FAULTS, noFaults),
    conditions: usually,
    work: { cpuMs: numberOption(given, "cpuMs", 0.01, HOUR_MS) ?? 20, latencyMs: numberOption(given, "latencyMs", 0, HOUR_MS) ?? 50 },
    deployments: deploymentsOf(given, span.hours),
  };
  const metric = metricOf(given.text("metric"));
  const model = serviceModel(service, zonesOf(environment), metric);
  const played = await playSimulation(simulation(model, options), options.hours, context);
  if (played === undefined) return ExitCode.interrupted;
  const { taskHours, ...seen } = played;
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
  return endSimulation(report, context, {
    page: (whole) => simulationPage(whole, options),
    tell: (whole, output) => tellSimulation(whole, options, output),
  });
}

/** They are spread over the time, and begin with a minute. */
function deploymentsOf(given: Given, hours: number): number {
  const count = wholeOption(given, "deployments") ?? 0;
  const most = Math.round(hours * 60);
  if (count > most) throw failure("FSD5001", `--deployments must be at most one a minute, ${most} here, not '${count}'`);
  return count;
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
