/** Simulates. JSON is `{seed, violations, tasks: {min, max}, requests, failed, activities, costPerHour, timeline, …}`. */
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { ResolvedService } from "../manifest/resolved.ts";
import { ExitCode } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
import { SPOT_SHARE, taskHourPrice } from "../pricing/fargate-rates.ts";
import { usually } from "../simulator/forecast.ts";
import { dailyLoad, type Load, measuredLoad, parseLoadCsv, steadyLoad } from "../simulator/load.ts";
import { type Faults, noFaults, type SimulationOptions, simulate } from "../simulator/simulation.ts";
import { chosenServices } from "./chosen-services.ts";
import { numberOption } from "./quantity-text.ts";
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
  const service = oneService(loaded.services, given.text("service"));
  const options: SimulationOptions = {
    seed: numberOption(given, "seed", 0) ?? 1,
    hours: Math.min(LONGEST_HOURS, numberOption(given, "hours", 0.1) ?? 24),
    load: loadOf(given, cwd),
    faults: faultsOf(given.text("fault")),
    conditions: usually,
    requestCpuMs: numberOption(given, "cpuMs", 0.01) ?? 20,
    requestLatencyMs: numberOption(given, "latencyMs", 0) ?? 50,
    startTime: BEGINS,
  };
  const { taskHours, ...seen } = simulate(serviceModel(service), options);
  const cost = (taskHours.onDemand + taskHours.spot * SPOT_SHARE) * taskHourPrice(service.service.resources);
  const report: SimulationReport = {
    service: service.name,
    env: service.env,
    hours: options.hours,
    ...seen,
    taskHours,
    costPerHour: Number((cost / options.hours).toFixed(6)),
  };
  const page = given.text("html");
  if (page !== undefined) writeFileSync(resolve(cwd, page), simulationPage(report));
  if (output.format === "json") output.json(report);
  else tellSimulation(report, options, output);
  return seen.violations.length > 0 ? ExitCode.failed : ExitCode.done;
};

function oneService(services: readonly ResolvedService[], wanted: string | undefined): ResolvedService {
  const chosen = chosenServices(services, wanted === undefined ? [] : [wanted]);
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
  const points = parseLoadCsv(text);
  if (points === undefined) throw failure("FSD5001", `${file} is no load`, { hint: "write one line a moment: seconds,rps" });
  return measuredLoad(points);
}

function namedLoad(text: string): Load {
  const [low = Number.NaN, high = low, ...more] = text.split("..").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (!(low >= 0) || !(high >= low) || more.length > 0) {
    throw failure("FSD5001", `--rps must be a number or low..high, not '${text}'`);
  }
  return low === high ? steadyLoad(low) : dailyLoad(low, high, BEGINS);
}

/** `crash=0.2,spot=2/h` */
function faultsOf(text: string | undefined): Faults {
  const faults: Record<string, number> = { ...noFaults };
  for (const part of (text ?? "").split(",").filter((each) => each.trim() !== "")) {
    const match = /^\s*(crash|spot|hang|drought)\s*=\s*(\d*\.?\d+)\s*(\/h)?\s*$/.exec(part);
    if (match?.[1] === undefined) {
      throw failure("FSD5001", `--fault does not know '${part.trim()}'`, {
        hint: "crash=0.2, hang=0.1, spot=2/h, drought=0.1, joined by commas",
      });
    }
    faults[match[1]] = Number(match[2]);
  }
  return { ...noFaults, ...faults };
}
