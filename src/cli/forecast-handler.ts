/** Forecasts rollouts. JSON is one object a service: `{service, env, expectedSeconds, worstSeconds, dominatedBy, peakTasks, lowestHealthy, phases, …}`. */
import type { ResolvedService } from "../manifest/resolved.ts";
import { ExitCode } from "../model/exit-code.ts";
import { taskHourPrice } from "../pricing/fargate-rates.ts";
import { atWorst, type Forecast, forecast, usually } from "../simulator/forecast.ts";
import type { Conditions } from "../simulator/service-model.ts";
import { chosenServices } from "./chosen-services.ts";
import type { Output } from "./output.ts";
import { phaseChart } from "./phase-chart.ts";
import { durationText, moneyText, numberOption } from "./quantity-text.ts";
import { loadForEnvironment } from "./render-handler.ts";
import { serviceModel } from "./service-model.ts";
import type { Handler } from "./verb.ts";

export const forecastHandler: Handler = async (context) => {
  const { given, output } = context;
  const loaded = loadForEnvironment(context);
  if (loaded === undefined) return ExitCode.usage;
  const services = chosenServices(loaded, given.list("service"));
  const startMs = numberOption(given, "start", 0);
  const pullMs = numberOption(given, "pull", 0);
  const under = (conditions: Conditions): Conditions => ({
    ...conditions,
    ...(startMs === undefined ? {} : { answersAfterMs: startMs * 1000 }),
    ...(pullMs === undefined ? {} : { pullMs: pullMs * 1000 }),
  });
  const forecasts = services.map((service) => {
    const { overlapTaskSeconds, ...seen } = forecast(serviceModel(service), { expected: under(usually), worst: under(atWorst) });
    const overlapCost = (overlapTaskSeconds / 3600) * taskHourPrice(service.service.resources);
    return { service: service.name, env: service.env, ...seen, overlapTaskSeconds, overlapCost: Number(overlapCost.toFixed(6)) };
  });
  if (output.format === "json") {
    output.json(forecasts.length === 1 ? forecasts[0] : forecasts);
  } else {
    for (const [index, seen] of forecasts.entries()) tell(seen, services[index], output);
  }
  return forecasts.some((seen) => seen.stuck !== undefined) ? ExitCode.failed : ExitCode.done;
};

function tell(
  seen: Forecast & { readonly service: string; readonly env: string; readonly overlapCost: number },
  manifest: ResolvedService | undefined,
  output: Output,
): void {
  const { paint } = output;
  output.line(paint.strong(`${seen.service} on ${seen.env}: the next rollout`));
  if (seen.stuck !== undefined) {
    output.line(`  ${paint.bad("does not succeed")}: ${seen.stuck}`);
    return;
  }
  output.line(`  expected  ${durationText(seen.expectedSeconds)}, at worst ${durationText(seen.worstSeconds)}`);
  output.line(`  longest   ${seen.dominatedBy}`);
  output.line(`  tasks     at most ${seen.peakTasks} at once, never fewer than ${seen.lowestHealthy} healthy`);
  output.line(
    `  overlap   ${moneyText(seen.overlapCost)} for the tasks beyond ${manifest?.service.resources.desiredCount ?? "the desired count"}`,
  );
  output.line();
  for (const line of phaseChart(seen.phases, output.columns, paint)) output.line(line);
  const { expected, worst } = seen.assumptions;
  const seconds = (ms: number): string => String(ms / 1000);
  output.note(
    paint.faint(
      `assumes: network interface ${seconds(expected.provisionMs)} s (at worst ${seconds(worst.provisionMs)}), image ${seconds(expected.pullMs)} s (${seconds(worst.pullMs)}), ` +
        `program answers after ${seconds(expected.answersAfterMs)} s (${seconds(worst.answersAfterMs)}), stops after ${seconds(expected.stopsAfterMs)} s (its stop timeout), ` +
        "draining lasts the whole deregistration delay, hooks consent at once; Fargate prices of us-east-1",
    ),
  );
}
