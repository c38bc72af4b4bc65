/**
 * How far a deployment may go below and above the desired count: `minHealthy = ceil(desired × minimumHealthyPercent /
 * 100)`, `maxTasks = floor(desired × maximumPercent / 100)`, over tasks whose desired status is RUNNING.
 *
 * Example, desired 10 at 90/110: 9 healthy at least, 11 tasks at most.
 */
export interface Bounds {
  readonly minHealthy: number;
  readonly maxTasks: number;
}

/** The bounds at `desiredCount`. Whole percents only, so the products are exact. */
export function deploymentBounds(desiredCount: number, minimumHealthyPercent: number, maximumPercent: number): Bounds {
  return {
    minHealthy: Math.ceil((desiredCount * minimumHealthyPercent) / 100),
    maxTasks: Math.floor((desiredCount * maximumPercent) / 100),
  };
}
