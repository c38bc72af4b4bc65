/**
 * The deployment configuration a service is under. A deployment keeps what it began with, as its service deployment shows it
 * (strategy, bake, steps, hooks, circuit breaker, alarms): an update of the configuration alone starts no deployment and is for
 * the next. The two percentages are the exception and hold at once, for ECS names changing them as the way out of a deployment that
 * can neither start nor stop. A rollback belongs to the service deployment that failed. See docs/decisions/0022.
 *
 * Example: BLUE_GREEN is changed to ROLLING while green bakes. Green bakes on and takes over; the deployment after it rolls.
 */
import type { DeploymentConfiguration, ServiceState } from "./service-state.ts";

/** The configuration that decides about the service now. */
export function configurationInForce(service: ServiceState): DeploymentConfiguration {
  const { deploymentConfiguration: latest, serviceDeployments } = service;
  const [primary] = service.deployments;
  const act = primary?.rollback
    ? serviceDeployments[0]
    : serviceDeployments.find((each) => each.serviceDeploymentArn === primary?.serviceDeploymentArn);
  const begun = act?.deploymentConfiguration ?? latest;
  const { minimumHealthyPercent, maximumPercent } = latest;
  if (begun.minimumHealthyPercent === minimumHealthyPercent && begun.maximumPercent === maximumPercent) return begun;
  return { ...begun, minimumHealthyPercent, maximumPercent };
}
