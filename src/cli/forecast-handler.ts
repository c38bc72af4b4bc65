/** Forecasts rollouts. JSON is one object a service: `{service, env, expectedSeconds, worstSeconds, dominatedBy, peakTasks, lowestHealthy, phases, …}`. */
import type { ResolvedService } from "../manifest/resolved.ts";
import { ExitCode } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
import { SPOT_SHARE, taskHourPrice } from "../pricing/fargate-rates.ts";
import { atWorst, type Forecast, forecast, usually } from "../simulator/forecast.ts";
import type { Conditions } from "../simulator/service-model.ts";
import { chosenDocuments } from "./chosen-documents.ts";
import { forecastJob, tellJobForecast } from "./forecast-job.ts";
import type { Output } from "./output.ts";
import { phaseChart } from "./phase-chart.ts";
import { durationText, moneyText, numberOption } from "./quantity-text.ts";
import { loadForEnvironment } from "./render-handler.ts";
import { serviceModel, zonesOf } from "./service-model.ts";
import type { Handler } from "./verb.ts";

/** Nobody waits longer for one start or one image. */
const LONGEST_SECONDS = 3600;

export const forecastHandler: Handler = async (context) => {
  const { given, output } = context;
  const loaded = loadForEnvironment(context);
  if (loaded === undefined) return ExitCode.usage;
  const documents = chosenDocuments(loaded, given.list("service"));
  const startMs = numberOption(given, "start", 0, LONGEST_SECONDS);
  const pullMs = numberOption(given, "pull", 0, LONGEST_SECONDS);
  const duration = given.text("duration");
  const under = (conditions: Conditions): Conditions => ({
    ...conditions,
    ...(startMs === undefined ? {} : { answersAfterMs: startMs * 1000 }),
    ...(pullMs === undefined ? {} : { pullMs: pullMs * 1000 }),
  });
  const conditions = { expected: under(usually), worst: under(atWorst) };
  const service = documents.find(({ kind }) => kind === "Service");
  if (duration !== undefined && service !== undefined) {
    throw failure("FSD5001", `--duration is for jobs, and ${service.name} is a service`);
  }
  const forecasts = documents.map((document) => {
    if (document.kind === "Job") return forecastJob(document, loaded.environment, duration, conditions);
    const seen = forecast(serviceModel(document, zonesOf(loaded.environment)), conditions);
    const paidSeconds = seen.overlapTaskSeconds - (1 - SPOT_SHARE) * seen.overlapSpotTaskSeconds;
    const overlapCost = Number(((paidSeconds / 3600) * taskHourPrice(document.service.resources)).toFixed(6));
    const { monitor } = document.service.deployment;
    return { service: document.name, env: document.env, ...seen, overlapCost, ...(monitor === 0 ? {} : { monitorSeconds: monitor }) };
  });
  if (output.format === "json") {
    output.json(forecasts.length === 1 ? forecasts[0] : forecasts);
  } else {
    for (const [index, seen] of forecasts.entries()) {
      const document = documents[index];
      if ("job" in seen) tellJobForecast(seen, output);
      else tell(seen, document?.kind === "Service" ? document : undefined, output);
    }
  }
  return forecasts.some((seen) => "stuck" in seen && seen.stuck !== undefined) ? ExitCode.failed : ExitCode.done;
};

function tell(
  seen: Forecast & { readonly service: string; readonly env: string; readonly overlapCost: number; readonly monitorSeconds?: number },
  manifest: ResolvedService | undefined,
  output: Output,
): void {
  const { paint } = output;
  output.line(paint.strong(`${seen.service} on ${seen.env}: the next rollout`));
  if (seen.stuck !== undefined) {
    output.line(`  ${paint.bad("does not succeed")}: ${seen.stuck}`);
    return;
  }
  output.line(
    seen.stuckAtWorst === undefined
      ? `  expected  ${durationText(seen.expectedSeconds)}, at worst ${durationText(seen.worstSeconds)}`
      : `  expected  ${durationText(seen.expectedSeconds)}, at worst ${paint.bad("it does not succeed")}: ${seen.stuckAtWorst}`,
  );
  output.line(`  longest   ${seen.dominatedBy}`);
  output.line(`  tasks     at most ${seen.peakTasks} at once, never fewer than ${seen.lowestHealthy} healthy`);
  if (seen.peakBilledTasks > seen.peakTasks)
    output.line(`  billed    at most ${seen.peakBilledTasks} at once, with those that drain or stop`);
  output.line(
    `  overlap   ${moneyText(seen.overlapCost)} for the tasks beyond ${manifest?.service.resources.desiredCount ?? "the desired count"}`,
  );
  if (seen.monitorSeconds !== undefined)
    output.line(`  then      fsd deploy watches the alarms for ${durationText(seen.monitorSeconds)} more`);
  output.line();
  for (const line of phaseChart(seen.phases, output.columns, paint)) output.line(line);
  const { expected, worst } = seen.assumptions;
  const seconds = (ms: number): string => String(ms / 1000);
  output.note(
    paint.faint(
      `assumes: network interface ${seconds(expected.provisionMs)} s (at worst ${seconds(worst.provisionMs)}), image ${seconds(expected.pullMs)} s (${seconds(worst.pullMs)}), ` +
        `program answers after ${seconds(expected.answersAfterMs)} s (${seconds(worst.answersAfterMs)}), stops after ${seconds(expected.stopsAfterMs)} s (its stop timeout), ` +
        (seen.probers === undefined
          ? ""
          : `health checks by ${seen.probers} nodes spread over the interval (all at one moment, just before the program answers), `) +
        "draining lasts the whole deregistration delay, hooks consent at once; Fargate prices of us-east-1",
    ),
  );
}
