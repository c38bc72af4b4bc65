/** How long a task that is replaced takes to go, and which requests it takes with it. */
import type { ResolvedEnvironment, ResolvedService } from "../resolved.ts";
import type { Rules } from "./rules.ts";

const delay = "service.networking.loadBalancer.deregistrationDelay";
/** What a load balancer allows without being told (Elastic Load Balancing, "Connection idle timeout"). */
const USUAL_IDLE = 60;

export function checkDraining({ service }: ResolvedService, environment: ResolvedEnvironment, rules: Rules): void {
  const { loadBalancer } = service.networking;
  if (loadBalancer === undefined || !rules.sound("service.networking", "service.stopTimeout", "service.port")) return;
  const { deregistrationDelay: drain, internal } = loadBalancer;
  const { stopTimeout } = service;
  if (drain > 120 && drain > stopTimeout * 4) {
    rules.report(
      "FSD1404",
      delay,
      `every replaced task drains for up to ${drain} s and then has ${stopTimeout} s to stop: each step of a deploy may wait ${drain + stopTimeout} s`,
      "use about as long as the longest request takes, usually 30",
    );
  }
  const idle = environment.loadBalancers[internal ? "internal" : "public"]?.idleTimeout ?? USUAL_IDLE;
  if (idle > USUAL_IDLE && idle > drain) {
    rules.report(
      "FSD1413",
      [delay, "service.port"],
      `the ${internal ? "internal" : "public"} load balancer of ${environment.name} lets a request be silent for ${idle} s, but a replaced task drains for ${drain} s only: what takes longer is cut off by every deploy`,
      `use deregistrationDelay: ${idle}, or a shorter idleTimeout`,
    );
  }
  // On Spot the stop signal comes with the notice, and 120 s later the task is gone, whatever it still had to do.
  const spot = service.capacity.some(({ provider, weight, base }) => provider === "FARGATE_SPOT" && (weight > 0 || base > 0));
  if (spot && rules.given(delay) && drain > 120) {
    rules.report(
      "FSD1414",
      delay,
      `a Spot task is gone 120 s after its notice, so draining for ${drain} s is cut short by ${drain - 120} s`,
      "use 120 or less, or FARGATE",
    );
  }
}
