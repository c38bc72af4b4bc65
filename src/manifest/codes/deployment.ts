/** Codes FSD15xx: how a new version is rolled out. */
import { type CodeEntry, error, warning } from "../code-entry.ts";

export const deploymentCodes = {
  FSD1501: error(
    "The bounds can never move",
    "minimumHealthyPercent and maximumPercent, rounded, leave room neither to start a task nor to stop one: the deployment would hang.",
    "Lower minimumHealthyPercent or raise maximumPercent as the message says.",
  ),
  FSD1502: error(
    "Bake time has no meaning here",
    "ECS bakes blue-green, canary and linear deployments only.",
    "Remove it, or use a strategy that bakes; `deployment.alarms` guard a rolling deployment.",
  ),
  FSD1503: error(
    "Deployment would outlast its limit",
    "CloudFormation gives up on a staged deployment after 36 hours, and takes none that would bake for more than 33; that leaves three for the tasks themselves.",
    "Shorten the bake times.",
  ),
  FSD1504: error(
    "Alarm is not defined",
    "A deployment can be guarded only by an alarm of this service.",
    "Define it under `observability.alarms`, or correct the name.",
  ),
  FSD1505: warning(
    "No way back",
    "With the circuit breaker off a version that never starts keeps the deployment going for hours.",
    "Leave the circuit breaker on.",
  ),
  FSD1506: error(
    "Strategy needs a load balancer",
    "Traffic is shifted at the load balancer, so the service needs a port.",
    "Use rolling, or give the service a port.",
  ),
  FSD1507: error(
    "No circuit breaker with this strategy",
    "ECS's circuit breaker watches rolling deployments only.",
    "Remove `circuitBreaker`; the bake time and the alarms guard this strategy.",
  ),
  FSD1508: error(
    "All at once stops everything first",
    "minimumHealthyPercent and maximumPercent of this strategy are 0 and 100.",
    "Remove the percentages, or use rolling.",
  ),
  FSD1509: error(
    "No pause while traffic shifts",
    "ECS lets a deployment pause at every stage that has hooks except TEST_TRAFFIC_SHIFT and PRODUCTION_TRAFFIC_SHIFT, where it only asks functions.",
    "Pause before or after the shift, or ask a function.",
  ),
} as const satisfies Record<string, CodeEntry>;
